import { WringError } from '../core/index.js';
import { ByteWriter } from './bytes.js';
import type { Part, PartDecoder } from './part-decoder.js';
import { VirtualFile } from './virtual-file.js';

export interface ExternalOptions {
  /** Name of the file of large tensors (default: model.onnx.data); a second one is called model.onnx.data.1, and so on. */
  readonly location?: string;
  /** Tensors of fewer bytes stay in the model (default: 1024). */
  readonly threshold?: number;
  /** A file ends before a tensor would make it longer than this (default: 2^30), and the next begins. */
  readonly maxFileLength?: number;
  /**
   * Takes the bytes of large tensors as they are decoded, instead of `externalData`; the next come when its promise is kept. Bytes
   * that it is not given, up to 4095 between tensors, are zeros.
   */
  readonly write?: (location: string, byteOffset: number, bytes: Uint8Array) => void | Promise<void>;
}

export interface ExternalFile {
  /** As the model calls it. */
  readonly path: string;
  readonly data: Uint8Array;
}

export interface ExternalModel {
  /** A standard ONNX file that refers to external data. */
  readonly model: Uint8Array;
  /** As onnxruntime-web takes it; empty where `write` took it. */
  readonly externalData: readonly ExternalFile[];
}

/** Where a range of the whole ONNX file goes. */
interface Target {
  readonly start: number;
  readonly end: number;
  /** Of external data; null: into the model. */
  readonly file: number | null;
  readonly byteOffset: number;
}

/** Bytes of the new model: new ones, or a range of the whole file. */
type Piece = Uint8Array | { readonly start: number; readonly end: number };

/** Every tensor begins at a page, for whoever maps the file into memory. */
const PAGE = 4096;

// The fields of ONNX on the way to the numbers of an initializer, and those that say where they are.
const GRAPH = 7;
const INITIALIZER = 5;
/** float_data, raw_data, double_data: in any of them packed numbers lie as they do in a file. */
const PAYLOADS = [4, 9, 10];
const EXTERNAL_DATA = (13 << 3) | 2;
const DATA_LOCATION = 14 << 3;
const LENGTH_DELIMITED = 2;

/**
 * Lays a decoded file out as a model and external data. Initializers of the main graph that chunks hold go outside, the
 * rest stays.
 *
 * @returns `place` is to be called for every part of the file; `result` is whole after that
 */
export function planExternal(
  decoder: PartDecoder,
  options: ExternalOptions,
  allocate: (byteLength: number) => Uint8Array,
): { place(part: Part): Promise<void>; result: ExternalModel } {
  const { location = 'model.onnx.data', threshold = 1024, maxFileLength = 2 ** 30, write } = options;
  if (/(^|[/\\])\.\.([/\\]|$)|^[/\\]|^$/.test(location)) {
    throw new WringError('E_OPTION', `Expected location within the folder of the model but received "${location}"`);
  }
  const file = new VirtualFile(decoder);
  const lengths: number[] = [];
  const targets: Target[] = [];
  const nameOf = (index: number) => (index === 0 ? location : `${location}.${index}`);

  /** A message with its nested fields rewritten by `rewrite`, where that gives anything. */
  function rewriteFields(
    start: number,
    end: number,
    rewrite: (number: number, start: number, end: number) => Piece[] | null,
  ): Piece[] {
    const pieces: Piece[] = [];
    let copied = start;
    for (const field of file.fields(start, end)) {
      const inner = field.wireType === LENGTH_DELIMITED ? rewrite(field.number, field.valueStart, field.end) : null;
      if (!inner) continue;
      pieces.push({ start: copied, end: field.start }, varints((field.number << 3) | 2, lengthOf(inner)), ...inner);
      copied = field.end;
    }
    pieces.push({ start: copied, end });
    return pieces;
  }

  function rewriteTensor(start: number, end: number): Piece[] | null {
    const fields = [...file.fields(start, end)];
    const payloads = fields.filter(({ number }) => PAYLOADS.includes(number));
    const [payload] = payloads;
    if (payloads.length !== 1 || payload.wireType !== LENGTH_DELIMITED) return null;
    const byteLength = payload.end - payload.valueStart;
    if (byteLength < threshold || file.isFixed(payload.valueStart)) return null;
    let index = Math.max(0, lengths.length - 1);
    let byteOffset = Math.ceil((lengths[index] ?? 0) / PAGE) * PAGE;
    if (byteOffset > 0 && byteOffset + byteLength > maxFileLength) {
      index++;
      byteOffset = 0;
    }
    lengths[index] = byteOffset + byteLength;
    targets.push({ start: payload.valueStart, end: payload.end, file: index, byteOffset });
    return [
      { start, end: payload.start },
      { start: payload.end, end },
      entry('location', nameOf(index)),
      entry('offset', String(byteOffset)),
      entry('length', String(byteLength)),
      Uint8Array.of(DATA_LOCATION, 1),
    ];
  }

  const pieces = rewriteFields(0, decoder.byteLength, (number, start, end) =>
    number !== GRAPH
      ? null
      : rewriteFields(start, end, (field, from, to) => (field === INITIALIZER ? rewriteTensor(from, to) : null)),
  );
  const model = allocate(lengthOf(pieces));
  let at = 0;
  for (const piece of pieces) {
    if (piece instanceof Uint8Array) model.set(piece, at);
    else if (piece.end > piece.start) targets.push({ ...piece, file: null, byteOffset: at });
    at += lengthOf([piece]);
  }
  targets.sort((a, b) => a.start - b.start);
  const externalData = write
    ? []
    : lengths.map((byteLength, index) => ({ path: nameOf(index), data: allocate(byteLength) }));

  return {
    result: { model, externalData },
    async place({ byteOffset, bytes }) {
      for (const target of targetsOf(targets, byteOffset, byteOffset + bytes.length)) {
        const from = Math.max(target.start, byteOffset);
        const to = Math.min(target.end, byteOffset + bytes.length);
        const piece = bytes.subarray(from - byteOffset, to - byteOffset);
        const goal = target.byteOffset + from - target.start;
        if (target.file === null) model.set(piece, goal);
        else if (write) await write(nameOf(target.file), goal, piece);
        else externalData[target.file].data.set(piece, goal);
      }
    },
  };
}

/** Those that a range touches; the targets are in order, and meet only where fields were left out. */
function targetsOf(targets: readonly Target[], start: number, end: number): Target[] {
  let low = 0;
  let high = targets.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (targets[middle].end <= start) low = middle + 1;
    else high = middle;
  }
  const found: Target[] = [];
  for (let i = low; i < targets.length && targets[i].start < end; i++) found.push(targets[i]);
  return found;
}

/** A StringStringEntryProto of `external_data`. */
function entry(key: string, value: string): Uint8Array {
  const text = new TextEncoder();
  const [a, b] = [text.encode(key), text.encode(value)];
  const inner = [...varints(10, a.length), ...a, ...varints(18, b.length), ...b];
  return Uint8Array.from([...varints(EXTERNAL_DATA, inner.length), ...inner]);
}

function varints(...values: number[]): Uint8Array {
  const writer = new ByteWriter();
  for (const value of values) writer.uint(value);
  return writer.bytes();
}

function lengthOf(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, piece) => sum + (piece instanceof Uint8Array ? piece.length : piece.end - piece.start), 0);
}
