import { type ByteShare, byteShares, encodeWrg, openWrg, type WrgFile } from '../codec/index.js';
import { type ByteSource, breathe, type Document, MemorySource, SliceSource } from '../core/index.js';
import { loadRansCoder } from '../kernels/rans-coder.js';
import { readModel, writeModel } from '../onnx/index.js';
import type { ModelFormat } from './format.js';

const MAGIC = [0x89, 0x57, 0x52, 0x47];

/** Packed models; see docs/format.md. Everything goes into one file, external data too. */
export const WRG_FORMAT: ModelFormat = {
  name: 'wrg',
  extension: '.wrg',
  recognizes: (head) => MAGIC.every((byte, i) => head[i] === byte),
  async read(source) {
    const file = openWrg(source, await loadRansCoder());
    const document = readModel(file.onnx);
    restoreCodings(document, file);
    return document;
  },
  async write(document, name, { metadata, signal }, spool) {
    const work = encodeWrg(writeModel(document), { metadata, kernels: await loadRansCoder() });
    const body: ByteSource[] = [];
    let step = work.next();
    for (; !step.done; step = work.next()) {
      await breathe(signal, `writing "${name}"; nothing was changed`);
      body.push(spool(step.value));
    }
    const sources = [new MemorySource(step.value), ...body];
    return { model: sources.map((source) => ({ source, tensor: null })), external: new Map() };
  },
};

/** What the writer of a .wrg file said about it (recipe, seed, versions, errors); undefined if nothing. */
export async function readWrgMetadata(source: ByteSource): Promise<unknown> {
  return openWrg(source, await loadRansCoder()).metadata;
}

/** What a .wrg file spends on its head, and on each tensor of its model in the order of `Document.tensors`. */
export async function readWrgShares(source: ByteSource): Promise<{ head: number; tensors: (ByteShare | null)[] }> {
  const kernels = await loadRansCoder();
  const { head, shares } = byteShares(source, kernels);
  const byOffset = new Map(shares.map((share) => [share.byteOffset, share]));
  const { onnx } = openWrg(source, kernels);
  const tensors = Array.from(readModel(onnx).tensors(), ({ source: payload }) => {
    const own = payload instanceof SliceSource && payload.parent === onnx && payload.byteLength > 0;
    return own ? (byOffset.get(payload.byteOffset) ?? null) : null;
  });
  return { head, tensors };
}

/** Gives every tensor whose numbers are a coded range of the ONNX file its coding back. */
function restoreCodings(document: Document, file: WrgFile): void {
  const coded = new Map(file.tensors.map((tensor) => [tensor.byteOffset, tensor]));
  for (const tensor of document.tensors()) {
    const { source } = tensor;
    if (!(source instanceof SliceSource) || source.parent !== file.onnx) continue;
    const match = coded.get(source.byteOffset);
    if (
      match?.byteLength === source.byteLength &&
      match.dataType === tensor.dataType &&
      sameDims(match.dims, tensor.dims)
    ) {
      tensor.setCoding(match.coding);
    }
  }
}

function sameDims(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((dim, i) => dim === b[i]);
}
