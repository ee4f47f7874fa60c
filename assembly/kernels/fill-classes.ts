// Which frequency table codes which weight. Specification: src/kernels/class-map.ts and src/kernels/reference/fill-classes.ts.

/**
 * Writes the classes of `n` elements in row-major order, from some row, column and tap on. Reads and writes sixteen bytes at a
 * time: up to 15 beyond `taps` and beyond the end.
 *
 * @param rows    i8[], from the row of the first element on; 0 where the map has none
 * @param columns i8[columnCount], or 0
 * @param column  that of the first element
 * @param taps    i8[tapCount], or 0
 * @param rest    taps of the first element's column from its own on, 1 … tapCount
 * @param base    together with any offsets within 16 bits
 * @param top     the last class, 0 … 127
 */
export function fillClasses(
  rows: usize,
  columns: usize,
  columnCount: usize,
  column: usize,
  taps: usize,
  tapCount: usize,
  rest: usize,
  base: i32,
  top: i32,
  n: usize,
  classes: usize,
): void {
  const end = classes + n;
  const most = i8x16.splat(<i8>top);
  while (classes < end) {
    let value = base;
    if (rows != 0) value += load<i8>(rows);
    if (columns != 0) value += load<i8>(columns + column);
    const values = i16x8.splat(<i16>value);
    const stop = classes + min(rest, end - classes);
    let from = taps + tapCount - rest;
    for (; classes < stop; classes += 16, from += 16) {
      let low = values;
      let high = values;
      if (taps != 0) {
        low = i16x8.add(values, v128.load8x8_s(from));
        high = i16x8.add(values, v128.load8x8_s(from, 8));
      }
      // Saturation clamps to 0.
      v128.store(classes, i8x16.min_u(i8x16.narrow_i16x8_u(low, high), most));
    }
    classes = stop;
    rest = tapCount;
    if (++column == columnCount) {
      column = 0;
      if (rows != 0) rows++;
    }
  }
}
