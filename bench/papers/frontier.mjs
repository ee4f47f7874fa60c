// Accuracy lost against the size of the whole file, a panel a model, and a line through the rows that no smaller file beats.
import * as echarts from 'echarts';
import { svgOf } from '../svg.mjs';

const WIDTH = 1080;
const HEIGHT = 490;
/** Above the panels: legend, names, and that of the axes. */
const HEAD = 112;
const FOOT = 50;
const KINDS = {
  chosen: ['without training', '#999999', 'circle'],
  trained: ['trained, by the original', '#3b7dd8', 'circle'],
  labels: ['trained, by labels', '#3ba55d', 'triangle'],
  released: ['as released', '#8855bb', 'diamond'],
  fed: ['error feedback, shared values', '#c0504d', 'circle'],
  free: ['error feedback', '#8c6d5a', 'circle'],
  rate: ['trained under a rate term', '#d8853b', 'rect'],
};
const BEST = 'loses less than all that are smaller';
/** In the legend. */
const LINE = 'path://M0,0H25V1H0Z';
/** Points lost, where the axis says so. */
const TICKS = [0, 0.25, 0.5, 1, 2, 4, 8, 16, 32];

export function frontier(rows) {
  const models = [...new Set(rows.map(({ model }) => model))];
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: HEIGHT });
  const width = (WIDTH - 60) / models.length;
  const series = models.flatMap((model, panel) => {
    const own = rows.filter((row) => row.model === model);
    const axes = { xAxisIndex: panel, yAxisIndex: panel };
    const points = Object.entries(KINDS).map(([kind, [name, color, symbol]]) => ({
      ...axes,
      name,
      type: 'scatter',
      symbol,
      symbolSize: 9,
      itemStyle: { color },
      data: own.filter((row) => row.kind === kind).map(pointOf),
    }));
    const line = {
      ...axes,
      name: BEST,
      type: 'line',
      symbol: 'none',
      color: '#666666',
      lineStyle: { width: 1 },
      data: unbeaten(own).map(pointOf),
    };
    return [line, ...points];
  });
  const customValues = TICKS.map(scaled);
  const heights = rows.map((row) => pointOf(row)[1]);
  chart.setOption({
    animation: false,
    backgroundColor: '#ffffff',
    title: models.map((text, panel) => ({
      text,
      left: 60 + panel * width,
      top: HEAD - 48,
      textStyle: { fontSize: 13 },
    })),
    legend: { top: 4, itemGap: 20, data: [...Object.values(KINDS).map(([name]) => name), { name: BEST, icon: LINE }] },
    grid: models.map((_, panel) => ({
      left: 60 + panel * width,
      width: width - 60,
      top: HEAD,
      height: HEIGHT - HEAD - FOOT,
    })),
    xAxis: models.map((_, gridIndex) => ({
      gridIndex,
      name: 'times smaller',
      nameLocation: 'middle',
      nameGap: 24,
      scale: true,
      axisLine: { onZero: false },
    })),
    yAxis: models.map((_, gridIndex) => ({
      gridIndex,
      name: 'points lost',
      nameLocation: 'start',
      inverse: true,
      min: Math.min(scaled(-TICKS[1]), ...heights),
      max: Math.max(...customValues, ...heights),
      axisTick: { customValues },
      axisLabel: { customValues, formatter: (value) => String(TICKS[customValues.indexOf(value)] ?? '') },
    })),
    series,
  });
  return svgOf(chart);
}

function pointOf({ bytes, wrgBytes, before, after }) {
  return [bytes / wrgBytes, scaled(before - after)];
}

/** Doubling from a quarter of a point on is about one unit; points won lie on the other side of 0. */
function scaled(lost) {
  return Math.sign(lost) * Math.log2(1 + Math.abs(lost) / TICKS[1]);
}

/** Of the smallest file, and of each that loses less than all that are smaller. */
function unbeaten(rows) {
  const bySize = [...rows].sort((a, b) => a.wrgBytes - b.wrgBytes);
  return bySize.filter(({ after }, i) => bySize.slice(0, i).every((smaller) => smaller.after < after));
}
