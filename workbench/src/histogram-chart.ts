import { CustomChart, LineChart } from 'echarts/charts';
import { GridComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import type { Histogram } from './messages.js';
import { readTheme } from './theme.js';

use([CustomChart, LineChart, GridComponent, SVGRenderer]);

/** The weights before as an area, the values that exist now as stems of the same scale over it. */
export function createHistogramChart(element: HTMLElement): { show(histogram: Histogram): void } {
  const chart = init(element, null, { renderer: 'svg' });
  new ResizeObserver(() => chart.resize()).observe(element);
  return {
    show({ low, high, densities, values }) {
      const theme = readTheme();
      const width = (high - low) / densities.length;
      const outline = [
        [low, 0],
        ...densities.flatMap((density, i) => [
          [low + i * width, density],
          [low + (i + 1) * width, density],
        ]),
        [high, 0],
      ];
      chart.setOption(
        {
          animation: false,
          textStyle: { fontFamily: theme.font },
          grid: { left: 8, right: 8, top: 12, bottom: 28 },
          xAxis: {
            type: 'value',
            min: low,
            max: high,
            axisLine: { lineStyle: { color: theme.line } },
            axisTick: { show: false },
            splitLine: { show: false },
            splitNumber: 6,
            axisLabel: {
              color: theme.soft,
              hideOverlap: true,
              formatter: axisText,
              showMinLabel: false,
              showMaxLabel: false,
            },
          },
          yAxis: { type: 'value', show: false, min: 0 },
          series: [
            {
              type: 'line',
              data: outline,
              symbol: 'none',
              silent: true,
              lineStyle: { width: 0 },
              areaStyle: { color: theme.soft, opacity: values.length > 0 ? 0.28 : 0.55 },
            },
            {
              type: 'custom',
              silent: true,
              data: stemsOf(values, width),
              renderItem: (_: unknown, api: { value(i: number): number; coord(at: number[]): number[] }) => {
                const [x, top] = api.coord([api.value(0), api.value(1)]);
                const [, bottom] = api.coord([api.value(0), 0]);
                const style = { stroke: theme.accent, lineWidth: values.length > 120 ? 1 : 2, fill: theme.accent };
                return {
                  type: 'group',
                  children: [
                    { type: 'line', shape: { x1: x, x2: x, y1: bottom, y2: top }, style },
                    { type: 'circle', shape: { cx: x, cy: top, r: values.length > 120 ? 1 : 2.5 }, style },
                  ],
                };
              },
            },
          ],
        },
        true,
      );
    },
  };
}

/** Heights by which a stem stands for as much as the area between the middles to its neighbours. */
function stemsOf(values: Histogram['values'], binWidth: number): [number, number][] {
  return values.map(({ value, share }, i) => {
    const left = i > 0 ? value - values[i - 1].value : Number.POSITIVE_INFINITY;
    const right = i + 1 < values.length ? values[i + 1].value - value : Number.POSITIVE_INFINITY;
    const gap = Number.isFinite(left + right) ? (left + right) / 2 : Math.min(left, right);
    return [value, share / (Number.isFinite(gap) ? gap : binWidth)];
  });
}

function axisText(value: number): string {
  return String(Number(value.toPrecision(3)));
}
