import type { FieldPath, YamlDocument } from '../yaml/yaml-document.ts';
import type { Written } from './config.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * Lays what a person wrote over the defaults: maps field by field, everything else as a whole. Field names were
 * checked for hostile ones when the document was parsed.
 *
 * @param shownFile how the file is named in origins
 */
export function overlay(defaults: Fields, document: YamlDocument, shownFile: string): Written {
  const origins = new Map<string, string>();
  const merged = merge(defaults, document.value ?? {}, []);
  return { value: merged, origins };

  function merge(base: unknown, written: unknown, path: FieldPath): unknown {
    if (written === undefined) return base;
    if (!isFields(written)) {
      note(path);
      return written;
    }
    note(path);
    const under = isFields(base) ? base : {};
    const names = [...new Set([...Object.keys(under), ...Object.keys(written)])];
    return Object.fromEntries(
      names.map((name) => [name, merge(under[name], written[name], [...path, name])]),
    );
  }

  function note(path: FieldPath): void {
    const place = path.length === 0 ? undefined : document.placeOfKey(path);
    if (place !== undefined) origins.set(path.join('.'), `${shownFile}:${place.line}`);
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
