import {
  type Document,
  MemorySource,
  type Progress,
  Sha256,
  SILENT,
  stopIfAborted,
  Tensor,
  WringError,
} from '../../src/core/index.js';
import { outputFidelity } from '../../src/evaluation/index.js';
import { WebIO } from '../../src/io/web-io.js';
import { readWrgShares } from '../../src/io/wrg-format.js';
import { listWeights } from '../../src/methods/weights.js';
import {
  type ChoiceOptions,
  type CompressReport,
  type PreparedCompress,
  prepareCompress,
} from '../../src/pipeline/compress.js';
import { writeBytes } from '../../src/pipeline/compress-bytes.js';
import { describeModel } from '../../src/pipeline/describe-tensors.js';
import { type InputFacts, provenanceOf } from '../../src/pipeline/provenance.js';
import type { Runtime } from '../../src/runtime/runtime.js';
import { prune, spellStandard } from '../../src/transforms/index.js';
import { histogramOf } from './histogram-of.js';
import type { Compressed, Histogram, OpenedModel } from './messages.js';

export interface BenchPorts {
  readonly runtime: Runtime;
  readonly onProgress: (progress: Progress) => void;
  readonly signal: AbortSignal;
}

/** A model that was opened, and what was made of it. */
export class Bench {
  readonly #io = new WebIO();
  #document: Document | null = null;
  #prepared: PreparedCompress | null = null;
  #latest: { readonly report: CompressReport; readonly wrg: Uint8Array } | null = null;

  private constructor(
    readonly bytes: Uint8Array,
    readonly input: InputFacts,
    readonly original: Document,
  ) {}

  static async open(name: string, bytes: Uint8Array): Promise<Bench> {
    const sha256 = new Sha256().update(bytes).hex();
    const original = await new WebIO().read(bytes);
    return new Bench(bytes, { name, byteLength: bytes.length, sha256 }, original);
  }

  async describe(): Promise<OpenedModel> {
    return describeModel(this.original, this.bytes.length, null);
  }

  /** The model is measured the first time only. What was stopped leaves things as they were. */
  async compress(options: ChoiceOptions, { runtime, onProgress, signal }: BenchPorts): Promise<Compressed> {
    const context = { logger: SILENT, onProgress, signal };
    if (!this.#prepared) {
      const document = await this.#io.read(this.bytes);
      this.#prepared = await prepareCompress(document, options, { runtime, ...context });
      this.#document = document;
    }
    const document = this.#document!;
    const report = await this.#prepared.choose(options, context);
    stopIfAborted(signal, 'choosing values');
    const { feeds } = this.#prepared;
    const fidelity = feeds && (await outputFidelity(this.original, document, feeds, runtime, onProgress));
    onProgress({ step: 'write', done: 0, total: 1 });
    const { bytes } = await writeBytes(document, 'wrg', provenanceOf(report, this.input), signal);
    const packed = await readWrgShares(new MemorySource(bytes));
    this.#latest = { report, wrg: bytes };
    const inputs = feeds?.reduce((sum, feed) => sum + (Object.values(feed)[0].dims[0] ?? 1), 0) ?? 0;
    return { bytes, report, fidelity, inputs, tensors: describeModel(document, bytes.length, packed).tensors };
  }

  /** The result in standard operators. */
  async writeOnnx({ signal, onProgress }: BenchPorts): Promise<Uint8Array> {
    if (!this.#latest) throw new WringError('E_OPTION', 'Nothing was compressed yet');
    const document = await this.#io.read(this.#latest.wrg);
    await document.transformWith({ logger: SILENT, onProgress }, spellStandard(), prune());
    return (await writeBytes(document, 'onnx', provenanceOf(this.#latest.report, this.input), signal)).bytes;
  }

  histogram(name: string): Histogram {
    if (!this.#latest || !this.#document) return histogramOf(weightsOf(this.original, name).toFloat32(), null);
    const tensor = weightsOf(this.#document, name);
    const before = this.#prepared?.originals.get(tensor);
    if (!before) return histogramOf(tensor.toFloat32(), null);
    const numbers = new Tensor('', tensor.dataType, tensor.dims, before).toFloat32();
    return histogramOf(numbers, tensor.toFloat32());
  }
}

function weightsOf(document: Document, name: string): Tensor {
  const found = listWeights(document).find((ref) => ref.name === name);
  if (!found) throw new WringError('E_OPTION', `"${name}" holds no weights`);
  return found.tensor;
}
