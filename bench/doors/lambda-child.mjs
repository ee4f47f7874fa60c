// The Lambda function in a process of its own, called as Lambda's runtime does it, streaming its answer:
// node lambda-child.mjs handler.mjs POST /v1/decode query file
// Prints the milliseconds of the request, its status and the bytes of the answer.
import { readFileSync } from 'node:fs';
import { Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';

const [file, method, rawPath, rawQueryString = '', body] = process.argv.slice(2);
/** @type {{ statusCode: number } | undefined} */
let head;
let byteLength = 0;
globalThis.awslambda = {
  streamifyResponse: (handle) => handle,
  HttpResponseStream: {
    from(stream, given) {
      head = given;
      return stream;
    },
  },
};
const { handler } = await import(pathToFileURL(file).href);
const stream = new Writable({
  write(piece, _, done) {
    byteLength += piece.length;
    setImmediate(done);
  },
});
const event = { rawPath, rawQueryString, headers: {}, requestContext: { http: { method } }, isBase64Encoded: true };
if (body) event.body = readFileSync(body, 'base64');
const started = performance.now();
await handler(event, stream);
process.stdout.write(JSON.stringify({ ms: performance.now() - started, status: head?.statusCode, byteLength }));
