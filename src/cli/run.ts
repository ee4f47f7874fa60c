import { Command, CommanderError } from 'commander';
import { isWringError, VERSION } from '../core/index.js';
import { compressCommand } from './commands/compress.js';
import { diffCommand } from './commands/diff.js';
import { evaluateCommand } from './commands/evaluate.js';
import { inspectCommand } from './commands/inspect.js';
import { packCommand } from './commands/pack.js';
import { serveCommand } from './commands/serve.js';
import { finetuneCommand, trainCommand } from './commands/train.js';
import { unpackCommand } from './commands/unpack.js';
import { verifyCommand } from './commands/verify.js';
import { numberBetween } from './parse.js';
import { type CliStreams, Exit, Session } from './session.js';

/**
 * Runs one command line. Results go to `stdout`, everything else to `stderr`; never throws.
 *
 * @param argv without node and script
 * @returns the exit code, see {@link Exit}
 */
export async function runCli(argv: readonly string[], streams: CliStreams): Promise<number> {
  const session = new Session(streams);
  const program = createProgram(session);
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return session.exitCode;
  } catch (error) {
    session.progress.stop();
    if (error instanceof CommanderError) return error.exitCode === 0 ? Exit.DONE : Exit.USAGE;
    session.fail(error);
    if (isWringError(error, 'E_INTERRUPTED') || streams.signal?.aborted) return Exit.INTERRUPTED;
    return isWringError(error, 'E_OPTION') ? Exit.USAGE : Exit.FAILED;
  }
}

function createProgram(session: Session): Command {
  const { stdout, stderr } = session.streams;
  const program = new Command('wring')
    .description('wring — fewer values, fewer bits: compress neural networks in ONNX files')
    .version(VERSION)
    .option('--json', 'print one JSON document on stdout instead of the result line')
    .option('--quiet', 'no progress, no tables, no warnings')
    .option('--verbose', 'say what is done on the way')
    .option(
      '--threads <n>',
      'of onnxruntime, 1–256; compress measures with one, train runs so many batches at once (default: one a core)',
      numberBetween(1, 256, true),
    )
    .addHelpText(
      'after',
      `
Examples:
  wring compress model.onnx -o model.wrg                 smallest, without data
  wring compress model.onnx -o small.onnx --quality 85   standard ONNX, closer to the original
  wring evaluate model.wrg --data photos/                accuracy with its 95 % interval
  wring diff model.onnx model.wrg                        what has changed, and what it does to the outputs

Exit codes: 0 done, 1 failed, 2 usage, 3 done but outside --max-drop, 130 interrupted`,
    );
  const groups = [
    ['Inspect', [inspectCommand, diffCommand, evaluateCommand]],
    ['Train', [trainCommand, finetuneCommand]],
    ['Compress', [compressCommand, packCommand, unpackCommand, verifyCommand]],
    ['Serve', [serveCommand]],
  ] as const;
  for (const [group, commands] of groups) {
    program.commandsGroup(group);
    for (const register of commands) register(program, session);
  }
  for (const command of [program, ...program.commands]) {
    command
      .exitOverride()
      .showHelpAfterError('(add --help for the options)')
      .configureOutput({
        writeOut: (text) => stdout.write(text),
        writeErr: (text) => stderr.write(text),
      });
  }
  program.hook('preAction', () => session.configure(program.opts()));
  return program;
}
