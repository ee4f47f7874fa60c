import type { Command } from 'commander';
import { type Document, dataTypeName, isFloat, type Tensor } from '../../core/index.js';
import { NodeIO } from '../../io/node-io.js';
import { listWeights } from '../../methods/weights.js';
import { examples } from '../examples.js';
import { bytes, table } from '../format.js';
import { describeInput, readInput } from '../input-file.js';
import type { Session } from '../session.js';

/** One tensor as `inspect` shows it. */
export interface TensorFacts {
  readonly name: string;
  readonly role: string;
  readonly dataType: string;
  readonly dims: readonly number[];
  readonly elements: number;
  readonly byteLength: number;
  /** Distinct values. */
  readonly unique: number;
  /** Order-0 entropy in bits a value, zeros in. */
  readonly entropy: number;
  /** Share of zeros. */
  readonly zeros: number;
  readonly coding: 'plain' | 'grid' | 'codebook';
}

export function inspectCommand(program: Command, session: Session): void {
  program
    .command('inspect')
    .summary('tensors, bytes, unique values, entropy, zeros')
    .description('Shows every tensor of a model: shape, type, unique values, entropy (zeros in), bytes.')
    .argument('<model>', '.onnx or .wrg')
    .addHelpText(
      'after',
      examples(
        ['wring inspect model.onnx', 'a table on stderr, the sum on stdout'],
        ['wring inspect model.wrg --json', 'everything, for another program'],
      ),
    )
    .action(async (path: string) => {
      const input = await describeInput(path);
      const document = await readInput(new NodeIO(), path);
      const tensors = describeTensors(document);
      const rows = tensors.map((t) => [
        t.name || '(unnamed)',
        t.role,
        t.dataType,
        t.dims.join('×') || 'scalar',
        t.unique,
        t.entropy.toFixed(2),
        `${(100 * t.zeros).toFixed(1)} %`,
        bytes(t.byteLength),
      ]);
      session.note(table(['tensor', 'role', 'type', 'shape', 'unique', 'bits', 'zeros', 'bytes'], rows));
      const total = tensors.reduce((sum, t) => sum + t.byteLength, 0);
      const entropyBytes = tensors.reduce((sum, t) => sum + (t.elements * t.entropy) / 8, 0);
      const elements = tensors.reduce((sum, t) => sum + t.elements, 0);
      session.result(
        `${path} ${bytes(input.byteLength)}: ${tensors.length} tensors, ${elements} numbers, ${bytes(total)} plain, ` +
          `${bytes(Math.round(entropyBytes))} by order-0 entropy`,
        { input, opsets: Object.fromEntries(document.opsets), irVersion: document.irVersion, tensors },
      );
    });
}

export function describeTensors(document: Document): TensorFacts[] {
  const roles = new Map(listWeights(document).map((ref) => [ref.tensor, ref]));
  const facts: TensorFacts[] = [];
  for (const tensor of new Set([...document.tensors(), ...roles.keys()])) {
    const ref = roles.get(tensor);
    facts.push({
      name: ref?.name ?? tensor.name,
      role: ref?.role ?? '',
      dataType: dataTypeName(tensor.dataType),
      dims: tensor.dims,
      elements: tensor.elementCount,
      byteLength: tensor.byteLength,
      ...histogramFacts(tensor),
      coding: tensor.coding?.kind ?? 'plain',
    });
  }
  return facts;
}

function histogramFacts(tensor: Tensor): { unique: number; entropy: number; zeros: number } {
  const counts = new Map<number | bigint, number>();
  let zeros = 0;
  let total = 0;
  for (const value of valuesOf(tensor)) {
    // Map keys take −0 for 0 and every NaN for the same.
    counts.set(value, (counts.get(value) ?? 0) + 1);
    total++;
    // biome-ignore lint/suspicious/noDoubleEquals: 0 and 0n alike
    if (value == 0) zeros++;
  }
  let entropy = 0;
  for (const count of counts.values()) entropy -= (count / total) * Math.log2(count / total);
  return { unique: counts.size, entropy: Math.max(0, entropy), zeros: total > 0 ? zeros / total : 0 };
}

/** Numbers of a float tensor, elements of any other as unsigned integers, bytes where elements are smaller. */
function valuesOf(tensor: Tensor): Iterable<number | bigint> {
  if (isFloat(tensor.dataType)) return tensor.toFloat32();
  const raw = tensor.bytes();
  const width = tensor.elementCount > 0 ? raw.length / tensor.elementCount : 0;
  if (width === 8) return new BigInt64Array(raw.buffer, 0, tensor.elementCount);
  if (width === 4) return new Uint32Array(raw.buffer, 0, tensor.elementCount);
  if (width === 2) return new Uint16Array(raw.buffer, 0, tensor.elementCount);
  return raw;
}
