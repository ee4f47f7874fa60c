import protobuf from 'protobufjs/minimal.js';
import { WringError } from '../core/index.js';
import { onnx } from './generated/onnx.js';

/** A 64-bit integer as protobufjs has it. A bigint in its place would be encoded as 0 without a word. */
export type Long = NonNullable<onnx.ModelProto.$Properties['irVersion']>;
export type StringEntry = onnx.StringStringEntryProto.$Properties;

/** The part of the `long` package that is used here; protobufjs brings it along. */
interface LongFactory {
  fromNumber(value: number): Long;
  fromBits(low: number, high: number, unsigned: boolean): Long;
}
const { Long: factory } = protobuf.util as unknown as { Long: LongFactory };

export function decodeSkeleton(bytes: Uint8Array): onnx.ModelProto.$Properties {
  const reader = protobuf.Reader.create(bytes);
  reader.discardUnknown = false;
  try {
    return onnx.ModelProto.decode(reader);
  } catch (error) {
    throw new WringError(
      'E_NOT_ONNX',
      `Expected an ONNX model but its messages are malformed: ${(error as Error).message}`,
      {
        cause: error,
      },
    );
  }
}

export function encodeSkeleton(message: onnx.ModelProto.$Properties): Uint8Array {
  return onnx.ModelProto.encode(message).finish();
}

/** A shallow copy with unknown fields, which protobufjs hides from `{ ...message }`. */
export function copyMessage<T extends { $unknowns?: Uint8Array[] }>(message: T): T {
  const copy = { ...message };
  if (message.$unknowns) copy.$unknowns = message.$unknowns;
  return copy;
}

/** A copy of what was preserved of a message, or an empty message when there is none. */
export function restore<T extends { $unknowns?: Uint8Array[] }>(message: T | undefined): T {
  return message ? copyMessage(message) : ({} as T);
}

/**
 * Sets a field with a default only when it differs from what a reader would make of the message as it is, so that a
 * field that was absent stays absent.
 */
export function setText<K extends string>(message: { [key in K]?: string | null }, key: K, value: string): void {
  if ((message[key] ?? '') !== value) message[key] = value;
}

export function longToNumber(value: Long | null | undefined): number {
  return value ? value.toNumber() : 0;
}

export function longToBigInt(value: Long): bigint {
  return (BigInt(value.high) << 32n) | BigInt(value.low >>> 0);
}

export function numberToLong(value: number): Long {
  return factory.fromNumber(value);
}

/** @throws {WringError} E_RANGE for a value that int64 does not have */
export function bigIntToLong(value: bigint): Long {
  if (BigInt.asIntN(64, value) !== value)
    throw new WringError('E_RANGE', `Expected a 64-bit integer but received ${value}`);
  return factory.fromBits(Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n)), false);
}
