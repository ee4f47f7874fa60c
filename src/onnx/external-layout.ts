import { type ByteSource, bitsPerElement, type Tensor, WringError } from '../core/index.js';
import { checkLocation, type ExternalPlace } from './external-data.js';
import type { PreservedTensor } from './preserved.js';
import type { Segment } from './segment.js';
import { SegmentList } from './segment-list.js';

/** All tensors from a size on in one file. */
export interface ExternalLayout {
  /** File name, relative to the model's folder. */
  readonly location: string;
  /**
   * Tensors of fewer bytes stay in the model file. Default 1024; with less, onnxruntime may refuse the model, because
   * its shape inference does not look at external data.
   */
  readonly threshold?: number;
  /** Every tensor begins at a multiple of this many bytes, up to 65536. Default 4096, a page, for mmap. */
  readonly alignment?: number;
}

export const EXTERNAL_LAYOUT_DEFAULTS = { threshold: 1024, alignment: 4096 } as const;

export type Placement = Map<Tensor, ExternalPlace>;

/** A hole larger than this is closed; it is the coarsest alignment that writers use. */
const LARGEST_HOLE = 65536;

/**
 * Tensors that share a source share a place.
 * @throws {WringError} E_OPTION, E_EXTERNAL_DATA for a location outside of the model's folder
 */
export function placeInOneFile(tensors: readonly Tensor[], layout: ExternalLayout): Placement {
  const { location, threshold, alignment } = { ...EXTERNAL_LAYOUT_DEFAULTS, ...layout };
  checkLocation('', location);
  if (!Number.isInteger(alignment) || alignment < 1 || alignment > LARGEST_HOLE) {
    throw new WringError(
      'E_OPTION',
      `Expected integer between 1 and ${LARGEST_HOLE} for alignment but received ${alignment}`,
    );
  }
  const placement: Placement = new Map();
  const places = new Map<ByteSource, ExternalPlace>();
  let end = 0;
  for (const tensor of tensors) {
    if (tensor.byteLength === 0 || tensor.byteLength < threshold || bitsPerElement(tensor.dataType) === 0) continue;
    let place = places.get(tensor.source);
    if (!place) {
      place = { location, byteOffset: align(end, alignment), byteLength: tensor.byteLength };
      places.set(tensor.source, place);
      end = place.byteOffset + place.byteLength;
    }
    placement.set(tensor, place);
  }
  return placement;
}

/** Every external tensor where it was read from, whatever its numbers are now. */
export function keepPlaces(tensors: readonly Tensor[]): Placement {
  const files = new Map<string, { tensor: Tensor; place: ExternalPlace }[]>();
  for (const tensor of tensors) {
    const place = (tensor.preserved as PreservedTensor | undefined)?.external;
    if (!place || place.byteLength !== tensor.byteLength) continue;
    const file = files.get(place.location) ?? [];
    file.push({ tensor, place });
    files.set(place.location, file);
  }
  const placement: Placement = new Map();
  for (const [location, file] of files) {
    file.sort((a, b) => a.place.byteOffset - b.place.byteOffset || a.place.byteLength - b.place.byteLength);
    const taken = new Map<string, { place: ExternalPlace; tensor: Tensor }>();
    let end = 0;
    for (const { tensor, place } of file) {
      const range = `${place.byteOffset}+${place.byteLength}`;
      const tied = taken.get(range);
      if (tied && sameNumbers(tied.tensor, tensor)) {
        placement.set(tensor, tied.place);
        continue;
      }
      const hole = place.byteOffset - end;
      const stays = hole >= 0 && hole < LARGEST_HOLE;
      const byteOffset = stays ? place.byteOffset : align(end, EXTERNAL_LAYOUT_DEFAULTS.alignment);
      const moved: ExternalPlace = { location, byteOffset, byteLength: place.byteLength };
      placement.set(tensor, moved);
      taken.set(range, { place: moved, tensor });
      end = byteOffset + place.byteLength;
    }
  }
  return placement;
}

/** The bytes of every external file, holes filled with zeros. */
export function layOut(placement: Placement): Map<string, Segment[]> {
  const files = new Map<string, Segment[]>();
  const sorted = [...placement].sort(([, a], [, b]) => a.byteOffset - b.byteOffset);
  for (const location of new Set([...placement.values()].map((place) => place.location))) {
    const list = new SegmentList();
    for (const [tensor, place] of sorted) {
      if (place.location !== location || place.byteOffset < list.byteLength) continue;
      list.literal(new Uint8Array(place.byteOffset - list.byteLength));
      list.tensor(tensor);
    }
    files.set(location, list.segments);
  }
  return files;
}

/** Both as they were read, from the same range; or both given the same source. */
function sameNumbers(a: Tensor, b: Tensor): boolean {
  const untouched = (tensor: Tensor) => (tensor.preserved as PreservedTensor).source === tensor.source;
  return a.source === b.source || (untouched(a) && untouched(b));
}

function align(byteOffset: number, alignment: number): number {
  return Math.ceil(byteOffset / alignment) * alignment;
}
