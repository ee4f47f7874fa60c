// Rows of the benches, sorted by the method that a user would name, and what that method needs.
const SAMPLES = 'unlabelled samples';
const TRAINING = 'training, no labels';

const POST_TRAINING = {
  nearest: ['nearest multiple', 'nothing'],
  uniform: ['`uniform`', SAMPLES],
  multipoint: ['`multipoint`', SAMPLES],
  'multipoint, paper': ['`multipoint`, one width', SAMPLES],
  'single point': ['one point, one width', SAMPLES],
  'mixed precision': ['one point, mixed widths', SAMPLES],
  gpfq: ['`gpfq`', SAMPLES],
  'gpfq, greedy': ['`gpfq`, greedy', SAMPLES],
  'gpfq, paper': ["`gpfq`, the paper's alphabets", SAMPLES],
  path: ['`path`', SAMPLES],
  'path, tuned': ['`path --tune`', SAMPLES],
};
const KINDS = {
  chosen: ['without training', 'nothing'],
  trained: ['', TRAINING],
  fed: ['shared values', SAMPLES],
  free: ['', SAMPLES],
  labels: ['', 'training, labels'],
  released: ['as released', 'training, labels'],
  rate: ['under a rate term', TRAINING],
  vnq: ['', 'training, labels'],
  srq: ['', TRAINING],
  drop: ['`--drop-bits`', TRAINING],
  rq: ['', TRAINING],
  soft: ['`--soft`', TRAINING],
  learned: ['learned widths', TRAINING],
  ticket: ['learned widths, anew', 'training, labels'],
};

/** @returns [{ name, needs, rows }], rows with bytes, wrgBytes, before, after and count */
export function familiesOf({ models, ptq, papers }) {
  const families = new Map();
  const add = ([name, needs], row) => {
    const key = `${name}\n${needs}`;
    if (!families.has(key)) families.set(key, { name, needs, rows: [] });
    families.get(key).rows.push(row);
  };
  for (const row of models) add([`\`${row.method}\` (the default)`, 'nothing'], row);
  for (const row of ptq) add(POST_TRAINING[row.method] ?? [`\`${row.method}\``, SAMPLES], row);
  for (const row of papers) {
    const [how, needs] = KINDS[row.kind] ?? [row.kind, TRAINING];
    add([`\`${row.method}\`${how && ', '}${how}`, needs], row);
  }
  return [...families.values()];
}
