import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
// @ts-expect-error: a script without types
import { generateProto } from '../../scripts/build-proto.mjs';

it('the generated code is what onnx.proto gives; run `npm run build:proto`', async () => {
  for (const [name, text] of Object.entries<string>(await generateProto())) {
    expect(readFileSync(new URL(`../../src/onnx/generated/${name}`, import.meta.url), 'utf8') === text, name).toBe(
      true,
    );
  }
});
