import { stat } from 'node:fs/promises';
import type { Command } from 'commander';
import { NodeIO } from '../../io/node-io.js';
import { examples } from '../examples.js';
import { bytes } from '../format.js';
import { readInput } from '../input-file.js';
import { checkOutput } from '../output-file.js';
import type { Session } from '../session.js';

export function unpackCommand(program: Command, session: Session): void {
  program
    .command('unpack')
    .summary('.wrg → .onnx, the standard ONNX file')
    .description('Decodes a packed model to plain ONNX; every number is the one that was packed.')
    .argument('<model>', 'a .wrg file')
    .requiredOption('-o, --output <file>', 'where to write; .onnx')
    .addHelpText('after', examples(['wring unpack model.wrg -o model.onnx', 'what any runtime loads']))
    .action(async (path: string, { output }: { output: string }) => {
      checkOutput(output, ['.onnx']);
      const io = new NodeIO();
      const document = await readInput(io, path);
      await io.write(output, document, session.signal ? { signal: session.signal } : {});
      const [from, to] = [(await stat(path)).size, (await stat(output)).size];
      session.result(`${path} ${bytes(from)} → ${output} ${bytes(to)}`, {
        input: { path, byteLength: from },
        output: { path: output, byteLength: to },
      });
    });
}
