// Accuracy against size, a curve a method: what nothing smaller of the same method beats. As SVG text, drawn without a browser.
import { init } from 'echarts';
import { svgOf } from '../svg.mjs';

const ORDER = ['nearest', 'multipoint', 'uniform', 'gpfq, greedy', 'gpfq', 'path', 'path, tuned'];
const [WIDTH, HEIGHT] = [900, 520];

/** @param rows of one model */
export function frontierSvg(rows) {
  const [{ model, bytes, metric, before, count }] = rows;
  const sign = metric.startsWith('NLL') ? -1 : 1;
  const best = sign * Math.max(...rows.map(({ after }) => sign * after));
  const spread = Math.max(Math.abs(best - before), sign > 0 ? 4 : 0.4);
  const shown = rows.filter(({ after }) => sign * (before - after) <= 2 * spread);
  const series = ORDER.map((method) => curve(method, shown, bytes, sign)).filter(({ data }) => data.length > 0);
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: HEIGHT });
  chart.setOption({
    animation: false,
    title: { text: model, subtext: `${metric}, n = ${count}; original ${before.toFixed(2)}`, left: 'center' },
    legend: { bottom: 0 },
    grid: { left: 70, right: 30, top: 70, bottom: 80 },
    xAxis: { name: 'times smaller, whole .wrg file', nameLocation: 'middle', nameGap: 28, type: 'value', scale: true },
    yAxis: { name: metric, type: 'value', scale: true, inverse: sign < 0 },
    series: series.map((one, i) => ({
      ...one,
      type: 'line',
      symbolSize: 7,
      ...(i === 0
        ? { markLine: { silent: true, symbol: 'none', lineStyle: { color: '#888' }, data: [{ yAxis: before }] } }
        : {}),
    })),
  });
  return svgOf(chart);
}

function curve(name, rows, bytes, sign) {
  const sorted = rows.filter(({ method }) => method === name).sort((a, b) => a.wrgBytes - b.wrgBytes);
  let best = Number.NEGATIVE_INFINITY;
  const data = sorted.flatMap(({ wrgBytes, after }) => {
    if (sign * after <= best) return [];
    best = sign * after;
    return [[bytes / wrgBytes, after]];
  });
  return { name, data };
}
