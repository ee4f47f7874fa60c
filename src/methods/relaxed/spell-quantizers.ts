import { createNode, DataType, type Document, Tensor, type Transform } from '../../core/index.js';
import { addInitializer, freshName } from '../../transforms/names.js';
import type { ActivationQuantizer } from './quantize-layer-inputs.js';

/**
 * Spells quantizers of at most eight bits by QuantizeLinear and DequantizeLinear, for which runtimes have integer operators:
 * the same numbers. A grid of fewer bits is cut off by a Clip before; what lies between types' ends saturates by itself.
 */
export function spellQuantizers(quantizers: readonly ActivationQuantizer[]): Transform {
  return (document) => {
    for (const quantizer of quantizers) spell(document, quantizer);
  };
}

function spell(document: Document, { input, output, step, inner, low, high }: ActivationQuantizer): void {
  const { graph } = document;
  const scale = step.toFloat32()[0];
  const isSigned = low < 0;
  const [least, most] = isSigned ? [-128, 127] : [0, 255];
  const constant = (what: string, dataType: DataType, values: Float32Array | Uint8Array | Int8Array) => {
    const tensor = new Tensor(freshName(document, `${input}.${what}`), dataType, [], new Uint8Array(values.buffer));
    addInitializer(document, graph, tensor);
    return tensor.name;
  };
  const zero = isSigned
    ? constant('zero', DataType.INT8, Int8Array.of(0))
    : constant('zero', DataType.UINT8, Uint8Array.of(0));
  const packed = freshName(document, `${input}.packed`);
  const nodes = [
    createNode('QuantizeLinear', [input, step.name, zero], [packed]),
    createNode('DequantizeLinear', [packed, step.name, zero], [output]),
  ];
  if (low > least || high < most) {
    const clipped = freshName(document, `${input}.clipped`);
    const bound = (end: number, outermost: number, what: string) =>
      end === outermost ? '' : constant(what, DataType.FLOAT, Float32Array.of(scale * end));
    nodes.unshift(createNode('Clip', [input, bound(low, least, 'least'), bound(high, most, 'most')], [clipped]));
    nodes[1].inputs[0] = clipped;
  }
  const replaced = new Set([...inner, output]);
  const at = graph.nodes.findIndex(({ outputs }) => replaced.has(outputs[0]));
  const read = graph.nodes.filter(({ outputs }) => replaced.has(outputs[0])).flatMap(({ inputs }) => inputs);
  graph.nodes = graph.nodes.filter(({ outputs }) => !replaced.has(outputs[0]));
  graph.nodes.splice(at, 0, ...nodes);
  for (const name of read) {
    const isRead = graph.nodes.some(({ inputs }) => inputs.includes(name));
    if (!isRead) graph.initializers.delete(name);
  }
}
