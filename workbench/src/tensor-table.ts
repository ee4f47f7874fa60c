import { bytes, count } from './format.js';
import type { TensorRow } from './tensor-row.js';

/** The same as the map, for reading and for the keyboard: a button a tensor. */
export function createTensorTable(
  body: HTMLTableSectionElement,
  onSelect: (name: string) => void,
): (rows: readonly TensorRow[], selected: string | null) => void {
  return (rows, selected) => {
    const mostBits = Math.max(1, ...rows.map(({ bits }) => bits));
    const focused = document.activeElement?.getAttribute('data-tensor') ?? null;
    body.replaceChildren(
      ...rows.map((row) => {
        const line = document.createElement('tr');
        line.classList.toggle('selected', row.name === selected);
        line.append(
          nameCell(row, selected, onSelect),
          cell(row.shape),
          cell(count(row.values), 'number'),
          bitsCell(row, mostBits),
          cell(row.snr === null ? '—' : row.snr.toFixed(1), 'number'),
          cell(bytes(row.before), 'number'),
          cell(row.now === null ? '—' : row.now === 0 ? 'head' : bytes(Math.round(row.now)), 'number'),
        );
        return line;
      }),
    );
    if (focused !== null) body.querySelector<HTMLElement>(`[data-tensor="${CSS.escape(focused)}"]`)?.focus();
  };
}

function nameCell(row: TensorRow, selected: string | null, onSelect: (name: string) => void): HTMLElement {
  const head = document.createElement('th');
  head.scope = 'row';
  if (!row.hasWeights) {
    head.textContent = row.name || '(unnamed)';
    return head;
  }
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'link';
  button.textContent = row.name;
  button.dataset.tensor = row.name;
  button.setAttribute('aria-pressed', String(row.name === selected));
  button.addEventListener('click', () => onSelect(row.name));
  head.append(button);
  return head;
}

function bitsCell(row: TensorRow, most: number): HTMLElement {
  const data = cell(row.bits.toFixed(2), 'number bar');
  data.style.setProperty('--share', String(row.bits / most));
  return data;
}

function cell(text: string, className = ''): HTMLTableCellElement {
  const data = document.createElement('td');
  data.textContent = text;
  data.className = className;
  return data;
}
