import { check, E_CORRUPT, E_TRUNCATED, error, fail } from "./error";
import { take } from "./memory";

/** Above every number that a file may hold: 2^53 − 1. */
export const ANY: u64 = 9007199254740991;

/** Reads varints and bytes; every read is checked, and after an error there is nothing more to read. 12 bytes. */
@unmanaged
export class Numbers {
  at: usize;
  end: usize;
  length: usize;

  open(bytes: usize, length: usize): void {
    this.at = bytes;
    this.end = bytes + length;
    this.length = length;
  }

  /** E_TRUNCATED at the end, E_CORRUPT for a number above `limit` */
  uint(limit: u64): u64 {
    let value: u64 = 0;
    for (let shift: u64 = 0; shift < 56 && !error; shift += 7) {
      if (this.at >= this.end) {
        fail(E_TRUNCATED);
        return 0;
      }
      const byte = <u64>load<u8>(this.at++);
      value |= (byte & 127) << shift;
      if (byte < 128) {
        if (value > limit) break;
        return value;
      }
    }
    fail(E_CORRUPT);
    return 0;
  }

  /** Zigzag, −limit − 1 … limit */
  int(limit: u32): i32 {
    return unzigzag(<u32>this.uint(2 * <u64>limit + 1));
  }

  /**
   * Memory for a list that the next numbers tell. No more than they can tell, whatever `count` says: an item takes `least` bytes or
   * more, and when they end within one, there is still room for it.
   */
  takeRoom(count: u32, least: u32, itemLength: u32): usize {
    const most = <u32>(this.end - this.at) / least + 1;
    return take(<u64>min(count, most) * itemLength);
  }

  /** Where the next bytes are; 0 and E_CORRUPT when there are not so many. */
  take(length: u64): usize {
    check(length <= <u64>(this.end - this.at));
    if (error) return 0;
    this.at += <usize>length;
    return this.at - <usize>length;
  }
}

/** 0, 1, 2, 3 … become 0, −1, 1, −2 … */
export function unzigzag(value: u32): i32 {
  return (<i32>(value >>> 1)) ^ -(<i32>(value & 1));
}
