/**
 * Undoes the Paeth filter (PNG filter type 4, one byte a pixel) on planes of height × width, in place.
 *
 * @see https://www.w3.org/TR/png-3/#9Filter-type-4-Paeth
 */
export function undoPaeth(planes: Uint8Array, height: number, width: number): void {
  for (let plane = 0; plane < planes.length; plane += height * width) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const at = plane + y * width + x;
        const left = x > 0 ? planes[at - 1] : 0;
        const up = y > 0 ? planes[at - width] : 0;
        const corner = x > 0 && y > 0 ? planes[at - width - 1] : 0;
        planes[at] += predictPaeth(left, up, corner);
      }
    }
  }
}

/** The neighbour nearest to left + up − corner; a tie goes to the left, then up. */
export function predictPaeth(left: number, up: number, corner: number): number {
  const estimate = left + up - corner;
  const toLeft = Math.abs(estimate - left);
  const toUp = Math.abs(estimate - up);
  const toCorner = Math.abs(estimate - corner);
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}
