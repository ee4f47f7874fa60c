// Points of top-1 lost against the bytes of the whole file, a line a method: what nothing smaller of the same method beats. As SVG text, drawn without a browser.
import { init } from 'echarts';
import { svgOf } from '../svg.mjs';

const [WIDTH, HEIGHT] = [1080, 690];
/** Points that are still worth a look. */
const SHOWN = 9;

/** @param families of {@link familiesOf} */
export function drawFrontiers(families, before) {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: HEIGHT });
  const series = families
    .map(({ name, rows }) => ({ name: name.replaceAll('`', ''), data: frontierOf(rows, before) }))
    .filter(({ data }) => data.length > 0);
  chart.setOption({
    animation: false,
    backgroundColor: '#ffffff',
    legend: { bottom: 0, itemGap: 26, width: WIDTH - 60 },
    grid: { left: 70, right: 30, top: 30, bottom: 170 },
    xAxis: {
      name: 'whole .wrg file, kB',
      nameLocation: 'middle',
      nameGap: 28,
      type: 'log',
      logBase: 2,
      inverse: true,
      axisLine: { onZero: false },
      min: 32,
      max: 512,
    },
    yAxis: {
      name: 'points of top-1 lost',
      nameLocation: 'start',
      type: 'value',
      inverse: true,
      min: -0.5,
      max: Math.sqrt(SHOWN),
      interval: 0.5,
      axisLabel: { formatter: (place) => `${place < 0 ? '+' : ''}${place * place}` },
    },
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
        ? {
            markLine: {
              silent: true,
              symbol: 'none',
              label: { show: false },
              lineStyle: { color: '#888' },
              data: [{ yAxis: 0 }],
            },
          }
        : {}),
    })),
  });
  return svgOf(chart);
}

function frontierOf(rows, before) {
  let best = before - SHOWN;
  return [...rows]
    .sort((a, b) => a.wrgBytes - b.wrgBytes)
    .flatMap(({ wrgBytes, after }) => {
      if (after <= best) return [];
      best = after;
      return [[wrgBytes / 1000, placeOf(before - after)]];
    });
}

/** The root of what is lost: half a point is to be seen beside nine. */
function placeOf(lost) {
  return Math.sign(lost) * Math.sqrt(Math.abs(lost));
}
