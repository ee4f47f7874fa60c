import { describe, expect, it } from 'vitest';
import { NodeIO } from '../../src/io/node-io.js';
import { modelBytes } from '../../src/onnx/index.js';
import { ortNode } from '../../src/runtime/ort-node.js';
import { dedup, foldConstants, fuseBatchNorm, prune } from '../../src/transforms/index.js';
import { distance, runBits, runModel } from '../helpers/runtime.js';
import { sharedModel, sharedModels } from '../helpers/shared-models.js';

/** One rounding of every weight, carried through a whole network: tens of float32 units in the last place. */
const TOLERANCE = 1e-4;

// The deeper ResNets are built of the same parts; the style network has nothing to fuse or fold and runs for 20 s.
const names = sharedModels.filter((name) => !/resnet(32|56)|candy/.test(name));

describe.skipIf(names.length === 0)(
  'exact transforms change no bit, fusing only roundings, and the file shrinks',
  () => {
    it.for(names)('%s', async (name) => {
      const document = await new NodeIO().read(sharedModel(name));
      const before = modelBytes(document).length;
      // Optimized: so all constants are folded, and have the same kernels, before as after.
      const expected = await runBits(document);
      await document.transform(prune(), foldConstants({ runtime: await ortNode() }), dedup(), prune());
      expect(await runBits(document)).toEqual(expected);
      expect(modelBytes(document).length).toBeLessThanOrEqual(before);

      const outputs = await runModel(document);
      await document.transform(fuseBatchNorm(), prune());
      expect(distance(outputs, await runModel(document))).toBeLessThan(TOLERANCE);
      // The normalizations of this one are inputs with a default, which a caller may override.
      const left = name === 'ultraface-slim-320.onnx';
      expect(document.graph.nodes.some((node) => node.opType === 'BatchNormalization')).toBe(left);
      expect(modelBytes(document).length).toBeLessThanOrEqual(before);
    });
  },
);
