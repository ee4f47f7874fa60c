// What stops a decoder. WebAssembly has no exceptions that every host could catch, so the first error is kept, and numbers that are read
// after it are zeros: it is looked for where a zero would do harm, and at the end of every loop. Codes: docs/format.md, section 5.

export const E_NOT_WRG: i32 = 1;
export const E_VERSION: i32 = 2;
export const E_TRUNCATED: i32 = 3;
export const E_TRAILING: i32 = 4;
export const E_CORRUPT: i32 = 5;
export const E_RANGE: i32 = 6;

/** 0 while all is well. */
export let error: i32 = 0;

export function clearError(): void {
  error = 0;
}

export function fail(code: i32): void {
  if (!error) error = code;
}

/** E_CORRUPT unless the condition holds. */
export function check(condition: bool): void {
  if (!condition) fail(E_CORRUPT);
}
