import { ConcatSource, type Document, MemorySource, readBytes, type Tensor } from '../core/index.js';
import { type ExternalLayout, keepPlaces, layOut, type Placement, placeInOneFile } from './external-layout.js';
import type { onnx } from './generated/onnx.js';
import { encodeSkeleton, longToNumber, numberToLong, restore, type StringEntry } from './messages.js';
import { PAYLOAD_MARKER } from './payload.js';
import type { PreservedModel, PreservedTraining } from './preserved.js';
import { normalizeDomain } from './read-graph.js';
import type { Segment } from './segment.js';
import { gatherLiterals, SegmentList } from './segment-list.js';
import { spliceTensors } from './splice.js';
import { WireCursor } from './wire.js';
import { writeFunction, writeGraph } from './write-graph.js';
import type { WriteContext } from './write-tensor.js';

/** A model over several files: itself, and its external data by location. */
export interface ModelFiles {
  readonly model: Segment[];
  readonly external: Map<string, Segment[]>;
}

/**
 * The ONNX file of a document, all data in it, as ranges in order. What the document does not change comes out as it
 * was read: typed fields stay typed, absent fields absent, unknown fields are there. Data that was replaced, or was
 * external, becomes `raw_data`. No tensor is read.
 */
export function writeModel(document: Document): Segment[] {
  return writeWith(document, () => null);
}

/** {@link writeModel} in memory, for models that fit. */
export function modelBytes(document: Document): Uint8Array {
  return readBytes(new ConcatSource(writeModel(document).map((segment) => segment.source)));
}

/**
 * {@link writeModel} with external data. `'keep'` (default) leaves every tensor where it was, inside or at its location and
 * offset, and moves a tensor only where two would overlap or a removed one left a large hole; a layout puts every
 * tensor from a size on into one file, which is the only way beyond 2 GiB.
 */
export function writeModelFiles(document: Document, layout: 'keep' | ExternalLayout = 'keep'): ModelFiles {
  const tensors: Tensor[] = [];
  writeWith(document, (tensor) => {
    tensors.push(tensor);
    return null;
  });
  const placement: Placement = layout === 'keep' ? keepPlaces(tensors) : placeInOneFile(tensors, layout);
  const model = writeWith(document, (tensor) => placement.get(tensor) ?? null);
  return { model, external: layOut(placement) };
}

function writeWith(document: Document, placeOf: WriteContext['placeOf']): Segment[] {
  const context: WriteContext = { payloads: [], placeOf };
  const skeleton = new MemorySource(encodeSkeleton(writeDocument(document, context)));
  const spliced = spliceTensors(skeleton, {
    fields: new Set([PAYLOAD_MARKER]),
    replace(fields) {
      if (fields.length === 0) return new SegmentList();
      const cursor = new WireCursor(
        new MemorySource(readBytes(skeleton, fields[0].start, fields[0].end - fields[0].start)),
      );
      cursor.readVarint(cursor.byteLength);
      return context.payloads[cursor.readVarint(cursor.byteLength)];
    },
  });
  return gatherLiterals(spliced.segments);
}

function writeDocument(document: Document, context: WriteContext): onnx.ModelProto.$Properties {
  const preserved = document.preserved as PreservedModel | undefined;
  const message = restore(preserved?.message);
  if (longToNumber(message.irVersion) !== document.irVersion) message.irVersion = numberToLong(document.irVersion);
  message.opsetImport = writeOpsets(document, preserved);
  message.metadataProps = writeMetadata(document, preserved);
  message.graph = writeGraph(document.graph, context);
  message.functions = document.functions.map((body) => writeFunction(body, context, document.opsets));
  message.trainingInfo = (preserved?.training ?? []).map((training) => writeTraining(training, context));
  return message;
}

function writeOpsets(document: Document, preserved: PreservedModel | undefined): onnx.OperatorSetIdProto.$Properties[] {
  const messages: onnx.OperatorSetIdProto.$Properties[] = [];
  const written = new Set<string>();
  for (const before of preserved?.message.opsetImport ?? []) {
    const domain = normalizeDomain(before.domain);
    const version = document.opsets.get(domain);
    if (version === undefined) continue;
    const message = restore(before);
    if (version !== preserved?.opsets.get(domain)) message.version = numberToLong(version);
    messages.push(message);
    written.add(domain);
  }
  for (const [domain, version] of document.opsets) {
    if (!written.has(normalizeDomain(domain))) messages.push({ domain, version: numberToLong(version) });
  }
  return messages;
}

function writeMetadata(document: Document, preserved: PreservedModel | undefined): StringEntry[] {
  const messages: StringEntry[] = [];
  const written = new Set<string>();
  for (const before of preserved?.message.metadataProps ?? []) {
    const key = before.key ?? '';
    const value = document.metadata.get(key);
    if (value === undefined) continue;
    const message = restore(before);
    if (value !== preserved?.metadata.get(key)) message.value = value;
    messages.push(message);
    written.add(key);
  }
  for (const [key, value] of document.metadata) if (!written.has(key)) messages.push({ key, value });
  return messages;
}

function writeTraining(training: PreservedTraining, context: WriteContext): onnx.TrainingInfoProto.$Properties {
  const message = restore(training.message);
  if (training.initialization) message.initialization = writeGraph(training.initialization, context);
  if (training.algorithm) message.algorithm = writeGraph(training.algorithm, context);
  return message;
}
