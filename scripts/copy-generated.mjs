// What tsc does not carry over: the JavaScript that pbjs has made, and the modules as files, for hosts that take no text.
import { cpSync, writeFileSync } from 'node:fs';
import { DECODE_WASM } from '../dist/wasm/generated/decode.js';
import { WRING_WASM } from '../dist/wasm/generated/wring.js';
import { moduleBytes } from '../dist/wasm/module-bytes.js';

cpSync('src/onnx/generated', 'dist/onnx/generated', { recursive: true });
cpSync('src/vite/client.d.ts', 'dist/vite/client.d.ts');
writeFileSync('dist/decode.wasm', moduleBytes(DECODE_WASM));
writeFileSync('dist/wring.wasm', moduleBytes(WRING_WASM));
cpSync('src/wasm/generated/standalone.wasm', 'dist/standalone.wasm');
