import { beforeAll, describe, expect, it } from 'vitest';
import { createNode, DataType, type Document, type Node, type WeightCoding } from '../../src/core/index.js';
import { ortNode } from '../../src/runtime/ort-node.js';
import type { Runtime } from '../../src/runtime/runtime.js';
import { foldConstants, prune, spellStandard, wholeTables } from '../../src/transforms/index.js';
import { buildDocument, buildValue } from '../helpers/build.js';
import { codebookOf, codedTensor, gridOf, randomCodes } from '../helpers/coded.js';
import { runBits } from '../helpers/runtime.js';

const ROWS = 40;
const WIDTH = 48;
const COUNT = ROWS * WIDTH;

let runtime: Runtime;

beforeAll(async () => {
  runtime = await ortNode();
});

function embedding(coding: WeightCoding, more: readonly Node[] = []): Document {
  return buildDocument({
    outputs: [buildValue('y', [2, 3, WIDTH]), buildValue('z', [6, WIDTH])],
    nodes: [createNode('Gather', ['table', 'i'], ['y']), createNode('Gather', ['table', 'j'], ['z']), ...more],
    inputs: [buildValue('i', [2, 3], DataType.INT64), buildValue('j', [6], DataType.INT64)],
    initializers: [codedTensor('table', [ROWS, WIDTH], coding)],
  });
}

/** The table behind a spelling, where it is found as a whole; whatever is found, outputs keep every bit. */
async function tableBehind(spelled: Document, like: Document): Promise<readonly number[] | null> {
  const expected = await runBits(spelled);
  await spelled.transform(wholeTables(like), foldConstants({ runtime, names: new Set(['table']) }), prune());
  expect(await runBits(spelled)).toEqual(expected);
  const found = spelled.graph.initializers.get('table');
  return found ? [...found.toFloat32()] : null;
}

describe('wholeTables', () => {
  const scales = Array.from({ length: ROWS }, (_, row) => Math.fround(0.1 + row / 9));

  it.each<[string, () => WeightCoding]>([
    ['two bits', () => codebookOf(randomCodes(COUNT, 0, 3), 4)],
    ['four bits', () => codebookOf(randomCodes(COUNT, 0, 15), 16)],
    ['nine bits', () => codebookOf(randomCodes(COUNT, 0, 399), 400)],
    ['a scale a row', () => gridOf(randomCodes(COUNT, -8, 7), scales, 0)],
  ])('finds all rows of a table: %s', async (_, coding) => {
    const [like, spelled] = [embedding(coding()), embedding(coding())];
    const numbers = [...like.graph.initializers.get('table')!.toFloat32()];
    await spelled.transform(spellStandard({ spellings: ['rows'] }));
    expect(spelled.graph.initializers.has('table')).toBe(false);
    expect(await tableBehind(spelled, like)).toEqual(numbers);
  });

  it('leaves a table that is there, one that rows are not looked up in, and rows that come from elsewhere', async () => {
    const coding = () => gridOf(randomCodes(COUNT, -8, 7));
    const plain = embedding(coding());
    const nodes = plain.graph.nodes.length;
    await plain.transform(wholeTables(embedding(coding())));
    expect(plain.graph.nodes).toHaveLength(nodes);

    const spelled = embedding(coding());
    await spelled.transform(spellStandard({ spellings: ['rows'] }));
    const turned = embedding(coding(), [createNode('Transpose', ['table'], ['t'])]);
    expect(await tableBehind(spelled, turned)).toBeNull();

    const given = embedding(coding());
    given.graph.initializers.delete('table');
    given.graph.inputs.push(buildValue('x', [ROWS, WIDTH]));
    given.graph.nodes[0] = createNode('Gather', ['x', 'i'], ['y']);
    given.graph.nodes[1] = createNode('Gather', ['x', 'j'], ['z']);
    await given.transform(wholeTables(embedding(coding())));
    expect(given.graph.nodes).toHaveLength(2);
  });
});
