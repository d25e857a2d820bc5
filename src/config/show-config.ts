import { Document, isMap, isScalar, isSeq, type Node } from 'yaml';
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
  const always = neverUnlessNamed(config.settings.changes.allow).map((scope) => `#   ${JSON.stringify(Object.values(scope).flat()).slice(1, -1).replaceAll('"', '')}`);
  const own = config.settings.ownNamespaces;
  return [
    ...lines,
    ...(always.length === 0 ? [] : ['', '# Never changed either, until a line of changes.allow names it:', ...always]),
    ...(own.length === 0 ? [] : ['', '# Never changed at all, because Runova itself is there:', ...own.map((name) => `#   ${name}`)]),
    '',
  ].join('\n');
}

/** An empty list or map keeps its comment beside it. */
function onOneLine(yaml: string): string {
  return yaml.replaceAll(/:\n +(\[\]|\{\})\n +#/g, ': $1 #').replaceAll(/:\n +(\[\]|\{\})\n#/g, ': $1 #');
}

/** Maps are gone into; a list shows its origin as a whole, and each entry on one line. */
function comment(node: unknown, path: readonly string[], origins: ReadonlyMap<string, string>): void {
  if (isMap(node) && node.items.length > 0) {
    for (const pair of node.items) {
      const name = isScalar(pair.key) ? String(pair.key.value) : String(pair.key);
      comment(pair.value, [...path, name], origins);
    }
    return;
  }
  const origin = ` ${origins.get(path.join('.')) ?? DEFAULT_ORIGIN}`;
  if (isSeq(node) && node.items.length > 0) {
    for (const item of node.items) if (isMap(item) || isSeq(item)) item.flow = true;
    for (const item of node.items) (item as Node).comment = origin;
  } else if (node !== null && typeof node === 'object') {
    (node as Node).comment = origin;
  }
}
