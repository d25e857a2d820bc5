import { Document, isCollection, isMap, isNode, isScalar, isSeq } from 'yaml';
import type { Config } from './config.ts';
import { neverUnlessNamed } from './to-config.ts';

/** How a value that nobody wrote is marked. */
const DEFAULT_ORIGIN = 'default';

/**
 * The effective configuration as YAML, each value with where it comes from as a comment: `# runova.yaml:12` or
 * `# default`. Secrets cannot be in it: only the paths of their files are.
 */
export function showConfig(config: Config): string {
  const { value, origins } = config.written;
  const document = new Document(value);
  comment(document.contents, [], origins);
  const lines = [`# ${config.file}`, onOneLine(document.toString({ lineWidth: 0 }).trimEnd())];
  const always = neverUnlessNamed(config.settings.changes.allow).map(
    (scope) => `#   ${JSON.stringify(Object.values(scope).flat()).slice(1, -1).replaceAll('"', '')}`,
  );
  const own = config.settings.ownNamespaces;
  return [
    ...lines,
    ...(always.length === 0
      ? []
      : ['', '# Never changed either, until a line of changes.allow names it:', ...always]),
    ...(own.length === 0
      ? []
      : ['', '# Never changed at all, because Runova itself is there:', ...own.map((name) => `#   ${name}`)]),
    '',
  ].join('\n');
}

/** An empty list or map keeps its comment beside it. */
function onOneLine(yaml: string): string {
  return yaml.replaceAll(/:\n +(\[\]|\{\})\n +#/g, ': $1 #').replaceAll(/:\n +(\[\]|\{\})\n#/g, ': $1 #');
}

/** Maps are gone into; a list shows its origin as a whole, and each entry on one line. */
function comment(node: unknown, path: readonly string[], origins: ReadonlyMap<string, string>): void {
  if (!isNode(node)) return;
  if (isMap(node) && node.items.length > 0) {
    for (const { key, value } of node.items) comment(value, [...path, nameOf(key)], origins);
    return;
  }
  const origin = ` ${origins.get(path.join('.')) ?? DEFAULT_ORIGIN}`;
  if (isSeq(node) && node.items.length > 0) for (const item of node.items) commentEntry(item, origin);
  else node.comment = origin;
}

function commentEntry(item: unknown, origin: string): void {
  if (isCollection(item)) item.flow = true;
  if (isNode(item)) item.comment = origin;
}

function nameOf(key: unknown): string {
  return isScalar(key) ? String(key.value) : '';
}
