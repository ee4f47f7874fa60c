/** What a chart shows, the same text whatever was drawn before it in this process; the chart is gone afterwards. */
export function svgOf(chart) {
  const svg = chart.renderToSVGString();
  chart.dispose();
  // Charts number themselves, and their styles on and on.
  const styles = [...new Set(svg.match(/\bzr\d+-cls-\d+/g))];
  const own = (style) => `zr-cls-${styles.indexOf(style)}`;
  return `${svg.replaceAll(/\bzr\d+-cls-\d+/g, own).replaceAll(/\bzr\d+-/g, 'zr-')}\n`;
}
