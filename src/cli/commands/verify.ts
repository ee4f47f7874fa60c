import type { Command } from 'commander';
import { WringError } from '../../core/index.js';
import { compareTensors, evaluateAccuracy } from '../../evaluation/index.js';
import { FileSource } from '../../io/node-file.js';
import { NodeIO } from '../../io/node-io.js';
import { readWrgMetadata } from '../../io/wrg-format.js';
import { modelBytes } from '../../onnx/index.js';
import { ortNode } from '../../runtime/ort-node.js';
import { openData } from '../data-option.js';
import { examples } from '../examples.js';
import { describeInput, naming, readInput } from '../input-file.js';
import type { Session } from '../session.js';
import { hashOf } from '../write-proved.js';

/** What wring writes about a file into it; every field may be missing in a file of somebody else's. */
interface Claims {
  readonly version?: string;
  readonly input?: { readonly sha256?: string };
  readonly onnx?: { readonly sha256?: string };
  readonly sqnr?: readonly (number | null)[];
}

interface Check {
  readonly what: string;
  readonly ok: boolean;
  readonly detail: string;
}

export function verifyCommand(program: Command, session: Session): void {
  program
    .command('verify')
    .summary('re-check what a .wrg claims')
    .description(
      'Decodes a .wrg with all its checksums, compares the hash of the ONNX bytes with the one inside, loads it in onnxruntime.',
    )
    .argument('<model>', 'a .wrg file')
    .option('--original <file>', 'the model it was made from: checks its hash and the error of every tensor')
    .option('--data <path>', 'labelled samples: measures the accuracy')
    .addHelpText(
      'after',
      examples(
        ['wring verify model.wrg', 'checksums, hash, loading'],
        ['wring verify model.wrg --original model.onnx', 'and the error of every tensor'],
      ),
    )
    .action(async (path: string, flags: { original?: string; data?: string }) => {
      const metadata = await naming(path, () => readWrgMetadata(new FileSource(path)));
      const claims = (metadata ?? {}) as Claims;
      const document = await readInput(new NodeIO(), path);
      const checks: Check[] = [];
      const check = (what: string, ok: boolean, detail: string) => checks.push({ what, ok, detail });
      const hash = hashOf(document);
      check('checksums', true, 'every chunk');
      if (claims.onnx?.sha256) check('ONNX bytes', hash === claims.onnx.sha256, `sha256 ${hash.slice(0, 16)}…`);
      const runtime = await ortNode();
      const loaded = await runtime.load(modelBytes(document));
      await loaded.release();
      check('loads', true, `${runtime.name} ${runtime.version}`);
      if (flags.original) {
        const { sha256 } = await describeInput(flags.original);
        check('original', sha256 === claims.input?.sha256, `sha256 ${sha256.slice(0, 16)}…`);
        const { tensors } = compareTensors(await readInput(new NodeIO(), flags.original), document);
        const worst = Math.min(...tensors.map((t) => t.sqnr ?? Number.POSITIVE_INFINITY));
        const extent = worst === Number.POSITIVE_INFINITY ? 'all equal' : `lowest SQNR ${worst.toFixed(1)} dB`;
        check('tensors', true, `${tensors.length} compared, ${extent}`);
      }
      const accuracy = flags.data
        ? await evaluateAccuracy(document, await openData(flags.data, path), runtime, {
            onProgress: session.progress.update,
          })
        : null;
      if (accuracy) check('accuracy', true, `top-1 ${accuracy.top1.toFixed(2)} %, n=${accuracy.count}`);
      for (const { what, ok, detail } of checks)
        session.note(`  ${ok ? 'ok    ' : 'FAILED'} ${what.padEnd(12)} ${detail}`);
      const failed = checks.filter((c) => !c.ok);
      if (failed.length > 0) {
        throw new WringError('E_CORRUPT', `${path} is not what it claims: ${failed.map((c) => c.what).join(', ')}`);
      }
      session.result(`${path}: ${checks.length} checks passed`, { path, claims, checks, accuracy });
    });
}
