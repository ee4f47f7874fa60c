import { constantsOf, type Graph, isFloat, type Node, producersOf, type Tensor } from '../../core/index.js';

/** What cannot give less than 0. */
const RECTIFIERS = new Set([
  ...['Relu', 'Sigmoid', 'HardSigmoid', 'Softmax', 'Softplus', 'Abs', 'ThresholdedRelu', 'Sqrt', 'Exp'],
  ...['ReduceL1', 'ReduceL2', 'ReduceSumSquare'],
]);
/** What gives nothing less than the least of its first input, or of all, and 0. */
const KEEPERS = new Set([
  ...[
    'MaxPool',
    'AveragePool',
    'GlobalAveragePool',
    'GlobalMaxPool',
    'ReduceMax',
    'ReduceMin',
    'ReduceMean',
    'ReduceSum',
  ],
  ...['Slice', 'Split', 'Gather', 'Expand', 'Tile'],
]);
const KEEPERS_OF_ALL = new Set(['Concat', 'Add', 'Sum', 'Mul', 'Div', 'Min', 'Mean']);
/** What moves numbers as they are. */
const MOVERS = new Set([
  ...['Flatten', 'Reshape', 'Squeeze', 'Unsqueeze', 'Transpose', 'Identity', 'Dropout', 'Cast', 'DepthToSpace'],
  'SpaceToDepth',
]);
/** What models do to their input before the first layer. */
const PREPARERS = new Set([
  ...MOVERS,
  ...['Sub', 'Add', 'Mul', 'Div', 'Slice', 'Split', 'Concat', 'Pad', 'Resize', 'BatchNormalization'],
]);

/** Where values of a graph come from, as far as operators tell. */
export class ValueOrigins {
  readonly #producers: ReadonlyMap<string, Node>;
  readonly #constants: ReadonlyMap<string, Tensor>;
  readonly #known = new Map<string, boolean>();

  constructor(graph: Graph) {
    this.#producers = producersOf(graph);
    this.#constants = constantsOf(graph);
  }

  /** Whether it is an input of the model, or that moved, shifted and scaled by constants. */
  isInput(name: string): boolean {
    return this.#ask(`input ${name}`, () => {
      const producer = this.#producers.get(name);
      if (!producer || this.#constants.has(name)) return true;
      const inputs = producer.inputs.filter((input) => input !== '');
      return isStandard(producer) && PREPARERS.has(producer.opType) && inputs.every((input) => this.isInput(input));
    });
  }

  /** Whether no number of it can be below 0. */
  isRectified(name: string): boolean {
    return this.#ask(`sign ${name}`, () => {
      const constant = this.#constants.get(name);
      if (constant) return isFloat(constant.dataType) && constant.toFloat32().every((number) => number >= 0);
      const producer = this.#producers.get(name);
      if (!producer || !isStandard(producer)) return false;
      const { opType, inputs } = producer;
      if (RECTIFIERS.has(opType)) return true;
      if (KEEPERS.has(opType) || MOVERS.has(opType)) return this.isRectified(inputs[0]);
      if (KEEPERS_OF_ALL.has(opType)) return inputs.every((one) => this.isRectified(one));
      if (opType === 'Max') return inputs.some((one) => this.isRectified(one));
      // Without a bound, or a number to pad with, that is −∞, or 0.
      if (opType === 'Clip') return this.isRectified(inputs[0]) || (!!inputs[1] && this.isRectified(inputs[1]));
      return opType === 'Pad' && this.isRectified(inputs[0]) && (!inputs[2] || this.isRectified(inputs[2]));
    });
  }

  /** Asked once: graphs share their values. */
  #ask(question: string, answer: () => boolean): boolean {
    const known = this.#known.get(question) ?? answer();
    this.#known.set(question, known);
    return known;
  }
}

function isStandard({ domain }: Node): boolean {
  return domain === '' || domain === 'ai.onnx';
}
