import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';

/**
 * Who may import whom, room by room (a room is a folder of src/). `types`: only `import type`, which leaves nothing in the
 * JavaScript: a port like Runtime is handed in, so whoever takes one knows its shape and not its maker. Otherwise
 * types are held to the same table: who knows a room's types depends on it.
 */
const ROOMS: Readonly<Record<string, { readonly imports: readonly string[]; readonly types?: readonly string[] }>> = {
  // The contracts that all others share.
  core: { imports: [] },
  // A format, and nothing that is done with it.
  onnx: { imports: ['core'] },
  // The only way into WebAssembly.
  wasm: { imports: ['core'] },
  kernels: { imports: ['core', 'wasm'] },
  // Lossless: knows numbers and bytes, not graphs, not ONNX; so the decode door stays small.
  codec: { imports: ['core', 'kernels'] },
  codebook: { imports: ['core', 'kernels'] },
  // The port, and the one file behind it that imports onnxruntime.
  runtime: { imports: ['core'] },
  // data/node reads files as io does.
  data: { imports: ['core', 'io'], types: ['runtime'] },
  io: { imports: ['core', 'onnx', 'codec', 'kernels'] },
  // These run changed graphs, for which a runtime takes ONNX bytes; spellings count theirs.
  transforms: { imports: ['core', 'onnx'], types: ['runtime'] },
  evaluation: { imports: ['core', 'onnx', 'data'], types: ['runtime'] },
  // Some of it by gradients.
  posterior: { imports: ['core', 'onnx', 'kernels', 'codebook', 'evaluation', 'training'], types: ['runtime'] },
  // Trains what an ONNX file holds: a graph becomes a graph, the runtime runs it, kernels hold the optimizer.
  training: { imports: ['core', 'onnx', 'kernels', 'transforms', 'data', 'runtime', 'evaluation'] },
  // Makes inputs by gradients.
  synthesis: { imports: ['core', 'onnx', 'kernels', 'runtime', 'evaluation', 'posterior', 'training'] },
  // Lossy: they choose values, and ask the codec what a value would cost. Some follow what a network does with their choices.
  methods: {
    imports: ['core', 'kernels', 'codebook', 'posterior', 'codec', 'transforms', 'training'],
    types: ['runtime', 'data'],
  },
  pipeline: {
    imports: [
      'core',
      'onnx',
      'kernels',
      'codec',
      'codebook',
      'transforms',
      'posterior',
      'methods',
      'training',
      'evaluation',
      'synthesis',
      'io',
    ],
    types: ['runtime', 'data'],
  },
  // One function from a Request to a Response; the runtime is handed in.
  http: { imports: ['core', 'codec', 'kernels', 'io', 'pipeline'], types: ['runtime'] },
  // A build of somebody else's: files in, packed assets out.
  vite: { imports: ['core', 'pipeline', 'runtime'] },
  // Data first: renders what others have measured.
  report: { imports: [], types: ['pipeline'] },
  cli: {
    imports: [
      'core',
      'onnx',
      'codec',
      'io',
      'data',
      'runtime',
      'transforms',
      'methods',
      'evaluation',
      'training',
      'pipeline',
      'report',
      'http',
    ],
  },
};

/** Doors stand beside the rooms. What they hand out is theirs to choose, but for {@link DECODE_ROOMS}. */
const DECODE_DOORS = [
  'src/decode.ts',
  'src/decode-scalar.ts',
  'src/decode-stream.ts',
  'src/decode-stream-workerd.ts',
  'src/decode-worker.ts',
  'src/decode-workerd.ts',
  'src/decode-workers.ts',
];
const DOORS = ['src/index.ts', 'src/node.ts', 'src/web.ts', ...DECODE_DOORS, 'src/wasm-files.d.ts'];

/** What the decode doors may reach, however far: no protobuf, no runtime, no transforms. */
const DECODE_ROOMS = ['core', 'codec', 'kernels', 'wasm'];

