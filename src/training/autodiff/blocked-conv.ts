import { createNode, DataType, Document, intAttribute, type Node } from '../../core/index.js';
import { modelBytes } from '../../onnx/index.js';
import type { Runtime } from '../../runtime/runtime.js';
import { GraphWriter, int, ints } from './graph-writer.js';
import { Shapes } from './shapes.js';

/** onnxruntime's own: Conv over [N, C / block, H, W, block], which it uses where weights are constants. */
export const BLOCKED = 'com.microsoft.nchwc';
const CANDIDATES = [16, 8];

/** Of the trial; a multiple of every candidate, so that a wrong one gives wrong numbers and reads nothing outside. */
const CHANNELS = 64;

/**
 * Spells every Conv of the main graph whose weight is computed or an input in the runtime's blocked layout, which it does by
 * itself for constants only: 16 channels of 32 × 32 take 4.6 ms instead of 7.9, reordering included. Depthwise, 64
 * channels of 25 × 5 take 1.1 ms instead of 4.1. Only where both sides are whole blocks, in two dimensions, and not for
 * kernels of one tap, which are faster plain (0.7 against 1.0 for 32 channels of 16 × 16). No standard ONNX any more.
 *
 * @param block what {@link findConvBlock} found: any other gives wrong numbers without a word
 */
export function blockConvolutions(document: Document, shapes: Shapes, block: number): void {
  const { graph } = document;
  const write = new GraphWriter(document);
  for (const node of graph.nodes) {
    const dims = node.opType === 'Conv' && shapes.has(node.inputs[1]) ? shapes.fixed(node.inputs[1]) : null;
    const computed = dims && !graph.initializers.has(node.inputs[1]);
    if (computed && isWhole(node, dims, block)) spellBlocked(node, dims, block, write);
    else write.nodes.push(node);
  }
  graph.nodes = reorderOnce(write.nodes);
  document.opsets.set(BLOCKED, 1);
}

function isWhole(node: Node, [rows, columns, ...kernel]: readonly number[], block: number): boolean {
  if (node.domain !== '' || kernel.length !== 2 || kernel.every((size) => size === 1) || rows % block !== 0)
    return false;
  const groups = intAttribute(node, 'group', 1);
  return groups === 1 ? columns % block === 0 : columns === 1 && groups === rows;
}

function spellBlocked(node: Node, dims: readonly number[], block: number, write: GraphWriter): void {
  const [x, weight, ...bias] = node.inputs;
  const blocked = blockWeight(weight, dims, block, write);
  const input = write.emitFrom(BLOCKED, 'ReorderInput', [x]);
  const output = write.fresh(`${node.outputs[0]}.blocked`);
  write.nodes.push(
    { ...node, domain: BLOCKED, inputs: [input, blocked, ...bias], outputs: [output] },
    { ...createNode('ReorderOutput', [output], node.outputs, { channels: int(dims[0]) }), domain: BLOCKED },
  );
}

/** [M, C, h, w] → [M / b, C / b, h, w, b (of C), b (of M)]; depthwise [M, 1, h, w] → [M / b, h, w, b]. */
function blockWeight(weight: string, dims: readonly number[], block: number, write: GraphWriter): string {
  const [rows, columns, ...kernel] = dims;
  const depthwise = columns === 1;
  const split = depthwise ? [rows / block, block, ...kernel] : [rows / block, block, columns / block, block, ...kernel];
  const apart = write.emit('Reshape', [weight, write.ints(split)]);
  const order = depthwise ? [0, 2, 3, 1] : [0, 2, 4, 5, 3, 1];
  return write.emit('Reshape', [write.emit('Transpose', [apart], { perm: ints(order) }), write.ints(dims)]);
}

/** A gradient is reordered for the input and for the weight of its Conv; once is enough. */
function reorderOnce(nodes: readonly Node[]): Node[] {
  const reordered = new Map<string, string>();
  const aliases = new Map<string, string>();
  return nodes.filter((node) => {
    node.inputs = node.inputs.map((name) => aliases.get(name) ?? name);
    if (node.opType !== 'ReorderInput') return true;
    const known = reordered.get(node.inputs[0]);
    if (known === undefined) reordered.set(node.inputs[0], node.outputs[0]);
    else aliases.set(node.outputs[0], known);
    return known === undefined;
  });
}

/**
 * The number of channels in a block of this machine's layout (16 with AVX-512, 8 with AVX2), found by trial: a block is
 * believed when a blocked Conv agrees with a plain one. undefined where the runtime has no such layout.
 */
export async function findConvBlock(runtime: Runtime): Promise<number | undefined> {
  for (const block of CANDIDATES) if (await agrees(runtime, block)) return block;
  return undefined;
}

async function agrees(runtime: Runtime, block: number): Promise<boolean> {
  const session = await runtime.load(modelBytes(trial(block))).catch(() => null);
  if (!session) return false;
  try {
    const numbers = (count: number) => Float32Array.from({ length: count }, (_, i) => ((i * 7919) % 1009) / 1009 - 0.5);
    const dims = [CHANNELS, CHANNELS, 3, 3];
    const weight = { dataType: DataType.FLOAT, dims, data: numbers(CHANNELS * CHANNELS * 9) };
    const x = { dataType: DataType.FLOAT, dims: [1, CHANNELS, 5, 5], data: numbers(CHANNELS * 25) };
    const { plain, blocked } = await session.run({ x, weight });
    const [a, b] = [plain.data as Float32Array, blocked.data as Float32Array];
    return a.every((value, i) => Math.abs(value - b[i]) <= 1e-3);
  } catch {
    return false;
  } finally {
    await session.release();
  }
}

/** One Conv in both spellings. */
function trial(block: number): Document {
  const document = new Document();
  document.opsets.set('', 18);
  const { graph } = document;
  const dims = [CHANNELS, CHANNELS, 3, 3];
  graph.inputs.push({ name: 'x', dataType: DataType.FLOAT, dims: [1, CHANNELS, 5, 5] });
  graph.inputs.push({ name: 'weight', dataType: DataType.FLOAT, dims });
  graph.nodes.push(createNode('Conv', ['x', 'weight'], ['blocked'], { kernel_shape: ints([3, 3]) }));
  blockConvolutions(document, new Shapes(new Map([['weight', dims]]), new Map()), block);
  graph.nodes.push(createNode('Conv', ['x', 'weight'], ['plain'], { kernel_shape: ints([3, 3]) }));
  for (const name of ['plain', 'blocked']) graph.outputs.push({ name, dataType: DataType.FLOAT, dims: null });
  return document;
}
