import { type Document, type Node, WringError } from '../core/index.js';

/** What the methods leave alone, as in NNCF. An entry that matches nothing is an error. */
export interface IgnoredScope {
  /** Names of nodes or tensors: exact, or a regular expression between slashes, e.g. `/^head\./`. */
  readonly names?: readonly string[];
  /** Operator types, e.g. `Gather`. */
  readonly types?: readonly string[];
}

/**
 * @returns whether a tensor with this name and these users is ignored
 * @throws {WringError} E_OPTION for entries that match nothing in the document, or are no regular expression
 */
export function matchIgnoredScope(
  scope: IgnoredScope,
  document: Document,
  tensorNames: Iterable<string>,
): (tensorName: string, users: readonly Node[]) => boolean {
  const names = (scope.names ?? []).map((entry) => ({ entry, matches: matcherOf(entry) }));
  const types = new Set(scope.types ?? []);
  const nodes = [...document.nodes()];
  const known = new Set([...tensorNames, ...nodes.map((node) => node.name)]);
  known.delete('');
  const knownTypes = new Set(nodes.map((node) => node.opType));
  const unmatched = [
    ...names.filter(({ matches }) => ![...known].some(matches)).map(({ entry }) => entry),
    ...[...types].filter((type) => !knownTypes.has(type)),
  ];
  if (unmatched.length > 0) {
    const list = unmatched.map((entry) => `"${entry}"`).join(', ');
    throw new WringError(
      'E_OPTION',
      `ignoredScope: nothing in the model matches ${list}; list names with wring inspect`,
    );
  }
  const isNamed = (name: string) => name !== '' && names.some(({ matches }) => matches(name));
  return (tensorName, users) =>
    isNamed(tensorName) || users.some((node) => isNamed(node.name) || types.has(node.opType));
}

function matcherOf(entry: string): (name: string) => boolean {
  const parts = /^\/(.*)\/([imsu]*)$/.exec(entry);
  if (!parts) return (name) => name === entry;
  try {
    const pattern = new RegExp(parts[1], parts[2]);
    return (name) => pattern.test(name);
  } catch (cause) {
    throw new WringError('E_OPTION', `ignoredScope: "${entry}" is no regular expression`, { cause });
  }
}
