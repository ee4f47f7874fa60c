// One decode door in a process of its own: node decode-child.mjs decode|decode-stream small.wrg model.wrg rounds
// Prints when the small file was decoded, and the least time of the large one.
import { createReadStream, readFileSync } from 'node:fs';

const [door, small, large, rounds] = process.argv.slice(2);
const module = await import(`../../dist/${door}.js`);
const decode = door === 'decode' ? (path) => module.decode(readFileSync(path)) : drain;
await decode(small);
process.stdout.write('ready\n');
let least = Number.POSITIVE_INFINITY;
for (let i = 0; i < Number(rounds); i++) {
  const started = performance.now();
  await decode(large);
  least = Math.min(least, performance.now() - started);
}
process.stdout.write(`${least}\n`);

async function drain(path) {
  let byteLength = 0;
  for await (const piece of module.decodeStream(createReadStream(path))) byteLength += piece.length;
  return byteLength;
}
