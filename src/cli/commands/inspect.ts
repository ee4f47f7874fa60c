import type { Command } from 'commander';
import { FileSource } from '../../io/node-file.js';
import { NodeIO } from '../../io/node-io.js';
import { readWrgShares } from '../../io/wrg-format.js';
import { describeModel, type TensorFacts } from '../../pipeline/describe-tensors.js';
import { examples } from '../examples.js';
import { bytes, table } from '../format.js';
import { describeInput, readInput } from '../input-file.js';
import type { Session } from '../session.js';

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
      const packed = path.toLowerCase().endsWith('.wrg') ? await readWrgShares(new FileSource(path)) : null;
      const facts = describeModel(document, input.byteLength, packed);
      const { tensors, otherBytes } = facts;
      const rows = tensors.map((t) => [
        t.name || '(unnamed)',
        t.role,
        t.dataType,
        t.dims.join('×') || 'scalar',
        t.unique,
        t.entropy.toFixed(2),
        `${(100 * t.zeros).toFixed(1)} %`,
        bytes(t.byteLength),
        ...(packed ? [packedCell(t)] : []),
      ]);
      const head = ['tensor', 'role', 'type', 'shape', 'unique', 'bits', 'zeros', 'bytes'];
      session.note(table(packed ? [...head, 'packed'] : head, rows));
      if (packed) {
        session.note(`head (skeleton, tables, small tensors): ${bytes(packed.head)}`);
        if (otherBytes) session.note(`sparse tensors and others without a row: ${bytes(otherBytes)}`);
      }
      const total = tensors.reduce((sum, t) => sum + t.byteLength, 0);
      const entropyBytes = tensors.reduce((sum, t) => sum + (t.elements * t.entropy) / 8, 0);
      const elements = tensors.reduce((sum, t) => sum + t.elements, 0);
      session.result(
        `${path} ${bytes(input.byteLength)}: ${tensors.length} tensors, ${elements} numbers, ${bytes(total)} plain, ` +
          `${bytes(Math.round(entropyBytes))} by order-0 entropy`,
        { input, ...facts },
      );
    });
}

function packedCell({ packedBytes, shared }: TensorFacts): string {
  return !packedBytes ? 'in head' : `${shared ? '~' : ''}${bytes(Math.round(packedBytes))}`;
}
