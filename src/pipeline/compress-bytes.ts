import { type Document, readBytes, Sha256, VERSION, WringError } from '../core/index.js';
import { WebIO } from '../io/web-io.js';
import { modelBytes, writeModel } from '../onnx/index.js';
import { prune, spellStandard } from '../transforms/index.js';
import { type CompressOptions, type CompressPorts, compress } from './compress.js';
import { type InputFacts, originOf, provenanceOf } from './provenance.js';
import type { CompressReport } from './report.js';

const BLOCK = 1 << 20;

/** What becomes of a file that is in memory. */
export interface BytesOptions {
  /** Of the input, without folders; the result says what it was made of. */
  readonly name?: string;
  /** `wrg` (default): packed, the smallest. `onnx`: standard operators. */
  readonly format?: 'wrg' | 'onnx';
}

export interface PackedBytes {
  readonly bytes: Uint8Array;
  readonly input: InputFacts;
  /** Of the standard ONNX bytes that the result stands for, hex. */
  readonly onnxSha256: string;
}

export interface CompressedBytes extends PackedBytes {
  readonly report: CompressReport;
}

/**
 * A model file in, a smaller one out: `wring compress` for where there are no files, with the same bytes as its result. The
 * result is proved before it is given: smaller than the input, read back to the very ONNX bytes that were meant, and
 * loaded where there is a runtime. Lossy.
 *
 * @param bytes an ONNX file without external data, or a .wrg
 * @throws {WringError} what reading and {@link compress} throw; E_NOT_SMALLER, E_RUNTIME when the result does not load
 */
export async function compressBytes(
  bytes: Uint8Array,
  { name = 'model.onnx', format = 'wrg', ...options }: CompressOptions & BytesOptions,
  ports: CompressPorts,
): Promise<CompressedBytes> {
  const input = { name, byteLength: bytes.length, sha256: new Sha256().update(bytes).hex() };
  const document = await new WebIO().read(bytes);
  const report = await compress(document, options, ports);
  if (format === 'onnx') await document.transformWith(ports, spellStandard(), prune());
  const written = await writeBytes(document, format, provenanceOf(report, input), ports.signal);
  refuseLarger(written.bytes, bytes);
  const back = await readBack(written);
  if (ports.runtime && report.runtime !== null) await (await ports.runtime.load(modelBytes(back))).release();
  return { ...written, input, report };
}

/**
 * Packs a model file without changing a number: `wring pack` for where there are no files. Lossless.
 *
 * @throws {WringError} what reading throws; E_NOT_SMALLER, E_INTERRUPTED
 */
export async function packBytes(
  bytes: Uint8Array,
  { name = 'model.onnx' }: Pick<BytesOptions, 'name'> = {},
  { signal }: Pick<CompressPorts, 'signal'> = {},
): Promise<PackedBytes> {
  const input = { name, byteLength: bytes.length, sha256: new Sha256().update(bytes).hex() };
  const written = await writeBytes(await new WebIO().read(bytes), 'wrg', originOf(input), signal);
  refuseLarger(written.bytes, bytes);
  await readBack(written);
  return { ...written, input };
}

/** A document that was compressed, as a file that says what was done to it. */
export async function writeBytes(
  document: Document,
  format: 'wrg' | 'onnx',
  provenance: Record<string, unknown>,
  signal: AbortSignal | undefined,
): Promise<Pick<PackedBytes, 'bytes' | 'onnxSha256'>> {
  if (format === 'onnx') document.metadata.set('wring', JSON.stringify({ version: VERSION, ...provenance }));
  const onnxSha256 = hashOf(document);
  const metadata = { version: VERSION, ...provenance, onnx: { sha256: onnxSha256 } };
  const options = { external: 'inline' as const, metadata, ...(signal ? { signal } : {}) };
  const { bytes } = await new WebIO().write(document, `model.${format}`, options);
  return { bytes, onnxSha256 };
}

function refuseLarger(output: Uint8Array, input: Uint8Array): void {
  if (output.length < input.length) return;
  throw new WringError(
    'E_NOT_SMALLER',
    `The result would take ${output.length} bytes, the input has ${input.length}: inspect it, it may be compressed already`,
  );
}

async function readBack({ bytes, onnxSha256 }: Pick<PackedBytes, 'bytes' | 'onnxSha256'>): Promise<Document> {
  const back = await new WebIO().read(bytes);
  if (hashOf(back) === onnxSha256) return back;
  throw new WringError('E_CORRUPT', 'The file does not read back as what was written; please report this');
}

/** Of the self-contained ONNX file of a document, block by block. */
function hashOf(document: Document): string {
  const hash = new Sha256();
  for (const { source } of writeModel(document)) {
    for (let start = 0; start < source.byteLength; start += BLOCK) {
      hash.update(readBytes(source, start, Math.min(BLOCK, source.byteLength - start)));
    }
  }
  return hash.hex();
}
