import {
  type ByteSource,
  bitsPerElement,
  type DataType,
  rawByteLength,
  SliceSource,
  WringError,
} from '../core/index.js';
import type { StringEntry } from './messages.js';

/** Where a tensor lies outside of the model file. */
export interface ExternalPlace {
  /** Relative to the folder of the model, with `/` between folders. */
  readonly location: string;
  readonly byteOffset: number;
  readonly byteLength: number;
}

/** Opens the file at `location`, relative to the model's folder. */
export type ResolveExternal = (location: string) => ByteSource;

/**
 * The place that `external_data` names.
 * @throws {WringError} E_EXTERNAL_DATA when the place is outside the model's folder, malformed, missing or too short
 */
export function externalPlace(
  tensorName: string,
  dataType: DataType,
  elementCount: number,
  entries: readonly StringEntry[],
  resolve: ResolveExternal,
): { place: ExternalPlace; source: ByteSource } {
  const values = new Map(entries.map((entry) => [entry.key ?? '', entry.value ?? '']));
  const location = values.get('location') ?? '';
  checkLocation(tensorName, location);
  const source = opened(tensorName, location, resolve);
  const byteOffset = readInteger(tensorName, location, 'offset', values.get('offset')) ?? 0;
  const known = bitsPerElement(dataType) > 0;
  const stated = readInteger(tensorName, location, 'length', values.get('length'));
  const needed = known ? rawByteLength(dataType, elementCount) : (stated ?? source.byteLength - byteOffset);
  if (known && stated !== undefined && stated !== needed) {
    throw refused(tensorName, location, `its shape needs ${needed} bytes but its length is ${stated}`);
  }
  if (byteOffset + needed > source.byteLength || needed < 0) {
    const found = `the file has ${source.byteLength} bytes`;
    throw refused(tensorName, location, `it needs bytes ${byteOffset} to ${byteOffset + needed} but ${found}`);
  }
  return {
    place: { location, byteOffset, byteLength: needed },
    source: new SliceSource(source, byteOffset, needed),
  };
}

/**
 * Refuses what would leave the model's folder on any platform, whichever one this is.
 * @throws {WringError} E_EXTERNAL_DATA
 */
export function checkLocation(tensorName: string, location: string): void {
  if (location === '') throw refused(tensorName, location, 'its location is missing');
  if (location.includes('\0')) throw refused(tensorName, location, 'a location must not contain NUL');
  if (location.includes('\\')) throw refused(tensorName, location, 'a location must separate folders by "/"');
  if (location.startsWith('/') || /^[a-z]:/i.test(location)) {
    throw refused(tensorName, location, 'an absolute location is refused; move the file beside the model');
  }
  if (location.split('/').includes('..')) {
    throw refused(tensorName, location, 'a location with ".." is refused; move the file beside the model');
  }
}

function opened(tensorName: string, location: string, resolve: ResolveExternal): ByteSource {
  try {
    return resolve(location);
  } catch (error) {
    throw refused(tensorName, location, (error as Error).message, error);
  }
}

function readInteger(tensorName: string, location: string, key: string, text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  if (!/^\d{1,15}$/.test(text)) throw refused(tensorName, location, `${key} "${text}" is no byte count`);
  return Number(text);
}

function refused(tensorName: string, location: string, why: string, cause?: unknown): WringError {
  return new WringError('E_EXTERNAL_DATA', `Tensor "${tensorName}", external data "${location}": ${why}`, { cause });
}
