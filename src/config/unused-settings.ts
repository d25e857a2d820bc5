import type { Config } from './config.ts';

/** What a configuration may say already, and nothing reads yet. Whoever builds one of them takes its line away. */
const UNUSED: readonly string[] = [
  'cluster.logs',
  'gitea',
  'platform',
  'autonomy.earn',
  'approval.fourEyes',
  'tell.ifThatFails',
  'tell.morning',
  'tell.unknownAlerts',
  'maintenance',
  'keep',
];

/** The settings that the file itself writes, by dotted path, and that have no effect in this version. */
export function unusedSettings({ written }: Pick<Config, 'written'>): readonly string[] {
  return UNUSED.filter((path) => written.origins.has(path));
}

/** The same as lines for people, each with its place in the file. */
export function unusedWarnings(config: Pick<Config, 'written'>): readonly string[] {
  return unusedSettings(config).map(
    (path) =>
      `${config.written.origins.get(path)}: ${path} is checked, but this version does nothing with it`,
  );
}
