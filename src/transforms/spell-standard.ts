import type { Document, Node, Tensor, Transform } from '../core/index.js';
import { isOverridable } from './names.js';
import { spellInteger, spellPalette, spellSubByte } from './spell-bytes.js';
import { StoredSize } from './spell-cost.js';
import { ConstantPool, Draft } from './spell-draft.js';
import { applyScales, type SpellingTask, type SpellLevels } from './spell-levels.js';
import { spellPacked } from './spell-packed.js';
import { type CodedPlace, listPlaces, type Root, replaceByNodes, replaceByRows } from './spell-places.js';
import { spellRows } from './spell-rows.js';
import { listSymbols } from './spell-symbols.js';
import { spellTable } from './spell-table.js';

/** Ways to write a coded tensor, the simplest first; see the files spell-*.ts. */
export const SPELLINGS = ['integer', 'palette', 'subByte', 'table', 'packed', 'rows'] as const;
export type Spelling = (typeof SPELLINGS)[number];

export interface SpellStandardOptions {
  /** Which ways may be taken (default: all); one alone forces it where it is possible. */
  readonly spellings?: readonly Spelling[];
  /** Called once for every coded tensor. */
  readonly onTensor?: (report: SpellingReport) => void;
}

export interface SpellingReport {
  readonly name: string;
  readonly elementCount: number;
  /** 'plain': written as it was, because nothing is smaller, or no spelling is possible here. */
  readonly spelling: Spelling | 'plain';
  /** In the ONNX file, with its nodes and its share of what tensors have in common. */
  readonly byteLength: number;
  /** As a plain initializer. */
  readonly plainByteLength: number;
}

/** A table that stays small in memory may take this much more of the file. */
const ROWS_ALLOWANCE = 4 / 3;

/** Choices depend on what tensors have in common, that on the choices. They settle in two or three rounds. */
const MAX_ROUNDS = 8;

const LEVELS: readonly [Spelling, SpellLevels][] = [
  ['integer', spellInteger],
  ['palette', spellPalette],
  ['subByte', spellSubByte],
  ['table', spellTable],
  ['packed', spellPacked],
];

interface Candidate {
  readonly spelling: Spelling | 'plain';
  readonly draft: Draft | null;
  readonly rows: ReadonlyMap<Node, Node[]> | null;
  /** Without what the draft shares. */
  readonly ownBytes: number;
}

/**
 * Writes every coded tensor (`tensor.coding`) as a small graph of standard operators that makes the very same numbers,
 * bit for bit; whatever runs the model folds it at load. Per tensor the way of fewest bytes, the simpler one at a tie;
 * rows of an embedding are looked up before they are decoded. A tensor that would not get smaller stays
 * plain. Opset and IR version stay: no way is taken that they do not know. Exact.
 *
 * Many exporters listed weights among the inputs, where a caller could override them; once spelled they no longer can,
 * and the log says so.
 */
export function spellStandard(options: SpellStandardOptions = {}): Transform {
  const allowed = new Set(options.spellings ?? SPELLINGS);
  return (document, { logger }) => {
    const places = listPlaces(document);
    const old = places.filter((place) => place.root.isOldFor(document));
    if (old.length > 0) {
      logger.warn(
        `The opset is too old for shared values (7 is needed, 10 in functions): ${old.length} tensors stay plain`,
      );
    }
    const size = new StoredSize(document);
    const pools = new Map<Root, ConstantPool>();
    const prefix = freePrefix(document);
    const candidates = places.map((place, i) => {
      if (!pools.has(place.root)) pools.set(place.root, new ConstantPool(prefix));
      const newDraft = () => new Draft(`${prefix}${i}`, pools.get(place.root)!);
      return old.includes(place) ? [plain(place, size)] : listCandidates(place, document, allowed, newDraft, size);
    });
    const choices = chooseAll(candidates, size);
    const overridable = places.filter(
      (place, i) => choices[i].draft && isOverridable(document, document.graph, place.name),
    );
    if (overridable.length > 0) {
      logger.warn(`${overridable.length} weights were inputs with a default, which a caller may override; no more`);
    }
    const users = countUsers(choices);
    for (const tensor of users.keys()) rootOf(places, choices, tensor).add(document, tensor);
    const total = { before: 0, after: 0, spelled: 0 };
    for (const [i, place] of places.entries()) {
      const choice = choices[i];
      apply(document, place, choice);
      const byteLength = Math.round(costOf(choice, users, size));
      const plainByteLength = candidates[i][0].ownBytes;
      total.before += plainByteLength;
      total.after += byteLength;
      if (choice.draft) total.spelled++;
      const { name, tensor } = place;
      const report = {
        name,
        elementCount: tensor.elementCount,
        spelling: choice.spelling,
        byteLength,
        plainByteLength,
      };
      logger.debug(`${name}: ${report.spelling}, ${byteLength} bytes instead of ${plainByteLength}`);
      options.onTensor?.(report);
    }
    if (places.length > 0) {
      logger.info(
        `Standard operators for ${total.spelled} of ${places.length} coded tensors: ${total.before} → ${total.after} bytes`,
      );
    }
  };
}

