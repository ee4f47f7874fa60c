// wring as an AWS Lambda function behind a function URL. `npm run build:lambda` makes one file of it, without onnxruntime.
import { createHttpApp } from 'wring/http';
import { lambdaHandler, lambdaStreamHandler } from 'wring/http/lambda';

// A function has one request at a time, and 128 MB if nobody asks for more.
const { fetch } = createHttpApp({ maxBodyBytes: 12e6, maxHeldBytes: 8e6, maxConcurrent: 1 });

/** For `InvokeMode: RESPONSE_STREAM`, which Lambda's runtime offers by a global; elsewhere answers are whole. */
export const handler = 'awslambda' in globalThis ? lambdaStreamHandler(fetch) : lambdaHandler(fetch);
