import type { Command } from 'commander';
import { NodeIO } from '../../io/node-io.js';
import { originOf } from '../../pipeline/provenance.js';
import { examples } from '../examples.js';
import { bytes } from '../format.js';
import { describeInput, readInput } from '../input-file.js';
import { checkOutput } from '../output-file.js';
import type { Session } from '../session.js';
import { writeProved } from '../write-proved.js';

export function packCommand(program: Command, session: Session): void {
  program
    .command('pack')
    .summary('.onnx → .wrg, lossless')
    .description('Packs a model without changing a number. "wring unpack" gives the standard ONNX file back.')
    .argument('<model>', 'an ONNX model')
    .requiredOption('-o, --output <file>', 'where to write; .wrg')
    .option('--dry-run', 'do all but write')
    .addHelpText('after', examples(['wring pack model.onnx -o model.wrg', 'no number changes']))
    .action(async (path: string, { output, dryRun = false }: { output: string; dryRun?: boolean }) => {
      checkOutput(output, ['.wrg']);
      const input = await describeInput(path);
      const io = new NodeIO();
      const written = await writeProved(await readInput(io, path), output, {
        io,
        runtime: null,
        input,
        metadata: originOf(input),
        mustLoad: false,
        dryRun,
        logger: session.logger,
        ...(session.signal ? { signal: session.signal } : {}),
      });
      const ratio = input.byteLength / written.byteLength;
      session.result(
        `${path} ${bytes(input.byteLength)} → ${output} ${bytes(written.byteLength)} (${ratio.toFixed(2)}x, lossless)` +
          (dryRun ? '   dry run, nothing written' : ''),
        { input, output: written },
      );
    });
}
