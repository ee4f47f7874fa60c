// Sets of tensors: docs/format.md, section 2.2. Specification: src/codec/symbol-set.ts.

import { check, error } from "./error";
import { fillFrequencies, maxStep } from "./frequencies";
import { take } from "./memory";
import { Numbers, unzigzag } from "./numbers";
import { readFloats, readSection, TEXT } from "./sections";

const CODEBOOK: u32 = 1;
const TRELLIS: u32 = 2;
const MAX_ALPHABET: u32 = 256;
const MAX_CLASSES: u32 = 64;
/** So that the symbols of two banks are a byte. */
const MAX_TRELLIS_ALPHABET: i32 = 128;

/** What tensors share tables by, and the lookups that follow from it. */
@unmanaged
export class SymbolSet {
  kind: u32;
  /** Values (levels or codes) lie in [min, min + size). */
  min: i32;
  size: u32;
  /** Those with a symbol of their own. */
  directCount: u32;
  resolution: u32;
  classes: u32;
  alphabet: u32;
  /** Bit i: value min + i is direct; 0 where all are. */
  bitmap: usize;
  /** u8[rows × alphabet] */
  steps: usize;
  /** f32[size]; 0 for levels. */
  codebook: usize;
  /** What follows from all that, made for the first chunk; 0 before. u16[rows × alphabet] */
  frequencies: usize;
  /** i32[valueCount], the level or code of each symbol, of both banks. */
  values: usize;
  valueCount: u32;
  /** i32[escapedCount], those behind the escape. */
  escaped: usize;
  escapedCount: u32;

  get isTrellis(): bool {
    return this.kind == TRELLIS;
  }

  get isCodebook(): bool {
    return this.kind == CODEBOOK;
  }

  get hasEscapes(): bool {
    return this.directCount < this.size;
  }

  /** Tables: of all classes, in both banks of a trellis. */
  get rows(): u32 {
    return this.isTrellis ? 2 * this.classes : this.classes;
  }

  /** The weight of a level or code. */
  floatOf(value: i32, scale: f32): f32 {
    return this.codebook ? load<f32>(this.codebook + ((<usize>value) << 2)) : scale * <f32>value;
  }
}

export let setCount: u32 = 0;
let sets: usize = 0;

export function setAt(index: u32): SymbolSet {
  return changetype<SymbolSet>(sets + index * offsetof<SymbolSet>());
}

/** What the directory says of the sets. */
export function readSets(numbers: Numbers): void {
  setCount = <u32>numbers.uint(numbers.length);
  sets = numbers.takeRoom(setCount, 6, offsetof<SymbolSet>());
  for (let i: u32 = 0; i < setCount && !error; i++) readSet(numbers, setAt(i));
}

function readSet(numbers: Numbers, set: SymbolSet): void {
  set.kind = <u32>numbers.uint(TRELLIS);
  set.min = numbers.int(32768);
  set.size = <u32>numbers.uint(65536);
  set.directCount = <u32>numbers.uint(min(set.size, MAX_ALPHABET));
  set.resolution = 1 << (<u32>numbers.uint(3));
  set.classes = <u32>numbers.uint(MAX_CLASSES);
  // At least two, because a frequency is at most 4095 of 4096.
  set.alphabet = max<u32>(2, set.directCount + <u32>set.hasEscapes);
  set.bitmap = set.steps = set.codebook = set.frequencies = 0;
  check(set.directCount > 0 && set.classes > 0 && set.alphabet <= MAX_ALPHABET);
  check(set.isCodebook ? set.min == 0 : set.min + <i32>set.size <= 32768);
  if (!set.isTrellis) return;
  // Odd symbols are odd numbers, and both banks fit into a byte.
  check(<i32>set.size <= MAX_TRELLIS_ALPHABET && !set.hasEscapes && abs(set.min) <= MAX_TRELLIS_ALPHABET);
  check(((set.min | (<i32>set.size)) & 1) == 0);
}

/** What the head's sections say of it. */
export function readSetSections(set: SymbolSet): void {
  if (set.hasEscapes) {
    set.bitmap = readSection((set.size + 7) >> 3, TEXT);
    if (error) return;
    let direct: u32 = 0;
    for (let i: u32 = 0; i < set.size; i++) direct += isDirect(set, i);
    check(direct == set.directCount);
  }
  const count = set.rows * set.alphabet;
  const packed = readSection(count, -(<i32>set.alphabet));
  set.steps = take(count);
  if (error) return;
  for (let i: u32 = 0; i < count; i++) {
    const at = set.steps + i;
    const step =
      unzigzag(load<u8>(packed + i)) + (i >= set.alphabet ? load<u8>(at - set.alphabet) : i ? load<u8>(at - 1) : 0);
    check(step >= 0 && step <= maxStep(set.resolution));
    store<u8>(at, step);
  }
  if (set.isCodebook) set.codebook = readFloats(set.size);
}

/** Makes the lookups that follow from a set, once. */
export function prepareSet(set: SymbolSet): void {
  if (set.frequencies) return;
  const frequencies = take(2 * set.rows * set.alphabet);
  set.values = take(4 * MAX_ALPHABET);
  set.escaped = take(4 * (set.size - set.directCount));
  if (error) return;
  set.frequencies = frequencies;
  for (let row: u32 = 0; row < set.rows; row++) {
    const first = row * set.alphabet;
    fillFrequencies(set.steps + first, set.alphabet, set.resolution, frequencies + 2 * first);
  }
  set.valueCount = set.escapedCount = 0;
  for (let i: u32 = 0; i < set.size; i++) {
    const value = set.min + <i32>i;
    if (isDirect(set, i)) store<i32>(set.values + (set.valueCount++ << 2), value);
    else store<i32>(set.escaped + (set.escapedCount++ << 2), value);
  }
  if (set.isTrellis) makeLevels(set);
}

/** Numbers of a trellis become the levels of both banks: 2k, and 2k − sign(k). */
function makeLevels(set: SymbolSet): void {
  for (let at = set.values; at < set.values + 4 * set.size; at += 4) {
    const k = load<i32>(at);
    store<i32>(at, 2 * k);
    store<i32>(at + 4 * set.size, 2 * k - (<i32>(k > 0) - <i32>(k < 0)));
  }
  set.valueCount = 2 * set.size;
}

function isDirect(set: SymbolSet, i: u32): u32 {
  return set.bitmap ? (load<u8>(set.bitmap + (i >> 3)) >> (i & 7)) & 1 : 1;
}
