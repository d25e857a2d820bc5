import { existsSync } from 'node:fs';
import { CliError } from './cli-error.ts';
import { EXIT } from './exit-code.ts';

/** Where a configuration is looked for when none is named, in this order. */
export const CONFIG_PLACES = ['./runova.yaml', '/etc/runova/runova.yaml'] as const;

/** The file that was named, else the first that exists; undefined when there is none. */
export function findConfig(named: string | undefined): string | undefined {
  return named ?? CONFIG_PLACES.find((place) => existsSync(place));
}

export function needConfig(named: string | undefined): string {
  const found = findConfig(named);
  if (found !== undefined) return found;
  throw new CliError({
    what: 'configuration',
    why: `there is neither ${CONFIG_PLACES.join(' nor ')}`,
    hint: 'runova demo needs none; else --config FILE. Two lines are enough: cluster.alerts.url and cluster.metrics.url',
    exit: EXIT.usage,
  });
}
