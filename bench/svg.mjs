/** What a chart shows, the same text whatever was drawn before it in this process; the chart is gone afterwards. */
export function svgOf(chart) {
  const svg = chart.renderToSVGString();
  chart.dispose();
  // Charts number themselves.
  return `${svg.replaceAll(/\bzr\d+-/g, 'zr-')}\n`;
}