/** Packages, and the only files that may import them. */
const PACKAGES: readonly { readonly name: RegExp; readonly from: RegExp }[] = [
  {
    name: /^node:/,
    from: /^src\/(node\.ts|io\/node-[a-z-]+\.ts|data\/node\/.*|runtime\/ort-[a-z-]+\.ts|http\/(node|lambda)\.ts|vite\/plugin\.ts|cli\/.*)$/,
  },
  { name: /^onnxruntime-(node|web)$/, from: /^src\/runtime\// },
  { name: /^protobufjs\//, from: /^src\/onnx\// },
  { name: /^@assemblyscript\/loader$/, from: /^src\/wasm\// },
  { name: /^fflate$/, from: /^src\/(codec|data|io)\// },
  { name: /^jpeg-js$/, from: /^src\/data\/node\// },
  { name: /^(hono|valibot)$/, from: /^src\/http\// },
  { name: /^@hono\/node-server$/, from: /^src\/http\/node\.ts$/ },
  { name: /^(commander|cli-progress|cli-table3)$/, from: /^src\/cli\// },
];

/** Circles that are in the matter itself: an attribute may hold a graph, whose nodes have attributes. */
const RECURSIONS = new Set([
  'src/onnx/read-attribute.ts → src/onnx/read-graph.ts',
  'src/onnx/write-attribute.ts → src/onnx/write-graph.ts',
]);

interface Import {
  readonly from: string;
  /** A path from the root of the project, or the name of a package. */
  readonly to: string;
  readonly kind: 'value' | 'type' | 'lazy';
}

const STATEMENT = /^(?:import|export)\s+(type\s)?[^'";]*?from\s+'([^']+)'|^import\s+'([^']+)'|\bimport\('([^']+)'\)/gm;

const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .map((path) => posix.join('src', path.replaceAll('\\', '/')))
  // Written by pbjs and asc; their own makers answer for them.
  .filter((path) => path.endsWith('.ts') && !path.includes('/generated/'))
  .sort();
const imports = files.flatMap((from) => listImports(from, readFileSync(from, 'utf8')));

describe('the house', () => {
  it('is read: every file, every way to import', () => {
    const text = [
      "import a, { type B } from './a.js';",
      "import type { C } from '../core/index.js';",
      "export {\n  d,\n} from './d.js';",
      "import './e.js';",
      "  const f = await import('onnxruntime-node');",
      "type G = typeof import('onnxruntime-node');",
    ].join('\n');
    expect(listImports('src/io/x.ts', text).map(({ to, kind }) => `${kind} ${to}`)).toEqual([
      'value src/io/a.ts',
      'type src/core/index.ts',
      'value src/io/d.ts',
      'value src/io/e.ts',
      'lazy onnxruntime-node',
      'type onnxruntime-node',
    ]);
    expect(files.length).toBeGreaterThan(100);
    expect(imports.length).toBeGreaterThan(files.length);
  });

  it('has no room that is not in the table', () => {
    const rooms = new Set(files.filter((path) => !DOORS.includes(path)).map(roomOf));
    expect([...rooms].filter((room) => !(room in ROOMS))).toEqual([]);
  });

  it('is entered as the table says', () => {
    const wrong = imports.filter(({ from, to, kind }) => {
      const [own, other] = [roomOf(from), roomOf(to)];
      // A compiled module is no room.
      if (!to.startsWith('src/') || to.endsWith('.wasm') || DOORS.includes(from) || own === other) return false;
      const { imports: allowed, types = [] } = ROOMS[own];
      return !allowed.includes(other) && !(kind === 'type' && types.includes(other));
    });
    expect(wrong.map(describeImport)).toEqual([]);
  });

  it('has a table without circles', () => {
    const visit = (room: string, path: readonly string[]): void => {
      expect(path, 'a room that depends on itself').not.toContain(room);
      for (const next of ROOMS[room].imports) visit(next, [...path, room]);
    };
    for (const room of Object.keys(ROOMS)) visit(room, []);
  });

  it('has no files that import each other in a circle, but for types', () => {
    const next = new Map(files.map((file) => [file, valuesFrom(file)]));
    const done = new Set<string>();
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) expect.fail([...path.slice(path.indexOf(file)), file].join(' → '));
      if (done.has(file)) return;
      for (const other of next.get(file) ?? []) {
        if (!RECURSIONS.has(`${file} → ${other}`)) visit(other, [...path, file]);
      }
      done.add(file);
    };
    for (const file of files) visit(file, []);
  });

  it('lets packages in where the table says, onnxruntime only when it is needed', () => {
    const outside = imports.filter(({ to }) => !to.startsWith('src/'));
    const wrong = outside.filter(({ from, to }) => {
      const rule = PACKAGES.find(({ name }) => name.test(to));
      return rule === undefined || !rule.from.test(from);
    });
    expect(wrong.map(describeImport)).toEqual([]);
    const eager = outside.filter(({ to, kind }) => to.startsWith('onnxruntime') && kind === 'value');
    expect(eager.map(describeImport)).toEqual([]);
  });

  it('touches WebAssembly in src/wasm/ alone', () => {
    const word = /\bWebAssembly\.\w/;
    const wrong = files.filter((file) => roomOf(file) !== 'wasm' && word.test(withoutComments(file)));
    expect(wrong).toEqual([]);
  });

  it('keeps the decode doors small', () => {
    const reached = new Set<string>();
    const visit = (file: string): void => {
      if (reached.has(file)) return;
      reached.add(file);
      for (const other of valuesFrom(file)) visit(other);
    };
    for (const door of DECODE_DOORS) visit(door);
    const rooms = new Set([...reached].filter((file) => files.includes(file) && !DOORS.includes(file)).map(roomOf));
    expect([...rooms].filter((room) => !DECODE_ROOMS.includes(room))).toEqual([]);
    const packages = imports.filter(
      ({ from, to, kind }) => reached.has(from) && kind !== 'type' && !to.startsWith('src/'),
    );
    expect(packages.map(({ to }) => to).filter((name) => name !== '@assemblyscript/loader')).toEqual([]);
  });
});

function listImports(from: string, text: string): Import[] {
  return [...text.matchAll(STATEMENT)].map((match) => {
    const [, type, named, bare, called] = match;
    const specifier = named ?? bare ?? called;
    const to = specifier.startsWith('.')
      ? posix.join(posix.dirname(from), specifier).replace(/\.js$/, '.ts')
      : specifier;
    const typeOnly = type !== undefined || (called !== undefined && isTypeQuery(text, match.index));
    return { from, to, kind: typeOnly ? 'type' : called !== undefined ? 'lazy' : 'value' };
  });
}

/** `typeof import('x')` */
function isTypeQuery(text: string, index: number): boolean {
  return text.slice(0, index).trimEnd().endsWith('typeof');
}

function valuesFrom(file: string): string[] {
  return imports
    .filter(({ from, to, kind }) => from === file && kind !== 'type' && to.startsWith('src/'))
    .map(({ to }) => to);
}

function roomOf(path: string): string {
  return path.split('/')[1];
}

function withoutComments(file: string): string {
  return readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
}

function describeImport({ from, to, kind }: Import): string {
  return `${from} imports ${to} (${kind})`;
}
