// npm run bench:fuzz [-- --cases N --from N --seed N]: gives the decoder hostile files, one after the other, and says which of
// them end in anything but an answer within bounds or a WringError. A finding is written beside the project's others, to be
// looked at, named for what it was, and kept. Takes about a quarter of an hour for a million cases.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { machine } from './machine.mjs';

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '1000000' },
    from: { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
  },
});
const [cases, from, seed] = [values.cases, values.from, values.seed].map(Number);
const root = fileURLToPath(new URL('..', import.meta.url));

const { createFuzzer, createWasmRansCoder, loadWringModule } = await bundled();
const golden = new Uint8Array(readFileSync(new URL('../test/golden/format-3.wrg', import.meta.url)));
const module = await loadWringModule();
const fuzzer = createFuzzer(golden, createWasmRansCoder(module), () => module.arena.memory.buffer.byteLength);

const counts = {};
const findings = [];
let decoded = 0;
let mostBytes = 0;
const started = performance.now();
for (let index = from; index < from + cases; index++) {
  const input = fuzzer.caseAt(seed, index);
  const fault = fuzzer.judge(input);
  counts[input.kind] = (counts[input.kind] ?? 0) + 1;
  if (fuzzer.decoded) decoded++;
  if (fault) {
    findings.push({ index, kind: input.kind, fault });
    const folder = new URL('../test/fuzz/findings/', import.meta.url);
    mkdirSync(folder, { recursive: true });
    writeFileSync(new URL(`seed-${seed}-case-${index}${input.stored ? '.stored' : ''}.wrg`, folder), input.bytes);
    console.error(`case ${index} (${input.kind}): ${fault}`);
  }
  if ((index - from + 1) % 10000 === 0) {
    mostBytes = Math.max(mostBytes, process.memoryUsage().rss);
    const seconds = (performance.now() - started) / 1000;
    console.error(`${index + 1}: ${findings.length} findings, ${decoded} decoded, ${seconds.toFixed(0)} s`);
  }
}
const report = {
  ...machine(),
  command: `npm run bench:fuzz -- --cases ${cases} --from ${from} --seed ${seed}`,
  cases,
  findings,
  decoded,
  counts,
  seconds: Math.round((performance.now() - started) / 1000),
  mostBytes,
};
const text = markdown(report);
process.stdout.write(text);
if (cases >= 1000000) writeFileSync(new URL('results/fuzz.md', import.meta.url), text);
process.exitCode = findings.length > 0 ? 1 : 0;

/** The sources of the tests, which are not in dist. */
async function bundled() {
  const contents = `
    export { createFuzzer } from './test/fuzz/fuzzer.ts';
    export { createWasmRansCoder } from './src/kernels/wasm/rans-coder.ts';
    export { loadWringModule } from './src/wasm/wring-module.ts';`;
  const stdin = { contents, resolveDir: root };
  const { outputFiles } = await build({ stdin, bundle: true, format: 'esm', platform: 'node', write: false });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
}

function markdown({
  node,
  cpu,
  commit,
  date,
  command,
  cases: n,
  findings: found,
  decoded: sound,
  counts: kinds,
  seconds,
}) {
  const rows = Object.entries(kinds).sort(([, a], [, b]) => b - a);
  return `# Hostile files

${date}, commit ${commit}, Node ${node}, ${cpu}: \`${command}\`, ${seconds} s on a shared machine.

${n} cases, **${found.length} findings**. ${sound} cases decoded (what was changed did not matter, or made another sound file); all
others ended in a WringError, within the bounds on time and memory of test/fuzz/fuzzer.ts.

| what lies | cases |
| --- | --: |
${rows.map(([kind, count]) => `| ${kind} | ${count} |`).join('\n')}
${found.map(({ index, kind, fault }) => `\n- case ${index} (${kind}): ${fault.split('\n')[0]}`).join('')}
`;
}
