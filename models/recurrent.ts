import type { Random } from '../src/core/index.js';
import { gemm } from './gemm.js';
import { type Layer, type Parameter, parameter } from './layers.js';
import { exp } from './train.js';

/** Token numbers [batch][length] → f64[length][width][batch]. Table [tokens, width], as the first input of Gather. */
export class Embedding implements Layer {
  readonly table: Parameter;
  readonly parameters: readonly Parameter[];
  #tokens = new Float64Array(0);
  #batch = 0;

  constructor(
    readonly tokens: number,
    readonly width: number,
    random: Random,
  ) {
    this.table = parameter(
      Float64Array.from({ length: tokens * width }, () => random.normal() * 0.5),
      true,
    );
    this.parameters = [this.table];
  }

  forward(x: Float64Array, batch: number): Float64Array {
    this.#tokens = x.slice();
    this.#batch = batch;
    const y = new Float64Array(x.length * this.width);
    this.#eachPlace((entry, at) => {
      y[at] = this.table.value[entry];
    });
    return y;
  }

  /** Tokens have no gradient: returns an empty array. */
  backward(dy: Float64Array): Float64Array {
    this.table.gradient.fill(0);
    this.#eachPlace((entry, at) => {
      this.table.gradient[entry] += dy[at];
    });
    return new Float64Array(0);
  }

  #eachPlace(visit: (entry: number, at: number) => void) {
    const length = this.#tokens.length / this.#batch;
    for (let n = 0; n < this.#batch; n++) {
      for (let t = 0; t < length; t++) {
        const token = this.#tokens[n * length + t];
        for (let e = 0; e < this.width; e++) visit(token * this.width + e, (t * this.width + e) * this.#batch + n);
      }
    }
  }
}

/** What one time step leaves for the way back; [4 · width][batch] the gates, else [width][batch]. */
interface Step {
  readonly x: Float64Array;
  readonly h: Float64Array;
  readonly c: Float64Array;
  readonly gates: Float64Array;
  readonly squashed: Float64Array;
}

/**
 * f64[length][inputs][batch] → the last state, [width][batch]. Gates in the order of ONNX: input, output, forget, cell
 * (Hochreiter & Schmidhuber 1997; forget gate of Gers et al. 2000, its bias begins at 1).
 */
export class Lstm implements Layer {
  /** [4 · width, inputs] */
  readonly weight: Parameter;
  /** [4 · width, width] */
  readonly recurrence: Parameter;
  readonly bias: Parameter;
  readonly parameters: readonly Parameter[];
  #steps: Step[] = [];
  #batch = 0;

  constructor(
    readonly inputs: number,
    readonly width: number,
    random: Random,
  ) {
    const draw = (length: number, fanIn: number) =>
      Float64Array.from({ length }, () => random.normal() / Math.sqrt(fanIn));
    this.weight = parameter(draw(4 * width * inputs, inputs), true);
    this.recurrence = parameter(draw(4 * width * width, width), true);
    this.bias = parameter(new Float64Array(4 * width).fill(1, 2 * width, 3 * width), false);
    this.parameters = [this.weight, this.recurrence, this.bias];
  }

  forward(x: Float64Array, batch: number): Float64Array {
    this.#batch = batch;
    this.#steps = [];
    let h = new Float64Array(this.width * batch);
    let c = new Float64Array(this.width * batch);
    const stride = this.inputs * batch;
    for (let start = 0; start < x.length; start += stride) {
      const part = x.subarray(start, start + stride);
      const gates = this.#gatesOf(part, h);
      const step = { x: part, h, c, gates, squashed: new Float64Array(h.length) };
      [h, c] = this.#advance(step);
      this.#steps.push(step);
    }
    return h;
  }

  backward(dy: Float64Array): Float64Array {
    const { width, inputs } = this;
    const batch = this.#batch;
    for (const { gradient } of this.parameters) gradient.fill(0);
    const dx = new Float64Array(this.#steps.length * inputs * batch);
    const dc = new Float64Array(width * batch);
    const dh = dy.slice();
    for (let t = this.#steps.length - 1; t >= 0; t--) {
      const step = this.#steps[t];
      const dGates = gateGradients(step, dh, dc);
      const d = { data: dGates, row: batch, column: 1 };
      gemm(4 * width, inputs, batch, d, { data: step.x, row: 1, column: batch }, this.weight.gradient, true);
      gemm(4 * width, width, batch, d, { data: step.h, row: 1, column: batch }, this.recurrence.gradient, true);
      for (let i = 0; i < dGates.length; i++) this.bias.gradient[Math.floor(i / batch)] += dGates[i];
      const dPart = dx.subarray(t * inputs * batch, (t + 1) * inputs * batch);
      gemm(inputs, batch, 4 * width, { data: this.weight.value, row: 1, column: inputs }, d, dPart);
      gemm(width, batch, 4 * width, { data: this.recurrence.value, row: 1, column: width }, d, dh);
    }
    return dx;
  }

  #gatesOf(x: Float64Array, h: Float64Array): Float64Array {
    const { width, inputs } = this;
    const batch = this.#batch;
    const gates = new Float64Array(4 * width * batch);
    for (let i = 0; i < gates.length; i++) gates[i] = this.bias.value[Math.floor(i / batch)];
    const weight = { data: this.weight.value, row: inputs, column: 1 };
    const recurrence = { data: this.recurrence.value, row: width, column: 1 };
    gemm(4 * width, batch, inputs, weight, { data: x, row: batch, column: 1 }, gates, true);
    gemm(4 * width, batch, width, recurrence, { data: h, row: batch, column: 1 }, gates, true);
    const cells = 3 * width * batch;
    for (let i = 0; i < gates.length; i++) gates[i] = i < cells ? sigmoid(gates[i]) : tanh(gates[i]);
    return gates;
  }

  /** h = output · tanh(c), c = forget · c before + input · cell */
  #advance({ c, gates, squashed }: Step): [Float64Array<ArrayBuffer>, Float64Array<ArrayBuffer>] {
    const size = c.length;
    const h = new Float64Array(size);
    const next = new Float64Array(size);
    for (let i = 0; i < size; i++) {
      next[i] = gates[2 * size + i] * c[i] + gates[i] * gates[3 * size + i];
      squashed[i] = tanh(next[i]);
      h[i] = gates[size + i] * squashed[i];
    }
    return [h, next];
  }
}

/** ∂loss/∂(gates before their curve); `dc` becomes that of the step before. */
function gateGradients({ c, gates, squashed }: Step, dh: Float64Array, dc: Float64Array): Float64Array {
  const size = c.length;
  const gradients = new Float64Array(4 * size);
  for (let i = 0; i < size; i++) {
    const [input, output, forget, cell] = [gates[i], gates[size + i], gates[2 * size + i], gates[3 * size + i]];
    const dCell = dc[i] + dh[i] * output * (1 - squashed[i] * squashed[i]);
    gradients[i] = dCell * cell * input * (1 - input);
    gradients[size + i] = dh[i] * squashed[i] * output * (1 - output);
    gradients[2 * size + i] = dCell * c[i] * forget * (1 - forget);
    gradients[3 * size + i] = dCell * input * (1 - cell * cell);
    dc[i] = dCell * forget;
  }
  return gradients;
}

function sigmoid(x: number): number {
  return 1 / (1 + exp(-x));
}

function tanh(x: number): number {
  return 2 * sigmoid(2 * x) - 1;
}
