// Decodes a .wrg file to ONNX with decode.wasm and docs/format.md, and nothing of wring's JavaScript.
//
//   node decode.mjs decode.wasm model.wrg model.onnx

import { readFileSync, writeFileSync } from 'node:fs';

const PRIMER = Buffer.from(
  '2a120a0964696c6174696f6e7340014001a001072a0c0a0567726f75701801a001022a150a0c6b65726e656c5f736861706540034003a001' +
    '072a110a04706164734001400140014001a001072a100a077374726964657340014001a00107',
  'hex',
);
const [INLINE, PLANES, CODED] = [0, 1, 2];
const [CODEBOOK, TRELLIS] = [1, 2];
const [FLOAT, FLOAT16, DOUBLE] = [1, 10, 11];

const [wasm, source, target] = process.argv.slice(2);
const memory = new WebAssembly.Memory({ initial: 64, maximum: 65536 });
const { instance } = await WebAssembly.instantiate(readFileSync(wasm), { env: { memory } });
const kernels = instance.exports;
let top = kernels.heapBase();
writeFileSync(target, decode(readFileSync(source)));

/** Section 5: memory is handed out from bottom to top. */
function allocate(length) {
  const pointer = Math.ceil(top / 64) * 64;
  top = pointer + length + 64;
  const missing = top - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / 65536));
  return pointer;
}

