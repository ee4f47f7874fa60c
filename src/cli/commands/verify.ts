import type { Command } from 'commander';
import { type Document, WringError } from '../../core/index.js';
import { compareTensors, evaluateAccuracy } from '../../evaluation/index.js';
import { NodeIO } from '../../io/node-io.js';
import { modelBytes } from '../../onnx/index.js';
import { checkErrors } from '../../pipeline/check-errors.js';
import { cleanUp } from '../../pipeline/clean-up.js';
import { optionsOfRecipe } from '../../pipeline/recipe.js';
import type { Runtime } from '../../runtime/runtime.js';
import { type Claims, readClaims } from '../claims.js';
import { openData } from '../data-option.js';
import { examples } from '../examples.js';
import { describeInput, readInput } from '../input-file.js';
import type { Session } from '../session.js';
import { hashOf } from '../write-proved.js';

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
      const claims = await readClaims(path);
      const document = await readInput(new NodeIO(), path);
      const checks: Check[] = [];
      const check = (what: string, ok: boolean, detail: string) => checks.push({ what, ok, detail });
      const hash = hashOf(document);
      check('checksums', true, 'every chunk');
      if (claims.onnx?.sha256) check('ONNX bytes', hash === claims.onnx.sha256, `sha256 ${hash.slice(0, 16)}…`);
      const runtime = await session.runtime();
      const loaded = await runtime.load(modelBytes(document));
      await loaded.release();
      check('loads', true, `${runtime.name} ${runtime.version}`);
      if (flags.original) {
        const { sha256 } = await describeInput(flags.original);
        check('original', sha256 === claims.input?.sha256, `sha256 ${sha256.slice(0, 16)}…`);
        const original = await readInput(new NodeIO(), flags.original);
        checks.push(await checkTensors(original, document, claims, runtime, session));
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
        const list = failed.map(({ what, detail }) => `${what} (${detail})`).join(', ');
        throw new WringError('E_CORRUPT', `${path} is not what it claims: ${list}`);
      }
      session.result(`${path}: ${checks.length} checks passed`, { path, claims, checks, accuracy });
    });
}

/** Of a compressed file: the error of every tensor is the one that it claims. Of a packed one: every tensor is equal. */
async function checkTensors(
  original: Document,
  document: Document,
  claims: Claims,
  runtime: Runtime,
  session: Session,
): Promise<Check> {
  const options = optionsOfRecipe(claims.recipe);
  if (!options || !claims.sqnr) {
    const { tensors } = compareTensors(original, document);
    const changed = tensors.find(({ sqnr }) => sqnr !== null);
    const detail = changed ? `"${changed.name}" has changed` : `${tensors.length} compared, all equal`;
    return { what: 'tensors', ok: !changed, detail };
  }
  await cleanUp(original, options, runtime, { logger: session.logger, onProgress: session.progress.update });
  const { count, lowest, broken } = checkErrors(original, document, claims.sqnr, options.ignoredScope);
  if (broken.length === 0) {
    return { what: 'tensors', ok: true, detail: `${count} as claimed, lowest SQNR ${decibels(lowest)}` };
  }
  const [{ name, claimed, found }] = broken;
  const more = broken.length > 1 ? `, and ${broken.length - 1} more` : '';
  return { what: 'tensors', ok: false, detail: `"${name}" claims ${decibels(claimed)}, has ${decibels(found)}${more}` };
}

function decibels(sqnr: number | null | undefined): string {
  if (sqnr === undefined) return 'nothing';
  return sqnr === null ? 'equality' : `${sqnr.toFixed(1)} dB`;
}
