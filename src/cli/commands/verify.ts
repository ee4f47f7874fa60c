import type { Command } from 'commander';
import { type Document, isWringError, WringError } from '../../core/index.js';
import type { Preprocess } from '../../data/index.js';
import { evaluateAccuracy } from '../../evaluation/index.js';
import { NodeIO } from '../../io/node-io.js';
import { joinPoints } from '../../methods/multipoint/index.js';
import { removeQuantizers } from '../../methods/relaxed/remove-quantizers.js';
import { modelBytes } from '../../onnx/index.js';
import { checkErrors } from '../../pipeline/check-errors.js';
import { cleanUp, listChanged } from '../../pipeline/clean-up.js';
import { findDifference } from '../../pipeline/find-difference.js';
import { optionsOfRecipe } from '../../pipeline/recipe.js';
import type { Runtime } from '../../runtime/runtime.js';
import { type Claims, readClaims } from '../claims.js';
import { openData, PREPROCESS_OPTION } from '../data-option.js';
import { examples } from '../examples.js';
import { describeInput, readInput } from '../input-file.js';
import type { Session } from '../session.js';
import { hashOf } from '../write-proved.js';

interface Check {
  readonly what: string;
  readonly ok: boolean;
  readonly detail: string;
}

/** Constants that another release of onnxruntime has folded may differ in their last bits; dB. */
const FOLDED_ELSEWHERE = 100;

export function verifyCommand(program: Command, session: Session): void {
  program
    .command('verify')
    .summary('re-check what a .wrg claims')
    .description(
      'Decodes a .wrg with all its checksums, compares the hash of the ONNX bytes with the one inside, loads it in onnxruntime.',
    )
    .argument('<model>', 'a .wrg file')
    .option(
      '--original <file>',
      'the model it was made from: checks its hash, the error of every tensor, and all the rest',
    )
    .option('--data <path>', 'labelled samples: measures the accuracy')
    .option(...PREPROCESS_OPTION)
    .addHelpText(
      'after',
      examples(
        ['wring verify model.wrg', 'checksums, hash, loading'],
        ['wring verify model.wrg --original model.onnx', 'and the error of every tensor'],
      ),
    )
    .action(async (path: string, flags: { original?: string; data?: string; preprocess?: Preprocess }) => {
      const claims = await readClaims(path);
      const document = await readInput(new NodeIO(), path);
      const checks: Check[] = [];
      const check = (what: string, ok: boolean, detail: string) => checks.push({ what, ok, detail });
      const hash = hashOf(document);
      check('checksums', true, 'every chunk');
      if (claims.onnx?.sha256) check('ONNX bytes', hash === claims.onnx.sha256, `sha256 ${hash.slice(0, 16)}…`);
      const runtime = await session.runtime();
      checks.push(await checkLoading(document, claims, runtime));
      if (flags.original) {
        const { sha256 } = await describeInput(flags.original);
        check('original', sha256 === claims.input?.sha256, `sha256 ${sha256.slice(0, 16)}…`);
        const original = await readInput(new NodeIO(), flags.original);
        checks.push(...(await checkTensors(original, document, claims, runtime, session)));
      }
      const accuracy = flags.data
        ? await evaluateAccuracy(document, await openData(flags.data, path, flags), runtime, {
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

/** What onnxruntime could not run when the file was made, it need not run now. */
async function checkLoading(document: Document, claims: Claims, runtime: Runtime): Promise<Check> {
  const what = 'loads';
  try {
    const loaded = await runtime.load(modelBytes(document));
    await loaded.release();
    return { what, ok: true, detail: `${runtime.name} ${runtime.version}` };
  } catch (error) {
    if (!isWringError(error, 'E_RUNTIME')) throw error;
    const ok = !claims.runtime;
    return { what, ok, detail: `${error.message}${ok ? ' (nor was it run when the file was made)' : ''}` };
  }
}

/**
 * Of a compressed file: the error of every tensor is the one that it claims, and nothing else has changed but by the exact
 * transforms of its recipe. Of a packed one: nothing has changed.
 */
async function checkTensors(
  original: Document,
  document: Document,
  claims: Claims,
  runtime: Runtime,
  session: Session,
): Promise<Check[]> {
  const options = optionsOfRecipe(claims.recipe);
  if (!options || !claims.sqnr) {
    const difference = findDifference(original, document);
    return [{ what: 'lossless', ok: difference === null, detail: difference ?? 'nothing has changed' }];
  }
  joinPoints(document);
  if (options.relaxed.activationBits !== undefined) removeQuantizers(document);
  await cleanUp(original, options, runtime, { logger: session.logger, onProgress: session.progress.update });
  const { count, lowest, broken } = checkErrors(original, document, claims.sqnr, options);
  const chosen = new Set(listChanged(document, options).map(({ tensor }) => tensor));
  const difference = findDifference(original, document, { chosen, closeEnough: FOLDED_ELSEWHERE });
  const [worst] = broken;
  const more = broken.length > 1 ? `, and ${broken.length - 1} more` : '';
  const detail = worst
    ? `"${worst.name}" claims ${decibels(worst.claimed)}, has ${decibels(worst.found)}${more}`
    : `${count} as claimed, lowest SQNR ${decibels(lowest)}`;
  return [
    { what: 'tensors', ok: !worst, detail },
    { what: 'the rest', ok: difference === null, detail: difference ?? 'nothing else has changed' },
  ];
}

function decibels(sqnr: number | null | undefined): string {
  if (sqnr === undefined) return 'nothing';
  return sqnr === null ? 'equality' : `${sqnr.toFixed(1)} dB`;
}
