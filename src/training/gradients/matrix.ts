import { floatAttribute, intAttribute } from '../../core/index.js';
import { float, int } from '../autodiff/graph-writer.js';
import { range } from '../autodiff/shapes.js';
import { reduce, reshape, transposeLast, unbroadcast } from './arrange.js';
import type { Call, Rule } from './rule.js';

export const MATRIX: Readonly<Record<string, Rule>> = { Gemm: gemm, MatMul: matMul };

/** Y = α A′ B′ + β C: ∂A′ = α dY B′ᵀ, ∂B′ = α A′ᵀ dY, ∂C = β dY summed over what C was repeated along. */
function gemm(call: Call): (string | null)[] {
  const { node, write, shapes, dy, inputs } = call;
  const [a, b, c] = inputs;
  const [transA, transB] = ['transA', 'transB'].map((name) => intAttribute(node, name, 0) !== 0);
  const alpha = floatAttribute(node, 'alpha', 1);
  const product = (left: string, leftTurned: boolean, right: string, rightTurned: boolean) =>
    write.emit('Gemm', [left, right], {
      alpha: float(alpha),
      transA: int(leftTurned ? 1 : 0),
      transB: int(rightTurned ? 1 : 0),
    });
  const da = () => (transA ? product(b, transB, dy, true) : product(dy, false, b, !transB));
  const db = () => (transB ? product(dy, true, a, transA) : product(a, !transA, dy, false));
  const dc = () => {
    const sum = unbroadcast(write, shapes, dy, shapes.of(call.outputs[0]), c);
    return write.times(sum, floatAttribute(node, 'beta', 1));
  };
  return [call.wants(0) ? da() : null, call.wants(1) ? db() : null, c && call.wants(2) ? dc() : null];
}

/**
 * ∂A = dY Bᵀ, ∂B = Aᵀ dY, summed over the axes along which one was repeated. A vector on either side is a matrix of one row
 * or column.
 */
function matMul(call: Call): (string | null)[] {
  const { write, shapes, inputs } = call;
  const [a, b] = inputs;
  const [rankA, rankB] = [shapes.rank(a), shapes.rank(b)];
  if (rankA === 1 || rankB === 1) return vectorProduct(call);
  const dims = shapes.of(call.outputs[0]);
  const batch = dims.slice(0, -2);
  const [m, n] = dims.slice(-2);
  const k = shapes.of(b).at(-2)!;
  const da = () => {
    const product = write.emit('MatMul', [call.dy, transposeLast(write, b, rankB)]);
    return unbroadcast(write, shapes, product, [...batch, m, k], a);
  };
  const db = () => {
    if (rankB === 2 && rankA > 2 && shapes.fixed(b)) return flatWeight(call);
    const product = write.emit('MatMul', [transposeLast(write, a, rankA), call.dy]);
    return unbroadcast(write, shapes, product, [...batch, k, n], b);
  };
  return [call.wants(0) ? da() : null, call.wants(1) ? db() : null];
}

/** ∂B of a batch of matrices times one matrix: all rows of the batch as one matrix, so that the sum is in the product. */
function flatWeight({ write, shapes, inputs: [a, b], dy }: Call): string {
  const [k, n] = shapes.fixed(b)!;
  return write.emit('Gemm', [reshape(write, a, [-1, k]), reshape(write, dy, [-1, n])], { transA: int(1) });
}

function vectorProduct(call: Call): (string | null)[] {
  const { write, shapes, inputs, dy } = call;
  const [a, b] = inputs;
  const [rankA, rankB] = [shapes.rank(a), shapes.rank(b)];
  const unsqueeze = (value: string, axis: number) => write.emit('Unsqueeze', [value, write.ints([axis])]);
  // dY with the axes that a vector has not.
  let full = dy;
  if (rankB === 1) full = unsqueeze(full, -1);
  if (rankA === 1) full = unsqueeze(full, -2);
  const rowA = rankA === 1 ? unsqueeze(a, 0) : a;
  const columnB = rankB === 1 ? unsqueeze(b, 1) : b;
  const sumLeading = (value: string, axis: number, rank: number) => {
    const squeezed = write.emit('Squeeze', [value, write.ints([axis])]);
    return rank > 2 ? reduce(write, 'ReduceSum', squeezed, range(0, rank - 2), false) : squeezed;
  };
  const da = () => {
    const product = write.emit('MatMul', [full, transposeLast(write, columnB, Math.max(2, rankB))]);
    return rankA === 1 ? sumLeading(product, -2, rankB) : product;
  };
  const db = () => {
    const product = write.emit('MatMul', [transposeLast(write, rowA, Math.max(2, rankA)), full]);
    return rankB === 1 ? sumLeading(product, -1, rankA) : product;
  };
  return [call.wants(0) ? da() : null, call.wants(1) ? db() : null];
}
