/** What needs a browser, or runs in one: onnxruntime-web. */
export { type OrtWeb, ortWeb } from './runtime/ort-web.js';
