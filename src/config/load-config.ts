import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { checkShape } from '../yaml/check-shape.ts';
import { formatProblem, type Problem } from '../yaml/problem.ts';
import { FILE_BYTES_MAX, parseYaml, wholeFile, type YamlDocument } from '../yaml/yaml-document.ts';
import { configSchema } from './config-schema.ts';
import type { Config } from './config.ts';
import { crossCheck } from './cross-check.ts';
import { DEFAULT_BUDGET, DEFAULT_CONFIG } from './default-config.ts';
import { overlay } from './overlay.ts';
import { toConfig } from './to-config.ts';

export { formatProblem, type Problem };

export type LoadedConfig =
  | { readonly kind: 'loaded'; readonly config: Config }
  /** At least one, in the order of lines. */
  | { readonly kind: 'invalid'; readonly problems: readonly Problem[] };

/** Where Kubernetes tells a pod its namespace (kubernetes.io, "Accessing the API from within a Pod"). */
const NAMESPACE_FILE = '/var/run/secrets/kubernetes.io/serviceaccount/namespace';

/**
 * Reads a configuration file. No environment variable is looked at and no secret is read; the one other file that
 * is read is the one in which Kubernetes tells a pod its namespace.
 */
export async function loadConfig(
  file: string,
  namespaceFile: string = NAMESPACE_FILE,
): Promise<LoadedConfig> {
  const [text, namespace] = await Promise.all([readConfigFile(file), readNamespace(namespaceFile)]);
  if (typeof text !== 'string') return { kind: 'invalid', problems: [text] };
  return readConfig({ file, text, ...(namespace === undefined ? {} : { namespace }) });
}

export interface ConfigSource {
  readonly file: string;
  readonly text: string;
  /** The namespace that Runova itself runs in. */
  readonly namespace?: string;
}

/** The same for a text that is already read: pure. */
export function readConfig({ file, text, namespace }: ConfigSource): LoadedConfig {
  const parsed = parseYaml(file, text);
  if (parsed.kind === 'invalid') return parsed;
  const { document } = parsed;
  const { value, origins } = overlay(defaultsFor(document), document, basename(file));
  const checked = checkShape(document, configSchema, value);
  const interpolated = environmentProblems(document);
  if (checked.kind === 'invalid')
    return { kind: 'invalid', problems: [...interpolated, ...checked.problems] };
  const problems = [...interpolated, ...crossCheck(document, checked.value)];
  if (problems.length > 0) return { kind: 'invalid', problems };
  const folder = dirname(resolve(file));
  return {
    kind: 'loaded',
    config: toConfig(checked.value, {
      file,
      folder,
      written: { value, origins },
      ...(namespace === undefined ? {} : { namespace }),
    }),
  };
}

/** Two defaults depend on what is written: those of the budget, and the one of `approval.expires`. */
function defaultsFor(document: YamlDocument): Readonly<Record<string, unknown>> {
  const expires = document.texts().find(({ path }) => path.join('.') === 'timings.approval')?.text;
  return {
    ...DEFAULT_CONFIG,
    ...(document.has(['budget']) ? { budget: DEFAULT_BUDGET } : {}),
    ...(expires === undefined ? {} : { approval: { ...DEFAULT_CONFIG.approval, expires } }),
  };
}

async function readConfigFile(file: string): Promise<string | Problem> {
  try {
    const { size } = await stat(file);
    if (size > FILE_BYTES_MAX)
      return wholeFile(
        file,
        'larger than 256 KiB',
        'this is probably another file: name the configuration of Runova',
      );
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file));
  } catch (error) {
    if (error instanceof TypeError) return wholeFile(file, 'is not text', 'save it as UTF-8');
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return wholeFile(
      file,
      `cannot be read (${code})`,
      'name the configuration file; the smallest one has cluster.alerts.url and cluster.metrics.url',
    );
  }
}

async function readNamespace(file: string): Promise<string | undefined> {
  try {
    const text = (await readFile(file, 'utf8')).trim();
    return text === '' ? undefined : text;
  } catch {
    return undefined; // Not in a pod.
  }
}

/** Another program's habit: better refused than taken for a literal text. */
function environmentProblems(document: YamlDocument): readonly Problem[] {
  return document.texts().flatMap(({ path, text }) =>
    /\$\{?[A-Za-z_]\w*\}?/.test(text)
      ? [
          {
            file: document.file,
            at: document.placeOf(path),
            field: path.join('.'),
            message: 'environment variables are not read here',
            remedy: 'write the value itself; a secret goes into a file that tokenFile names',
          },
        ]
      : [],
  );
}
