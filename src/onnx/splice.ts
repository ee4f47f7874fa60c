import type { ByteSource } from '../core/index.js';
import { SegmentList } from './segment-list.js';
import { LENGTH_DELIMITED, lengthPrefix, MAX_DEPTH, tooDeep, WireCursor, type WireField } from './wire.js';

/** Which fields of a message are messages that may hold a tensor, and of which type. Must agree with onnx.proto. */
interface MessageType {
  readonly [fieldNumber: number]: MessageType;
}
type OpenType = Record<number, MessageType>;

const TENSOR: OpenType = {};
const SPARSE_TENSOR: OpenType = { 1: TENSOR, 2: TENSOR };
const GRAPH: OpenType = { 5: TENSOR, 15: SPARSE_TENSOR };
const ATTRIBUTE: OpenType = { 5: TENSOR, 6: GRAPH, 10: TENSOR, 11: GRAPH, 22: SPARSE_TENSOR, 23: SPARSE_TENSOR };
const NODE: OpenType = { 5: ATTRIBUTE };
GRAPH[1] = NODE;
const FUNCTION: OpenType = { 7: NODE, 11: ATTRIBUTE };
const TRAINING_INFO: OpenType = { 1: GRAPH, 2: GRAPH };
const MODEL: OpenType = { 7: GRAPH, 20: TRAINING_INFO, 25: FUNCTION };

/** What is cut out of every TensorProto, and what comes in its place. */
export interface TensorCut {
  readonly fields: ReadonlySet<number>;
  /** Called once per TensorProto, in file order, with the fields cut out of it (none, one or more). */
  replace(fields: readonly WireField[]): SegmentList;
}

/**
 * Replaces fields in every TensorProto of a ModelProto, wherever it may be, and corrects the lengths of the messages
 * around it. Bytes that are not concerned are ranges of `source`: nothing is copied but tags and lengths.
 *
 * @throws {WringError} E_NOT_ONNX or E_TRUNCATED, with the byte offset
 */
export function spliceTensors(source: ByteSource, cut: TensorCut): SegmentList {
  const cursor = new WireCursor(source);
  const changed = rewrite(source, cursor, MODEL, source.byteLength, cut, 0);
  if (changed) return changed;
  const whole = new SegmentList();
  whole.range(source, 0, source.byteLength);
  return whole;
}

/** The message from the cursor's position to `end`, or null when nothing in it was replaced. */
function rewrite(
  source: ByteSource,
  cursor: WireCursor,
  type: MessageType,
  end: number,
  cut: TensorCut,
  depth: number,
): SegmentList | null {
  if (depth > MAX_DEPTH) throw tooDeep(cursor.position);
  const removed: WireField[] = [];
  let out: SegmentList | null = null;
  let copied = cursor.position;
  const copyUpTo = (position: number): SegmentList => {
    out ??= new SegmentList();
    out.range(source, copied, position);
    return out;
  };
  while (cursor.position < end) {
    const field = cursor.next(end, depth);
    const inner = field.wireType === LENGTH_DELIMITED ? type[field.number] : undefined;
    if (inner) {
      cursor.position = field.valueStart;
      const changed = rewrite(source, cursor, inner, field.end, cut, depth + 1);
      cursor.position = field.end;
      if (!changed) continue;
      const list = copyUpTo(field.start);
      list.literal(lengthPrefix(field.number, changed.byteLength));
      list.append(changed);
      copied = field.end;
    } else if (type === TENSOR && cut.fields.has(field.number)) {
      copyUpTo(field.start);
      addField(removed, field);
      copied = field.end;
    }
  }
  if (type === TENSOR) {
    const replacement = cut.replace(removed);
    if (replacement.byteLength > 0) {
      copyUpTo(end).append(replacement);
      copied = end;
    }
  }
  return out && copyUpTo(end);
}

/** A run of unpacked values is kept as one field, from the first tag to the end of the last value. */
function addField(fields: WireField[], field: WireField): void {
  const last = fields.at(-1);
  const continues =
    last &&
    last.end === field.start &&
    last.number === field.number &&
    last.wireType === field.wireType &&
    field.wireType !== LENGTH_DELIMITED;
  if (continues) fields[fields.length - 1] = { ...last, end: field.end };
  else fields.push(field);
}
