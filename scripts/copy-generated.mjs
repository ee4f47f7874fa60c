// tsc does not carry generated JavaScript over to dist.
import { cp } from 'node:fs/promises';

const folder = (root) => new URL(`../${root}/onnx/generated/`, import.meta.url);
await cp(folder('src'), folder('dist'), { recursive: true });
