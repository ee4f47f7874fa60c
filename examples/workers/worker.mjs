// wring in a Worker of Cloudflare's kind. Bundlers for Workers take the `workerd` condition of `wring/http`: WebAssembly is then a
// module of its own, wring.wasm, because such engines compile no bytes.
import { createHttpApp } from 'wring/http';

// 128 MB for all requests of an isolate together.
export default createHttpApp({ maxBodyBytes: 10e6, maxHeldBytes: 8e6, maxConcurrent: 1 });
