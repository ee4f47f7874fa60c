/** Compression over HTTP: one function from a Request to a Response, for any host. */
export { createHttpApp } from './app.js';
export { HTTP_DEFAULTS, type HttpLimits, type HttpPorts } from './options.js';
