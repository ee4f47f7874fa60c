import type { Hono } from 'hono';
import { setCompiledWringModule } from '../kernels/compiled-kernels.js';
import module from '../wring.wasm';
import { createHttpApp as createApp } from './app.js';
import type { HttpLimits, HttpPorts } from './options.js';

export { HTTP_DEFAULTS, type HttpLimits, type HttpPorts } from './options.js';

/** `createHttpApp` of `wring/http` where bytes must not be compiled: Workers, which import a .wasm file as a module. */
export function createHttpApp(limits: HttpLimits = {}, ports: Partial<HttpPorts> = {}): Hono {
  setCompiledWringModule(module);
  return createApp(limits, ports);
}
