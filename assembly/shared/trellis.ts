// Trellis-coded levels. Specification: src/kernels/trellis.ts.

/** What bank and parity feed into the shift register of a state. */
// @ts-ignore: decorator
@inline
export const FED_BY_BANK: i32 = 0xa6;
// @ts-ignore: decorator
@inline
export const FED_BY_PARITY: i32 = 0x79;
