import { type Attribute, type ByteSource, DataType, type Node, Tensor } from '../core/index.js';

/** By attribute, so that whoever asks again gets the same tensor. */
const KNOWN = new WeakMap<Attribute, Tensor>();

/**
 * The numbers of a Constant node that are spelled as value_float or value_floats. Changing them turns the attribute into
 * a tensor, `value`, which every opset has; until then the node stays as it was.
 */
export class ConstantTensor extends Tensor {
  readonly #node: Node;

  private constructor(node: Node, dims: readonly number[], values: Float32Array) {
    super(node.outputs[0], DataType.FLOAT, dims, new Uint8Array(values.buffer));
    this.#node = node;
  }

  override setSource(source: ByteSource): void {
    super.setSource(source);
    this.#node.attributes.delete('value_float');
    this.#node.attributes.delete('value_floats');
    this.#node.attributes.set('value', { kind: 'tensor', value: this });
  }

  /** The float tensor of a Constant node, or null when it holds something else. */
  static of(node: Node): Tensor | null {
    const attributes = node.attributes;
    const tensor: Attribute | undefined = attributes.get('value');
    if (tensor?.kind === 'tensor') return tensor.value;
    const one = attributes.get('value_float');
    if (one?.kind === 'float') return known(one, () => new ConstantTensor(node, [], Float32Array.of(one.value)));
    const many = attributes.get('value_floats');
    if (many?.kind !== 'floats') return null;
    return known(many, () => new ConstantTensor(node, [many.value.length], Float32Array.from(many.value)));
  }
}

function known(attribute: Attribute, create: () => Tensor): Tensor {
  const tensor = KNOWN.get(attribute) ?? create();
  KNOWN.set(attribute, tensor);
  return tensor;
}
