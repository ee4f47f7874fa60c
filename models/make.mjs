// node models/make.mjs [name …]: draws the data, trains the models (all, or those named) by the training engine and measures
// them, from fixed seeds. Writes models/*.onnx, models/data/ and models/manifest.json. Both take about five minutes of one
// core. The data is the same everywhere; weights are the same bytes every time on one machine with one version of
// onnxruntime, on another they may differ in their last bits and what follows from them.
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { importTypeScript } from '../scripts/import-typescript.mjs';

const { makeModels } = await importTypeScript('models/make.ts');
await makeModels(fileURLToPath(new URL('.', import.meta.url)), process.argv.slice(2));
