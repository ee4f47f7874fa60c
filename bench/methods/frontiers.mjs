// Top-1 against times smaller, a line a method: what nothing smaller of the same method beats. As SVG text, drawn without a browser.
import { init } from 'echarts';
import { svgOf } from '../svg.mjs';

const [WIDTH, HEIGHT] = [1080, 640];
/** Points that are still worth a look. */
const SHOWN = 4;

/** @param families of {@link familiesOf} */
export function drawFrontiers(families, before) {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: HEIGHT });
  const series = families
    .map(({ name, rows }) => ({ name: name.replaceAll('`', ''), data: frontierOf(rows, before) }))
    .filter(({ data }) => data.length > 0);
  chart.setOption({
    animation: false,
    backgroundColor: '#ffffff',
    legend: { bottom: 0 },
    grid: { left: 70, right: 30, top: 30, bottom: 120 },
    xAxis: { name: 'times smaller, whole .wrg file', nameLocation: 'middle', nameGap: 28, type: 'value', scale: true },
    yAxis: { name: 'top-1 (%)', type: 'value', min: Math.floor(before - SHOWN), max: Math.ceil(before) },
    color: [
      '#3b7dd8',
      '#d8853b',
      '#3ba55d',
      '#c94f4f',
      '#8855bb',
      '#8c6d5a',
      '#d76fb4',
      '#7f7f7f',
      '#b5b52b',
      '#2fb6c4',
    ],
    series: series.map((one, i) => ({
      ...one,
      type: 'line',
      symbol: ['circle', 'rect', 'triangle', 'diamond'][Math.floor(i / 10)] ?? 'circle',
      symbolSize: 7,
      ...(i === 0
        ? { markLine: { silent: true, symbol: 'none', lineStyle: { color: '#888' }, data: [{ yAxis: before }] } }
        : {}),
    })),
  });
  return svgOf(chart);
}

function frontierOf(rows, before) {
  let best = before - SHOWN;
  return [...rows]
    .sort((a, b) => a.wrgBytes - b.wrgBytes)
    .flatMap(({ bytes, wrgBytes, after }) => {
      if (after <= best) return [];
      best = after;
      return [[bytes / wrgBytes, after]];
    });
}
