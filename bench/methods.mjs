// npm run bench:methods: measures nothing. Draws what models.json, ptq.json and the papers' rows say of ResNet-20 into one picture and one
// table, and puts the table into the README: which method to take when. Writes bench/results/methods.{md,svg}.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { familiesOf } from './methods/families.mjs';
import { drawFrontiers } from './methods/frontiers.mjs';

const MODEL = 'resnet20-cifar10-bn';
const README = fileURLToPath(new URL('../README.md', import.meta.url));
const results = (name) => fileURLToPath(new URL(`results/${name}`, import.meta.url));
const rowsOf = (name) => (existsSync(results(name)) ? JSON.parse(readFileSync(results(name), 'utf8')).rows : []);

const families = familiesOf({
  models: rowsOf('models.json').filter(({ name }) => name === MODEL),
  ptq: rowsOf('ptq.json').filter(({ model }) => model === MODEL),
  papers: ['papers', 'papers-vnq', 'papers-relaxed']
    .flatMap((name) => rowsOf(`${name}.json`))
    .filter(({ model }) => model === MODEL),
});
const [{ bytes, before, count }] = families.flatMap(({ rows }) => rows);
writeFileSync(results('methods.svg'), drawFrontiers(families, before));
const table = tableOf(families);
writeFileSync(
  results('methods.md'),
  `# Methods, on one network

\`npm run bench:methods\`: ResNet-20 on CIFAR-10, ${(bytes / 1000).toFixed(1)} kB, top-1 ${before.toFixed(2)} %, n = ${count}; the whole .wrg file against the whole ONNX file.
The figures are those of [models.md](models.md), [ptq.md](ptq.md), [papers.md](papers.md), [papers-vnq.md](papers-vnq.md) and
[papers-relaxed.md](papers-relaxed.md), where commands, times and machines stand. Where
3 % of the answers change, a difference has a 95 % interval of ±0.3 points.

![Points of top-1 lost against the bytes of the whole file, a line a method](methods.svg)

${table}
`,
);
const parts = readFileSync(README, 'utf8').split(/(?<=<!-- methods -->\n)[\s\S]*?(?=<!-- \/methods -->)/);
if (parts.length !== 2) throw new Error('README.md: expected one <!-- methods --> … <!-- /methods -->');
writeFileSync(README, parts.join(`\n${table}\n\n`));

/** What each family does at its smallest without losing more than half a point, and a whole one; and those that always lose more. */
function tableOf(all) {
  const limits = [0.5, 1];
  const known = all.map(({ name, needs, rows }) => ({
    name,
    needs,
    rows,
    best: limits.map((limit) => smallest(rows, limit)),
  }));
  const lines = known
    .filter(({ best }) => best.some(Boolean))
    .sort((a, b) => ratioOf(b.best[1]) - ratioOf(a.best[1]))
    .map(({ name, needs, best }) => `| ${[name, needs, ...best.map(cellOf)].join(' | ')} |`);
  const others = known
    .filter(({ best }) => !best.some(Boolean))
    .map(({ name, rows }) => ({ name, row: rows.reduce((a, b) => (b.after > a.after ? b : a)) }))
    .sort((a, b) => b.row.after - a.row.after)
    .map(({ name, row }) => `${name} ${cellOf(row).replaceAll('*', '')}`);
  return `| method | needs | at most 0.5 points lost | at most 1 point lost |
|---|---|---|---|
${lines.join('\n')}

More than a point at every size that was measured, at least: ${others.join(', ')}.`;
}

function smallest(rows, limit) {
  // Of figures with two digits: 0.5 is no more than 0.5.
  const good = rows.filter((row) => row.before - row.after <= limit + 1e-9);
  return good.sort((a, b) => a.wrgBytes - b.wrgBytes)[0];
}

function ratioOf(row) {
  return row ? row.bytes / row.wrgBytes : 0;
}

function cellOf(row) {
  if (!row) return '';
  const change = row.after - row.before;
  return `**${ratioOf(row).toFixed(1)}x** (${change < 0 ? '−' : '+'}${Math.abs(change).toFixed(2)})`;
}
