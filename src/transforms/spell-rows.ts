import { DataType, type Node } from '../core/index.js';
import type { Draft } from './spell-draft.js';
import { eachSymbol, gatherLevels, type SpellingTask, scaleDims, symbolBits } from './spell-levels.js';
import type { Symbols } from './spell-symbols.js';

/**
 * A table whose rows are looked up: the rows of codes are, and only they become numbers, so that the table stays as small
 * in memory as in the file. Rows of 1, 2, 4 (see spell-packed.ts for the shifts), 8 or 16 bits a weight.
 *
 * @param gathers every reader of the table, all of them Gather along axis 0
 * @returns what stands for each of them; null for a table without rows
 */
export function spellRows(draft: Draft, task: SpellingTask, gathers: readonly Node[]): Map<Node, Node[]> | null {
  const { symbols, dims, dataType, opset } = task;
  if (dims.length < 2 || gathers.length === 0) return null;
  const rowLength = dims.slice(1).reduce((product, dim) => product * dim, 1);
  const width = rowWidth(symbols, rowLength, opset);
  const codes = rowCodes(draft, symbols, dims, width);
  const found = new Map<Node, Node[]>();
  for (const gather of gathers) {
    const from = draft.nodes.length;
    const index = gather.inputs[1];
    let edge = draft.op('Gather', [codes, index]);
    if (width < 8) {
      const fields = Array.from({ length: 8 / width }, (_, field) => 8 - width * (field + 1));
      edge = draft.shift(edge, draft.bytes(DataType.UINT8, [fields.length, 1], fields), 'LEFT');
      edge = draft.shift(edge, draft.bytes(DataType.UINT8, [], [8 - width]), 'RIGHT');
    }
    edge = gatherLevels(draft, symbols, draft.cast(edge, DataType.INT32));
    if (width < 8) {
      const shape = draft.op('Concat', [draft.op('Shape', [index]), draft.int64s(dims.slice(1))], {
        axis: { kind: 'int', value: 0n },
      });
      edge = draft.op('Reshape', [edge, shape]);
    }
    edge = scaleRows(draft, task, edge, index);
    if (dataType !== DataType.FLOAT) draft.cast(edge, dataType);
    draft.finish(gather.outputs[0]);
    found.set(gather, draft.nodes.slice(from));
  }
  return found;
}

/** The Gather nodes that look up rows of `name`, if nothing else reads it; null otherwise. */
export function rowLookups(name: string, readers: readonly Node[]): Node[] | null {
  const all = readers.every(({ opType, domain, inputs, attributes }) => {
    const axis = attributes.get('axis');
    const first = axis === undefined || (axis.kind === 'int' && axis.value === 0n);
    return opType === 'Gather' && domain === '' && first && inputs[0] === name && inputs[1] !== name;
  });
  return all && readers.length > 0 ? [...readers] : null;
}

function rowWidth(symbols: Symbols, rowLength: number, opset: number): number {
  const bits = symbolBits(symbols);
  if (bits > 8) return 16;
  return [1, 2, 4].find((width) => width >= bits && (rowLength * width) % 8 === 0 && opset >= 11) ?? 8;
}

/** In the shape of the table, or [rows, 1, bytes of a row]: field f of byte j is number f · bytes + j of its row. */
function rowCodes(draft: Draft, symbols: Symbols, dims: readonly number[], width: number): string {
  const count = symbols.codes.length;
  if (width === 16) return draft.data(DataType.UINT16, dims, () => bytesOf(new Uint16Array(count), symbols));
  if (width === 8) return draft.data(DataType.UINT8, dims, () => bytesOf(new Uint8Array(count), symbols));
  const rowLength = count / dims[0];
  const rowBytes = (rowLength * width) / 8;
  return draft.data(DataType.UINT8, [dims[0], 1, rowBytes], () => {
    const bytes = new Uint8Array(dims[0] * rowBytes);
    eachSymbol(symbols, (symbol, i) => {
      const [row, place] = [Math.floor(i / rowLength), i % rowLength];
      bytes[row * rowBytes + (place % rowBytes)] |= symbol << (width * Math.floor(place / rowBytes));
    });
    return bytes;
  });
}

function bytesOf(target: Uint8Array | Uint16Array, symbols: Symbols): Uint8Array {
  eachSymbol(symbols, (symbol, i) => {
    target[i] = symbol;
  });
  return new Uint8Array(target.buffer);
}

/** Scales of rows are looked up like the rows themselves. */
function scaleRows(draft: Draft, { symbols, dims }: SpellingTask, edge: string, index: string): string {
  const { scales } = symbols;
  if (!scales) return edge;
  const all = draft.floats(scaleDims(scales, dims), scales.values);
  const perRow = scales.values.length > 1 && scales.axis === 0;
  return draft.op('Mul', [edge, perRow ? draft.op('Gather', [all, index]) : all]);
}
