import { TreemapChart } from 'echarts/charts';
import { TooltipComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { bytes, count, metricText } from './format.js';
import { type Metric, metricOf, type TensorRow } from './tensor-row.js';
import { inkOn, rampColor, readTheme } from './theme.js';

use([TreemapChart, TooltipComponent, SVGRenderer]);

/** More tiles than anybody could tell apart cost time. */
const MAX_TILES = 600;

export interface MapChart {
  /** @returns the least and the most of the metric, null where no row says anything of it */
  show(rows: readonly TensorRow[], metric: Metric, selected: string | null): readonly [number, number] | null;
}

/** A treemap: the area is bytes before, the colour a metric. */
export function createMapChart(element: HTMLElement, onSelect: (name: string) => void): MapChart {
  const chart = init(element, null, { renderer: 'svg' });
  chart.on('click', ({ name }) => onSelect(name));
  let again: () => unknown = () => {};
  const map: MapChart = {
    show(rows, metric, selected) {
      again = () => map.show(rows, metric, selected);
      const theme = readTheme();
      const tiles = [...rows]
        .filter(({ before }) => before > 0)
        .sort((a, b) => b.before - a.before)
        .slice(0, MAX_TILES);
      const known = tiles.map((row) => metricOf(row, metric)).filter((value) => value !== null);
      const [low, high] = [Math.min(...known), Math.max(...known)];
      const shareOf = (row: TensorRow) => {
        const value = metricOf(row, metric);
        return value === null ? 0 : high > low ? (value - low) / (high - low) : 0.5;
      };
      chart.setOption(
        {
          animation: false,
          textStyle: { fontFamily: theme.font },
          tooltip: {
            backgroundColor: theme.card,
            borderColor: theme.line,
            textStyle: { color: theme.ink, fontSize: 13 },
            confine: true,
            formatter: ({ dataIndex, name }: { dataIndex: number; name: string }) =>
              describe(tiles.find((row) => row.name === name) ?? tiles[dataIndex - 1]),
          },
          series: [
            {
              type: 'treemap',
              left: 0,
              right: 0,
              top: 0,
              bottom: 0,
              roam: false,
              nodeClick: false,
              breadcrumb: { show: false },
              itemStyle: { borderColor: theme.card, gapWidth: 2, borderWidth: 0 },
              label: { fontSize: 12, lineHeight: 16, overflow: 'truncate', padding: [2, 2], position: [6, 5] },
              data: tiles.map((row) => {
                const value = metricOf(row, metric);
                const color = inkOn(theme, shareOf(row));
                return {
                  name: row.name,
                  value: row.before,
                  itemStyle: {
                    color: rampColor(theme, shareOf(row)),
                    ...(row.name === selected ? { borderColor: theme.warm, borderWidth: 3 } : {}),
                  },
                  label: {
                    color,
                    formatter: `{n|${plain(row.name)}}\n{v|${value === null ? 'exact' : metricText(metric, value)}}`,
                    rich: { n: { fontSize: 12, fontWeight: 600, color }, v: { fontSize: 12, color, opacity: 0.85 } },
                  },
                };
              }),
            },
          ],
        },
        true,
      );
      return known.length > 0 ? [low, high] : null;
    },
  };
  // Tiles are laid out anew only when they are given anew.
  new ResizeObserver(() => {
    chart.resize();
    again();
  }).observe(element);
  return map;
}

function describe(row: TensorRow): string {
  const lines = [
    row.shape,
    `${bytes(row.before)}${row.now === null ? '' : ` → ${row.now === 0 ? 'in the head' : bytes(Math.round(row.now))}`}`,
    `${count(row.values)} values, ${row.bits.toFixed(2)} bits a weight`,
    ...(row.snr === null ? [] : [`${row.snr.toFixed(1)} dB signal to noise`]),
  ];
  return `<b>${escaped(row.name)}</b><br>${lines.map(escaped).join('<br>')}`;
}

/** Without what has a meaning in a label. */
function plain(text: string): string {
  return text.replace(/[{}|]/g, ' ');
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
