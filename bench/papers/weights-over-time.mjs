// What a method does to weights: a panel a layer, in it a histogram for each of the epochs that have one.
import * as echarts from 'echarts';
import { svgOf } from '../svg.mjs';

const PANEL = { width: 250, height: 460 };
const MARGIN = { left: 50, top: 70, bottom: 50 };
/** Layers that are shown. */
const MOST = 6;

/** Of the first row that has histograms, which reach from −`reach` to `reach` of what the title says. */
export function weightsOverTime(rows, { method, unit, reach, height }) {
  const { epochs, model, setting } = rows.find((row) => row.epochs.some(({ histograms }) => histograms)) ?? rows[0];
  const shown = epochs.filter(({ histograms }) => histograms);
  const layers = Object.keys(shown[0]?.histograms ?? {});
  const chosen = layers.length <= MOST ? layers : pick(layers);
  const size = { width: MARGIN.left + chosen.length * PANEL.width, height: PANEL.height };
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, ...size });
  const left = (panel) => MARGIN.left + panel * PANEL.width;
  const series = chosen.flatMap((layer, panel) =>
    shown.map((epoch, i) => line(epoch, layer, panel, shown.length - i, { reach, height })),
  );
  chart.setOption({
    animation: false,
    backgroundColor: '#ffffff',
    title: [
      { text: `${method} on ${model}, ${setting}: ${unit}, ${epochs.length} epochs`, left: MARGIN.left, top: 8 },
      ...chosen.map((text, panel) => ({ text, left: left(panel), top: 40, textStyle: { fontSize: 12 } })),
    ].map((title) => ({ ...title, textStyle: { fontSize: 13 } })),
    grid: chosen.map((_, panel) => ({
      left: left(panel),
      width: PANEL.width - 30,
      top: MARGIN.top,
      height: PANEL.height - MARGIN.top - MARGIN.bottom,
    })),
    xAxis: chosen.map((_, gridIndex) => ({ gridIndex, type: 'value', min: -reach, max: reach, interval: 1 })),
    yAxis: chosen.map((_, gridIndex) => ({
      gridIndex,
      type: 'value',
      min: 0,
      max: shown.length + 2,
      interval: 1,
      axisLabel: { show: gridIndex === 0, formatter: (place) => epochAt(shown, place) },
      splitLine: { show: false },
      axisTick: { show: false },
    })),
    series,
  });
  return svgOf(chart);
}

/** One histogram, its base at `base`: shares of the weights, by a square root, so that few weights are seen, too; `height` is that of all. */
function line({ histograms }, layer, panel, base, { reach, height }) {
  const counts = histograms[layer].split(' ').map(Number);
  const total = counts.reduce((a, b) => a + b);
  const bin = (2 * reach) / counts.length;
  return {
    type: 'line',
    xAxisIndex: panel,
    yAxisIndex: panel,
    showSymbol: false,
    lineStyle: { width: 1, color: '#3b7dd8' },
    areaStyle: { color: '#3b7dd8', opacity: 0.18, origin: base },
    data: counts.map((count, i) => [-reach + (i + 0.5) * bin, base + height * Math.sqrt(count / total)]),
  };
}

function epochAt(shown, place) {
  const epoch = shown[shown.length - place];
  return epoch ? `${epoch.epoch}` : '';
}

/** First, last, and what is between at equal distances. */
function pick(layers) {
  return Array.from({ length: MOST }, (_, i) => layers[Math.round((i * (layers.length - 1)) / (MOST - 1))]);
}
