import type { Alert, LabelSet } from './alert.ts';
import type { InhibitRule } from './config.ts';
import { matchesAll } from './label-matcher.ts';
import type { Silences } from './silences.ts';

/** What keeps an alert from being notified. */
export interface MuteState {
  /** Ids of silences. */
  readonly silencedBy: readonly string[];
  /** Fingerprints of alerts. */
  readonly inhibitedBy: readonly string[];
}

/** Says who mutes an alert with these labels now; `firing` are the alerts that have not ended. */
export function muteState(
  labels: LabelSet,
  now: { rules: readonly InhibitRule[]; silences: Silences; firing: readonly Alert[]; atMs: number },
): MuteState {
  const inhibitedBy = now.rules.flatMap((rule) => inhibitor(rule, labels, now.firing)?.fingerprint ?? []);
  return { silencedBy: now.silences.muting(labels, now.atMs), inhibitedBy: inhibitedBy.slice(0, 1) };
}

/** The alert that inhibits by this rule. One that is source and target alike is not muted by its like. */
function inhibitor(rule: InhibitRule, labels: LabelSet, firing: readonly Alert[]): Alert | undefined {
  if (!matchesAll(rule.target, labels)) return undefined;
  const isSourceToo = matchesAll(rule.source, labels);
  return firing.find(
    (alert) =>
      matchesAll(rule.source, alert.labels) &&
      rule.equal.every((name) => (alert.labels.get(name) ?? '') === (labels.get(name) ?? '')) &&
      !(isSourceToo && matchesAll(rule.target, alert.labels)),
  );
}
