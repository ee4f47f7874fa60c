import { type ByteSource, ConcatSource, Document, isWringError, readBytes, WringError } from '../core/index.js';
import type { ResolveExternal } from './external-data.js';
import type { onnx } from './generated/onnx.js';
import { copyMessage, decodeSkeleton, longToNumber } from './messages.js';
import { PAYLOAD_FIELDS, PAYLOAD_MARKER, type StoredPayload } from './payload.js';
import type { PreservedModel, PreservedTraining } from './preserved.js';
import { normalizeDomain, readFunction, readGraph } from './read-graph.js';
import type { ReadContext } from './read-tensor.js';
import { SegmentList } from './segment-list.js';
import { spliceTensors } from './splice.js';
import { WindowSource } from './window-source.js';
import { varintBytes } from './wire.js';

/**
 * Reads an ONNX model of any opset and IR version. The numbers of its tensors stay where they are: `source`, and the
 * sources of external data, are read again whenever a tensor is, and must not change while the document is in use.
 *
 * @param resolveExternal opens external data; a location outside the model's folder never gets that far
 * @throws {WringError} E_NOT_ONNX or E_TRUNCATED with the byte offset; E_SHAPE or E_EXTERNAL_DATA with the tensor's name
 */
export function readModel(source: ByteSource, resolveExternal: ResolveExternal = refuseExternal): Document {
  const { skeleton, payloads } = readSkeleton(source);
  if (!skeleton.graph) {
    throw new WringError(
      'E_NOT_ONNX',
      `Expected an ONNX model but the ${source.byteLength} bytes hold no graph; is the file another format, or cut off?`,
    );
  }
  const irVersion = longToNumber(skeleton.irVersion);
  if (irVersion >= 3 && !skeleton.opsetImport?.length) {
    throw new WringError(
      'E_NOT_ONNX',
      `Expected opset_import in an ONNX model of IR version ${irVersion}; is the file cut off?`,
    );
  }
  return readDocument(skeleton, { payloads, resolveExternal: once(resolveExternal) });
}

/** The model without the numbers of its tensors, and where those lie. */
function readSkeleton(source: ByteSource): { skeleton: onnx.ModelProto.$Properties; payloads: StoredPayload[] } {
  if (source.byteLength === 0)
    throw new WringError('E_NOT_ONNX', 'Expected an ONNX model but the file is empty (0 bytes)');
  const payloads: StoredPayload[] = [];
  try {
    const spliced = spliceTensors(new WindowSource(source), {
      fields: PAYLOAD_FIELDS,
      replace(fields) {
        const list = new SegmentList();
        list.literal(Uint8Array.of(...varintBytes(PAYLOAD_MARKER * 8), ...varintBytes(payloads.length)));
        payloads.push({ source, fields });
        return list;
      },
    });
    const bytes = readBytes(new ConcatSource(spliced.segments.map((segment) => segment.source)));
    return { skeleton: decodeSkeleton(bytes), payloads };
  } catch (error) {
    if (isWringError(error, 'E_TRUNCATED') && !beginsLikeModel(source)) {
      throw new WringError('E_NOT_ONNX', `Expected an ONNX model but the bytes from 0 on are something else`, {
        cause: error,
      });
    }
    throw error;
  }
}

/** Tags of ModelProto's fields of one tag byte: some file of another format gets this far, but few do. */
const FIRST_BYTES = new Set([0x08, 0x12, 0x1a, 0x22, 0x28, 0x32, 0x3a, 0x42, 0x72]);

/** Whether the first byte may be that of an ONNX model, which has no magic number. */
export function beginsLikeModel(source: ByteSource): boolean {
  return source.byteLength > 0 && FIRST_BYTES.has(readBytes(source, 0, 1)[0]);
}

function readDocument(message: onnx.ModelProto.$Properties, context: ReadContext): Document {
  const kept = copyMessage(message);
  for (const key of ['graph', 'functions', 'trainingInfo'] as const) delete kept[key];
  const document = new Document();
  document.irVersion = longToNumber(message.irVersion);
  for (const { domain, version } of message.opsetImport ?? []) {
    document.opsets.set(normalizeDomain(domain), longToNumber(version));
  }
  for (const { key, value } of message.metadataProps ?? []) document.metadata.set(key ?? '', value ?? '');
  document.graph = readGraph(message.graph!, context);
  document.functions = (message.functions ?? []).map((body) => readFunction(body, context));
  document.preserved = {
    message: kept,
    opsets: new Map(document.opsets),
    metadata: new Map(document.metadata),
    training: (message.trainingInfo ?? []).map((training) => readTraining(training, context)),
  } satisfies PreservedModel;
  return document;
}

function readTraining(message: onnx.TrainingInfoProto.$Properties, context: ReadContext): PreservedTraining {
  const kept = copyMessage(message);
  delete kept.initialization;
  delete kept.algorithm;
  return {
    message: kept,
    initialization: message.initialization ? readGraph(message.initialization, context) : null,
    algorithm: message.algorithm ? readGraph(message.algorithm, context) : null,
  };
}

function refuseExternal(): ByteSource {
  throw new WringError('E_EXTERNAL_DATA', `the model was read alone; hand that file in as well`);
}

/** Opens every location once. */
function once(resolve: ResolveExternal): ResolveExternal {
  const opened = new Map<string, ByteSource>();
  return (location) => {
    let source = opened.get(location);
    if (!source) {
      source = resolve(location);
      opened.set(location, source);
    }
    return source;
  };
}
