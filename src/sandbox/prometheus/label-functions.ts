import { withLabels } from './labels.ts';
import { QueryError } from './query-error.ts';
import { anchoredRegex, expandReplacement } from './regex.ts';
import type { Sample } from './value.ts';

const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** label_replace: sets the destination where the whole source value matches. Throws an execution `QueryError`. */
export function replaceLabel(
  samples: readonly Sample[],
  change: { destination: string; replacement: string; source: string; pattern: string },
): Sample[] {
  const pattern = compiled(change.pattern);
  if (!LABEL_NAME.test(change.destination)) {
    throw new QueryError(
      'execution',
      `invalid destination label name in label_replace(): ${change.destination}`,
    );
  }
  return samples.map((sample) => {
    const match = pattern.exec(sample.labels.get(change.source) ?? '');
    if (match === null) return sample;
    const value = expandReplacement(change.replacement, match);
    return { labels: withLabels(sample.labels, [[change.destination, value]]), value: sample.value };
  });
}

/** label_join: sets the destination to the source values, separated. Throws an execution `QueryError`. */
export function joinLabels(
  samples: readonly Sample[],
  change: { destination: string; separator: string; sources: readonly string[] },
): Sample[] {
  const wrong = change.sources.find((source) => !LABEL_NAME.test(source));
  if (wrong !== undefined)
    throw new QueryError('execution', `invalid source label name in label_join(): ${wrong}`);
  if (!LABEL_NAME.test(change.destination)) {
    throw new QueryError(
      'execution',
      `invalid destination label name in label_join(): ${change.destination}`,
    );
  }
  return samples.map((sample) => {
    const value = change.sources.map((source) => sample.labels.get(source) ?? '').join(change.separator);
    return { labels: withLabels(sample.labels, [[change.destination, value]]), value: sample.value };
  });
}

function compiled(pattern: string): RegExp {
  try {
    return anchoredRegex(pattern);
  } catch {
    throw new QueryError('execution', `invalid regular expression in label_replace(): ${pattern}`);
  }
}
