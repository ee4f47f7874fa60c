import type { Random } from '../src/core/index.js';
import { gemm } from './gemm.js';

/**
 * Activations are channel-major, f64[channels][batch][height][width]: a convolution is then one matrix product over
 * the whole batch, and batch normalization runs over contiguous memory.
 */
export interface Layer {
  readonly parameters: readonly Parameter[];
  forward(x: Float64Array, batch: number, training: boolean): Float64Array;
  /** @param dy ∂loss/∂output of the last `forward` @returns ∂loss/∂input; parameter gradients are set, not added */
  backward(dy: Float64Array): Float64Array;
}

export interface Parameter {
  readonly value: Float64Array;
  readonly gradient: Float64Array;
  /** Whether weight decay pulls it to zero (weights do, scales and biases do not). */
  readonly decays: boolean;
}

export function parameter(value: Float64Array, decays: boolean): Parameter {
  return { value, gradient: new Float64Array(value.length), decays };
}

/** He et al. 2015: N(0, 2 / fan-in). */
function heWeights(length: number, fanIn: number, random: Random): Float64Array {
  const deviation = Math.sqrt(2 / fanIn);
  return Float64Array.from({ length }, () => random.normal() * deviation);
}

/** 3 × 3, stride 1, padding 1, no bias. Weights [outputs, inputs, 3, 3]. */
export class Conv implements Layer {
  readonly weight: Parameter;
  readonly parameters: readonly Parameter[];
  #rows = new Float64Array(0);
  #batch = 0;

  constructor(
    readonly inputs: number,
    readonly outputs: number,
    readonly size: number,
    random: Random,
  ) {
    this.weight = parameter(heWeights(outputs * inputs * 9, inputs * 9, random), true);
    this.parameters = [this.weight];
  }

  forward(x: Float64Array, batch: number): Float64Array {
    const depth = this.inputs * 9;
    const places = batch * this.size * this.size;
    if (this.#rows.length !== places * depth) this.#rows = new Float64Array(places * depth);
    this.#batch = batch;
    this.#eachPatch((row, at, inside) => {
      this.#rows[row] = inside ? x[at] : 0;
    });
    const y = new Float64Array(this.outputs * places);
    const weights = { data: this.weight.value, row: depth, column: 1 };
    gemm(this.outputs, places, depth, weights, { data: this.#rows, row: 1, column: depth }, y);
    return y;
  }

  backward(dy: Float64Array): Float64Array {
    const depth = this.inputs * 9;
    const places = this.#batch * this.size * this.size;
    const rows = { data: this.#rows, row: depth, column: 1 };
    gemm(this.outputs, depth, places, { data: dy, row: places, column: 1 }, rows, this.weight.gradient);
    const dx = new Float64Array(this.inputs * places);
    const dRows = new Float64Array(places * depth);
    const weights = { data: this.weight.value, row: depth, column: 1 };
    gemm(places, depth, this.outputs, { data: dy, row: 1, column: places }, weights, dRows);
    this.#eachPatch((row, at, inside) => {
      if (inside) dx[at] += dRows[row];
    });
    return dx;
  }

  /** Visits im2row: `row` counts through [batch · height · width][inputs · 9], `at` is the place in the input. */
  #eachPatch(visit: (row: number, at: number, inside: boolean) => void) {
    const { size, inputs } = this;
    let row = 0;
    for (let n = 0; n < this.#batch; n++) {
      for (let y = 0; y < size; y++) {
        for (let x = 0; x < size; x++) {
          for (let c = 0; c < inputs; c++) {
            const plane = (c * this.#batch + n) * size;
            for (let v = y - 1; v <= y + 1; v++) {
              for (let u = x - 1; u <= x + 1; u++, row++) {
                visit(row, (plane + v) * size + u, v >= 0 && v < size && u >= 0 && u < size);
              }
            }
          }
        }
      }
    }
  }
}

/** Per channel: (x − mean) / √(variance + epsilon) · scale + bias (Ioffe & Szegedy 2015). */
export class BatchNorm implements Layer {
  readonly epsilon = 1e-5;
  readonly scale: Parameter;
  readonly bias: Parameter;
  readonly parameters: readonly Parameter[];
  /** Running statistics, what inference uses. */
  readonly mean: Float64Array;
  readonly variance: Float64Array;
  #normal = new Float64Array(0);
  readonly #inverse: Float64Array;

  constructor(readonly channels: number) {
    this.scale = parameter(new Float64Array(channels).fill(1), false);
    this.bias = parameter(new Float64Array(channels), false);
    this.parameters = [this.scale, this.bias];
    this.mean = new Float64Array(channels);
    this.variance = new Float64Array(channels).fill(1);
    this.#inverse = new Float64Array(channels);
  }

  forward(x: Float64Array, _batch: number, training: boolean): Float64Array {
    const count = x.length / this.channels;
    const y = new Float64Array(x.length);
    this.#normal = new Float64Array(x.length);
    for (let c = 0; c < this.channels; c++) {
      const plane = x.subarray(c * count, (c + 1) * count);
      const { mean, variance } = training
        ? this.#observe(c, plane)
        : { mean: this.mean[c], variance: this.variance[c] };
      const inverse = 1 / Math.sqrt(variance + this.epsilon);
      this.#inverse[c] = inverse;
      for (let i = 0; i < count; i++) {
        const normal = (plane[i] - mean) * inverse;
        this.#normal[c * count + i] = normal;
        y[c * count + i] = normal * this.scale.value[c] + this.bias.value[c];
      }
    }
    return y;
  }

