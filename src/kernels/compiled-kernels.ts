/** Where engines compile no bytes, and a module is handed in: Workers. */
export type { CompiledModule } from '../wasm/instantiate-compiled.js';
export { setCompiledWringModule } from '../wasm/wring-module.js';
