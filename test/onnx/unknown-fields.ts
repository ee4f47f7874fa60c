import protobuf from 'protobufjs';
import { UNKNOWN } from './everything.js';
import { modelMessageType } from './schema.js';

/** Adds fields that no schema knows to every message of a model, however deep. */
export function withUnknownFields(bytes: Uint8Array): { bytes: Uint8Array; messageCount: number } {
  const message = modelMessageType.decode(bytes);
  let messageCount = 0;
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) for (const inner of value) visit(inner);
    if (!(value instanceof protobuf.Message)) return;
    messageCount++;
    for (const inner of Object.values(value)) visit(inner);
    Object.defineProperty(value, '$unknowns', { value: [UNKNOWN], enumerable: false });
  };
  visit(message);
  return { bytes: modelMessageType.encode(message).finish(), messageCount };
}