function listCandidates(
  place: CodedPlace,
  document: Document,
  allowed: ReadonlySet<Spelling>,
  newDraft: () => Draft,
  size: StoredSize,
): Candidate[] {
  const { tensor, name } = place;
  const { dims, dataType } = tensor;
  const found = [plain(place, size)];
  for (const symbols of listSymbols(tensor)) {
    const { irVersion } = document;
    const task: SpellingTask = { symbols, dims, dataType, opset: place.root.opsetOf(document), irVersion };
    for (const [spelling, spell] of LEVELS) {
      const draft = newDraft();
      const levels = allowed.has(spelling) ? spell(draft, task) : null;
      if (levels === null) continue;
      applyScales(draft, task, levels);
      draft.finish(name);
      found.push({ spelling, draft, rows: null, ownBytes: size.of(draft.nodes, draft.own) });
    }
    if (!allowed.has('rows') || !place.lookups) continue;
    const draft = newDraft();
    const rows = spellRows(draft, task, place.lookups);
    const before = size.of(place.lookups, []);
    if (rows) found.push({ spelling: 'rows', draft, rows, ownBytes: size.of(draft.nodes, draft.own) - before });
  }
  return found;
}

function plain({ tensor }: CodedPlace, size: StoredSize): Candidate {
  return { spelling: 'plain', draft: null, rows: null, ownBytes: size.of([], [tensor]) };
}

function chooseAll(candidates: readonly Candidate[][], size: StoredSize): Candidate[] {
  let users = new Map<Tensor, number>();
  for (const list of candidates) {
    const wanted = new Set(list.flatMap(({ draft }) => [...(draft?.shared ?? [])]));
    for (const tensor of wanted) users.set(tensor, (users.get(tensor) ?? 0) + 1);
  }
  let choices: Candidate[] = [];
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const next = candidates.map((list) => choose(list, (candidate) => costOf(candidate, users, size)));
    const settled = next.every((choice, i) => choice === choices[i]);
    choices = next;
    if (settled) break;
    users = countUsers(choices);
  }
  return choices;
}

function choose(list: readonly Candidate[], cost: (candidate: Candidate) => number): Candidate {
  const least = (some: readonly Candidate[]) => some.reduce((a, b) => (cost(b) < cost(a) ? b : a));
  const best = least(list);
  const rows = list.filter((candidate) => candidate.rows !== null);
  if (rows.length === 0 || best.spelling === 'plain') return best;
  const smallest = least(rows);
  return cost(smallest) <= ROWS_ALLOWANCE * cost(best) ? smallest : best;
}

/** Bytes of its own, and its share of the rest. */
function costOf({ draft, ownBytes }: Candidate, users: ReadonlyMap<Tensor, number>, size: StoredSize): number {
  let cost = ownBytes;
  for (const tensor of draft?.shared ?? []) cost += size.ofShared(tensor) / (users.get(tensor) ?? 1);
  return cost;
}

/** In the order of the tensors that need them. */
function countUsers(choices: readonly Candidate[]): Map<Tensor, number> {
  const users = new Map<Tensor, number>();
  for (const { draft } of choices) {
    for (const tensor of draft?.shared ?? []) users.set(tensor, (users.get(tensor) ?? 0) + 1);
  }
  return users;
}

function rootOf(places: readonly CodedPlace[], choices: readonly Candidate[], shared: Tensor): Root {
  return places[choices.findIndex(({ draft }) => draft?.shared.has(shared))].root;
}

function apply(document: Document, place: CodedPlace, { draft, rows }: Candidate): void {
  if (!draft) return;
  for (const tensor of draft.own) place.root.add(document, tensor);
  if (rows) replaceByRows(document, place, rows);
  else replaceByNodes(document, place, draft.nodes);
}

/** Short, because it is written often: no name in the document is this and a number. */
function freePrefix(document: Document): string {
  const names = [...document.tensors()].map((tensor) => tensor.name);
  for (const node of document.nodes()) names.push(...node.inputs, ...node.outputs);
  for (const graph of document.graphs()) {
    names.push(...graph.initializers.keys(), ...[...graph.inputs, ...graph.outputs].map((value) => value.name));
  }
  let prefix = 'w';
  while (names.some((name) => name.startsWith(prefix) && /^\d*\.\d+$/.test(name.slice(prefix.length)))) prefix += '_';
  return prefix;
}
