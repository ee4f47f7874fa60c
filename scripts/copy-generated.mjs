// tsc does not carry over the JavaScript that pbjs has made; this does.
import { cpSync } from 'node:fs';

cpSync('src/onnx/generated', 'dist/onnx/generated', { recursive: true });