  backward(dy: Float64Array): Float64Array {
    const count = dy.length / this.channels;
    const dx = new Float64Array(dy.length);
    for (let c = 0; c < this.channels; c++) {
      let sum = 0;
      let product = 0;
      for (let i = c * count; i < (c + 1) * count; i++) {
        sum += dy[i];
        product += dy[i] * this.#normal[i];
      }
      this.bias.gradient[c] = sum;
      this.scale.gradient[c] = product;
      const factor = this.scale.value[c] * this.#inverse[c];
      for (let i = c * count; i < (c + 1) * count; i++) {
        dx[i] = factor * (dy[i] - (sum + this.#normal[i] * product) / count);
      }
    }
    return dx;
  }

  #observe(c: number, plane: Float64Array): { mean: number; variance: number } {
    const mean = plane.reduce((total, v) => total + v, 0) / plane.length;
    const variance = plane.reduce((total, v) => total + (v - mean) * (v - mean), 0) / plane.length;
    this.mean[c] += 0.05 * (mean - this.mean[c]);
    this.variance[c] += 0.05 * (variance - this.variance[c]);
    return { mean, variance };
  }
}

export class Relu implements Layer {
  readonly parameters = [];
  #y = new Float64Array(0);

  forward(x: Float64Array): Float64Array {
    this.#y = x.map((v) => Math.max(v, 0));
    return this.#y;
  }

  backward(dy: Float64Array): Float64Array {
    return dy.map((v, i) => (this.#y[i] > 0 ? v : 0));
  }
}

/** 2 × 2, stride 2; of equal values the first wins. */
export class MaxPool implements Layer {
  readonly parameters = [];
  #chosen = new Int32Array(0);
  #inputLength = 0;

  /** @param size height and width of the input, even */
  constructor(readonly size: number) {}

  forward(x: Float64Array): Float64Array {
    const { size } = this;
    const half = size / 2;
    this.#inputLength = x.length;
    this.#chosen = new Int32Array(x.length / 4);
    for (let i = 0; i < this.#chosen.length; i++) {
      const corner = Math.floor(i / half) * 2 * size + (i % half) * 2;
      let best = corner;
      for (const at of [corner + 1, corner + size, corner + size + 1]) if (x[at] > x[best]) best = at;
      this.#chosen[i] = best;
    }
    return Float64Array.from(this.#chosen, (at) => x[at]);
  }

  backward(dy: Float64Array): Float64Array {
    const dx = new Float64Array(this.#inputLength);
    for (let i = 0; i < dy.length; i++) dx[this.#chosen[i]] = dy[i];
    return dx;
  }
}

/** [channels][batch][places] → [channels · places][batch], the order of ONNX's Flatten. */
export class Flatten implements Layer {
  readonly parameters = [];
  #batch = 0;

  constructor(readonly places: number) {}

  forward(x: Float64Array, batch: number): Float64Array {
    this.#batch = batch;
    return this.#swap(x, batch, this.places);
  }

  backward(dy: Float64Array): Float64Array {
    return this.#swap(dy, this.places, this.#batch);
  }

  /** Transposes every [rows][columns] block. */
  #swap(x: Float64Array, rows: number, columns: number): Float64Array {
    const y = new Float64Array(x.length);
    for (let start = 0; start < x.length; start += rows * columns) {
      for (let r = 0; r < rows; r++) {
        for (let c = 0; c < columns; c++) y[start + c * rows + r] = x[start + r * columns + c];
      }
    }
    return y;
  }
}

/** [inputs][batch] → [outputs][batch]. Weights [outputs, inputs], as Gemm with transB. */
export class Dense implements Layer {
  readonly weight: Parameter;
  readonly bias: Parameter;
  readonly parameters: readonly Parameter[];
  #x: Float64Array = new Float64Array(0);
  #batch = 0;

  constructor(
    readonly inputs: number,
    readonly outputs: number,
    random: Random,
  ) {
    this.weight = parameter(heWeights(outputs * inputs, inputs, random), true);
    this.bias = parameter(new Float64Array(outputs), false);
    this.parameters = [this.weight, this.bias];
  }

  forward(x: Float64Array, batch: number): Float64Array {
    this.#x = x;
    this.#batch = batch;
    const y = new Float64Array(this.outputs * batch);
    for (let i = 0; i < y.length; i++) y[i] = this.bias.value[Math.floor(i / batch)];
    const weights = { data: this.weight.value, row: this.inputs, column: 1 };
    gemm(this.outputs, batch, this.inputs, weights, { data: x, row: batch, column: 1 }, y, true);
    return y;
  }

  backward(dy: Float64Array): Float64Array {
    const batch = this.#batch;
    const x = { data: this.#x, row: 1, column: batch };
    gemm(this.outputs, this.inputs, batch, { data: dy, row: batch, column: 1 }, x, this.weight.gradient);
    for (let i = 0; i < this.outputs; i++) {
      this.bias.gradient[i] = dy.subarray(i * batch, (i + 1) * batch).reduce((total, v) => total + v, 0);
    }
    const dx = new Float64Array(this.inputs * batch);
    const weights = { data: this.weight.value, row: 1, column: this.inputs };
    gemm(this.inputs, batch, this.outputs, weights, { data: dy, row: batch, column: 1 }, dx);
    return dx;
  }
}
