// Accuracy lost against the size of the whole file, a panel a model.
import * as echarts from 'echarts';
import { svgOf } from '../svg.mjs';

const WIDTH = 1080;
const PANEL = 340;
const KINDS = {
  chosen: ['without training', '#999999', 'circle'],
  trained: ['trained, by the original', '#3b7dd8', 'circle'],
  labels: ['trained, by labels', '#3ba55d', 'triangle'],
  released: ['as released', '#8855bb', 'diamond'],
  fed: ['error feedback, shared values', '#c0504d', 'circle'],
  rate: ['trained under a rate term', '#d8853b', 'rect'],
};

export function frontier(rows) {
  const models = [...new Set(rows.map(({ model }) => model))];
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: 60 + PANEL });
  const width = (WIDTH - 60) / models.length;
  const series = models.flatMap((model, panel) =>
    Object.entries(KINDS).map(([kind, [name, color, symbol]]) => ({
      name,
      type: 'scatter',
      xAxisIndex: panel,
      yAxisIndex: panel,
      symbol,
      symbolSize: 9,
      itemStyle: { color },
      data: rows
        .filter((row) => row.model === model && row.kind === kind)
        .map(({ bytes, wrgBytes, before, after }) => [bytes / wrgBytes, after - before]),
    })),
  );
  chart.setOption({
    animation: false,
    backgroundColor: '#ffffff',
    title: models.map((text, panel) => ({ text, left: 60 + panel * width, top: 30, textStyle: { fontSize: 13 } })),
    legend: { top: 4, data: Object.values(KINDS).map(([name]) => name) },
    grid: models.map((_, panel) => ({ left: 60 + panel * width, width: width - 60, top: 60, height: PANEL - 60 })),
    xAxis: models.map((_, gridIndex) => ({
      gridIndex,
      name: 'times smaller',
      nameLocation: 'middle',
      nameGap: 24,
      scale: true,
    })),
    yAxis: models.map((_, gridIndex) => ({ gridIndex, name: 'top-1, points', min: -4, max: 0.5 })),
    series,
  });
  return svgOf(chart);
}