function place(view) {
  const pointer = allocate(view.byteLength);
  read(pointer, view.byteLength).set(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
  return pointer;
}

/** Good until the memory grows. */
function read(pointer, length) {
  return new Uint8Array(memory.buffer, pointer >>> 0, length);
}

/** What is allocated in `work` is free again after it. */
function scope(work) {
  const mark = top;
  const result = work();
  top = mark;
  return result;
}

/** Section 1 */
function decode(file) {
  check(
    file.subarray(0, 8).equals(Buffer.from('\x89WRG\r\n\x1a\n', 'latin1')) && file.readUInt32LE(8) === 3,
    'version',
  );
  const prefix = numbersIn(file, 16);
  const [packed, length, directoryLength, classLength, bodyLength] = Array.from({ length: 5 }, () => prefix.uint());
  const classesAt = prefix.at + packed;
  let at = classesAt + classLength;
  check(at + bodyLength === file.length, 'length');
  checkSum(Buffer.concat([file.subarray(0, 12), file.subarray(16, at)]), file.readUInt32LE(12));
  const section = openHead(file.subarray(prefix.at, classesAt), length);
  const directory = numbersIn(section(directoryLength, 1));
  const { metadataLength, skeletonLength, sets, holes } = readDirectory(directory);
  section(metadataLength, 1);
  const skeleton = section(skeletonLength, 1);
  readDetails(section, sets, holes, file.subarray(classesAt, at));
  for (const chunk of chunksOf(holes)) {
    const [{ hole, count }] = chunk;
    const size = directory.uint();
    const escapeLength = hole.set?.escaped.length > 0 ? directory.uint() : 0;
    const data = file.subarray(at, at + size);
    checkSum(data, file.readUInt32LE(at + size));
    at += size + 4;
    if (hole.mode === CODED) decodeCoded(chunk, data, escapeLength);
    else hole.pieces.push(decodePlanes(hole.stride, count, data));
  }
  let gap = 0;
  const parts = holes.flatMap((hole) => {
    gap += hole.gap;
    return [skeleton.subarray(gap - hole.gap, gap), ...hole.pieces];
  });
  return Buffer.concat([...parts, skeleton.subarray(gap)]);
}

function check(condition, what) {
  if (!condition) throw new Error(`damaged file: ${what}`);
}

function checkSum(bytes, expected) {
  check(scope(() => kernels.crc32(place(bytes), bytes.length)) >>> 0 === expected, 'checksum');
}

/** The head as a function of length and stride of the next section. */
function openHead(packed, length) {
  let bits = 12;
  while (bits < 16 && 1 << bits < length) bits++;
  const tables = place(new Uint8Array(44 << bits));
  const primer = place(Buffer.concat([Buffer.alloc(64), PRIMER, Buffer.alloc(length)])) + 64;
  kernels.openBytes(place(packed), packed.length, tables, bits, primer, PRIMER.length);
  return (n, stride) => read(kernels.decodeBytes(stride, n), n).slice();
}

function numbersIn(bytes, start = 0) {
  return {
    at: start,
    uint() {
      let value = 0;
      for (let scale = 1; ; scale *= 128) {
        const byte = bytes[this.at++];
        value += (byte & 127) * scale;
        if (byte < 128) return value;
      }
    },
    int() {
      return unzigzag(this.uint());
    },
    take(length) {
      this.at += length;
      return bytes.subarray(this.at - length, this.at);
    },
  };
}

function unzigzag(value) {
  return value % 2 ? -(value + 1) / 2 : value / 2;
}

/** Section 2.1 */
function readDirectory(numbers) {
  const uint = () => numbers.uint();
  const list = (length, make) => Array.from({ length }, make);
  const [metadataLength, skeletonLength] = [uint(), uint()];
  const sets = list(uint(), () => {
    const [kind, min, size, direct] = [uint(), numbers.int(), uint(), uint()];
    return { kind, min, size, direct, resolution: 1 << uint(), classes: uint() };
  });
  const holes = list(uint(), () => {
    const [gap, mode] = [uint(), uint()];
    if (mode !== CODED) return { gap, mode, pieces: [], stride: uint(), total: uint() };
    const [dataType, dims, set, scaleCount] = [uint(), list(uint(), uint), sets[uint()], uint()];
    const [axis, arrays, base] = [scaleCount > 1 ? uint() : 0, uint(), numbers.int()];
    const period = set.kind === TRELLIS ? uint() : 0;
    return { gap, mode, pieces: [], dataType, dims, set, scaleCount, axis, arrays, base, period, total: product(dims) };
  });
  return { metadataLength, skeletonLength, sets, holes };
}

function product(dims) {
  return dims.reduce((all, dim) => all * dim, 1);
}

/** Section 2, items 4 and 5 */
function readDetails(section, sets, holes, classes) {
  const floats = (count) => new Float32Array(reversed(section(4 * count, 4), 4).buffer);
  for (const set of sets) {
    const { kind, min, size, direct, resolution, classes } = set;
    const all = Array.from({ length: size }, (_, i) => min + i);
    const bitmap = direct < size ? section(Math.ceil(size / 8), 1) : null;
    const isDirect = (value) => !bitmap || (bitmap[(value - min) >> 3] >> ((value - min) & 7)) & 1;
    set.values = all.filter(isDirect);
    set.escaped = all.filter((value) => !isDirect(value));
    set.alphabet = Math.max(2, direct + (direct < size ? 1 : 0));
    set.banks = kind === TRELLIS ? 2 : 1;
    const steps = Array.from(section(set.banks * classes * set.alphabet, -set.alphabet), unzigzag);
    for (let i = 1; i < steps.length; i++) steps[i] += steps[i - (i < set.alphabet ? 1 : set.alphabet)];
    set.frequencies = new Uint16Array(steps.length);
    for (let row = 0; row < steps.length; row += set.alphabet)
      set.frequencies.set(frequenciesOf(steps.slice(row, row + set.alphabet), resolution), row);
    if (kind === TRELLIS) set.values = [0, 1].flatMap((bank) => set.values.map((k) => 2 * k - bank * Math.sign(k)));
    if (kind === CODEBOOK) set.codebook = floats(size);
  }
  for (const hole of holes) {
    const [rows = 1, columns = 1, ...taps] = hole.dims ?? [];
    hole.shape = [rows, columns, product(taps)];
    hole.lengths = hole.shape.map((n, i) => n * ((hole.arrays >> i) & 1));
  }
  const next = classes.length > 0 ? openClasses(classes, holes) : (n) => section(n, -n);
  for (const hole of holes) {
    if (hole.mode === INLINE) hole.pieces.push(reversed(section(hole.total, hole.stride), hole.stride));
    if (hole.mode !== CODED) continue;
    hole.offsets = hole.lengths.map((n) => n > 0 && Int8Array.from(next(n), unzigzag));
    hole.scales = floats(hole.scaleCount);
  }
}

/** Section 2.7 */
function openClasses(packed, holes) {
  const entries = holes.flatMap(({ lengths }) => lengths).reduce((sum, n) => sum + n, 0);
  const numbers = numbersIn(decodePlanes(1, entries, packed));
  return (n) => numbers.take(n);
}

/** From most significant byte first to least. */
function reversed(bytes, stride) {
  for (let i = 0; i < bytes.length; i += stride) bytes.subarray(i, i + stride).reverse();
  return bytes;
}

/** Section 2.3, one row */
function frequenciesOf(steps, resolution) {
  const weights = steps.map((step) => {
    const e = (8 * (step - 1)) / resolution;
    return step && [256, 279, 304, 332, 362, 395, 431, 470][e & 7] * 2 ** (e >> 3);
  });
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const row = weights.map((weight) => weight && Math.max(1, Math.floor((4096 * weight) / total)));
  for (let left = 4096 - row.reduce((sum, f) => sum + f, 0); left !== 0; ) {
    const largest = row.indexOf(Math.max(...row));
    const change = Math.max(left, -(row[largest] >> 1));
    row[largest] += change;
    left -= change;
  }
  const only = row.indexOf(4096);
  if (only >= 0) [row[only], row[only === 0 ? 1 : 0]] = [4095, 1];
  return row;
}

/** Section 2.4: of each chunk its parts */
function chunksOf(holes) {
  const chunks = [];
  let open = null;
  for (const hole of holes) {
    if (hole.mode === INLINE) continue;
    const limit = hole.mode === PLANES ? 2 ** 20 : 2 ** 18;
    if (hole.mode === PLANES || hole.total > limit) {
      open = null;
      for (let start = 0; start < hole.total; start += limit)
        chunks.push([{ hole, start, count: Math.min(limit, hole.total - start) }]);
      continue;
    }
    const filled = open?.reduce((sum, { count }) => sum + count, 0);
    if (!open || open[0].hole.set !== hole.set || filled + hole.total > limit) {
      open = [];
      chunks.push(open);
    }
    open.push({ hole, start: 0, count: hole.total });
  }
  return chunks;
}

/** Section 2.5: one byte an element. `fill` writes the classes of a part to a pointer; without it all are 0. */
function decodeSymbols(stream, { frequencies, alphabet, banks }, parts) {
  const n = parts.reduce((sum, { count }) => sum + count, 0);
  const rows = frequencies.length / alphabet;
  const [contexts, symbols] = [allocate(n), allocate(n)];
  let at = contexts;
  for (const { count, fill } of parts) {
    if (fill) scope(() => fill(at));
    else read(at, count).fill(0);
    at += count;
  }
  const path = allocate(Math.max(...parts.map(({ count, period }) => count + period)));
  const counted = place(Uint32Array.from(parts.flatMap(({ count, period }) => [count, period])));
  const lanes = n >= 131072 ? 32 : n >= 65536 ? 16 : n >= 4096 ? 4 : 1;
  const [from, table, tables] = [place(stream), place(frequencies), allocate(16384 * rows)];
  const { length } = stream;
  const sizes = [rows, rows / banks, alphabet];
  const sound = kernels.decodeRans(
    ...[from, length, table, ...sizes, contexts, counted, parts.length, lanes, tables, path, symbols],
  );
  check(sound, 'stream');
  return read(symbols, n).slice();
}

/** Section 2.4, CODED */
function decodeCoded(parts, data, escapeLength) {
  const [{ hole: first }] = parts;
  const { set } = first;
  const cut = data.length - escapeLength;
  const filled = parts.map(({ hole, start, count }) => ({
    count,
    period: hole.period,
    fill(classes) {
      const [, columns, taps] = hole.shape;
      const row = Math.floor(start / (columns * taps));
      const [r, c, t] = hole.offsets.map((offsets) => (offsets ? place(offsets) : 0));
      const column = Math.floor(start / taps) % columns;
      const run = taps - (start % taps);
      kernels.fillClasses(r && r + row, c, columns, column, t, taps, run, hole.base, set.classes - 1, count, classes);
    },
  }));
  const symbols = scope(() => decodeSymbols(data.subarray(0, cut), set, filled));
  const width = set.escaped.length > 0 ? 32 - Math.clz32(set.escaped.length - 1) : 0;
  let bit = 8 * cut;
  const nextEscaped = () => {
    let rank = 0;
    for (const end = bit + width; bit < end; bit++) rank = 2 * rank + ((data[bit >> 3] >> (7 - (bit & 7))) & 1);
    return set.escaped[rank];
  };
  let at = 0;
  for (const { hole, start, count } of parts) {
    const { scales, dims, axis } = hole;
    const inner = product(dims.slice(axis + 1));
    const floats = new Float32Array(count);
    for (let i = 0; i < count; i++) {
      const value = set.values[symbols[at + i]] ?? nextEscaped();
      floats[i] = set.codebook ? set.codebook[value] : scales[Math.floor((start + i) / inner) % scales.length] * value;
    }
    hole.pieces.push(rounded(floats, hole.dataType));
    at += count;
  }
}

/** To nearest, ties to even, which is what the engine does for float32. */
function rounded(floats, dataType) {
  const { buffer } = floats;
  if (dataType === FLOAT) return new Uint8Array(buffer);
  if (dataType === DOUBLE) return new Uint8Array(Float64Array.from(floats).buffer);
  const halves =
    dataType === FLOAT16 ? Uint16Array.from(floats, halfOf) : Uint16Array.from(new Uint32Array(buffer), brainOf);
  return new Uint8Array(halves.buffer);
}

function halfOf(value) {
  const magnitude = Math.abs(value);
  const exponent = Math.max(-14, Math.floor(Math.log2(magnitude || 2 ** -14)));
  const unit = 2 ** (exponent - 10);
  const units = magnitude / unit;
  const whole = Math.floor(units);
  const even = units - whole === 0.5 ? whole + (whole % 2) : Math.round(units);
  const sign = Object.is(value, -0) || value < 0 ? 0x8000 : 0;
  return sign | Math.min(0x7c00, ((exponent + 14) << 10) + even);
}

function brainOf(bits) {
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

/** Section 2.4, PLANES */
function decodePlanes(stride, byteLength, data) {
  const numbers = numbersIn(data);
  const count = byteLength / stride;
  const bytes = new Uint8Array(byteLength);
  for (let plane = 0; plane < stride; plane++) {
    const symbols = numbers.uint() === 0 ? numbers.take(count) : decodePlane(numbers, count);
    for (let i = 0; i < count; i++) bytes[i * stride + plane] = symbols[i];
  }
  return bytes;
}

function decodePlane(numbers, count) {
  const length = numbers.uint();
  const steps = [];
  while (steps.length < 256) {
    const [byte] = numbers.take(1);
    if (byte < 128) steps.push(Math.min(byte, 97));
    else steps.push(...new Array(byte - 127).fill(0));
  }
  const frequencies = Uint16Array.from(frequenciesOf(steps.slice(0, 256), 8));
  const table = { frequencies, alphabet: 256, banks: 1 };
  return scope(() => decodeSymbols(numbers.take(length), table, [{ count, period: 0 }]));
}
