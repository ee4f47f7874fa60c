// npm start: compresses the model that we ship, both ways, and shows what it costs in accuracy.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import process from 'node:process';

const commands = [
  ['compress', 'models/glyphs.onnx', '-o', 'build/glyphs.wrg', '--data', 'models/data/glyphs'],
  ['compress', 'models/glyphs.onnx', '-o', 'build/glyphs.small.onnx', '--data', 'models/data/glyphs'],
  ['verify', 'build/glyphs.wrg', '--original', 'models/glyphs.onnx'],
  ['diff', 'models/glyphs.onnx', 'build/glyphs.wrg', '--data', 'models/data/glyphs'],
];
mkdirSync('build', { recursive: true });
for (const args of commands) {
  console.log(`\n$ wring ${args.join(' ')}`);
  const { status } = spawnSync(process.execPath, ['dist/cli/main.js', ...args], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
