/**
 * What an experienced engineer would let a program do about an alert. They are tried in this order: the most careful
 * class that fits wins.
 */
export const ALERT_CLASSES = [
  /** Possible compromise: nothing is changed, evidence is preserved, a person decides. */
  'security',
  /** Data may be lost, or a wrong step would lose it: quorum, corruption, backups, split brain. */
  'data-recovery',
  /** The platform itself has to change: nodes, control plane, networks, limits that cost money. */
  'infrastructure-change',
  /** A person is needed, for any other reason. */
  'escalate',
  /** Nothing is broken: recorded, nobody is woken. */
  'informational',
  /** The cause decides; looking is all that is safe before it is known. Also everything unknown. */
  'diagnose-only',
  /** One bounded, repeatable remedy is known. Guards and diagnosis still stand between it and any change. */
  'automatic',
] as const;
export type AlertClass = (typeof ALERT_CLASSES)[number];

/** The first change that an unattended system may make. */
export const REMEDIES = [
  'restart',
  'scale-up',
  'rollback',
  'renew',
  'expand-volume',
  'reconcile',
  'failover',
  'cleanup',
  'cordon',
] as const;
export type Remedy = (typeof REMEDIES)[number];

/** What an alert may be about: kinds of Kubernetes, and parts of a platform that are more than one object. */
export const TARGET_KINDS_OF_ALERTS = [
  'Pod',
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'Job',
  'HorizontalPodAutoscaler',
  'PersistentVolumeClaim',
  'Node',
  'Certificate',
  'Secret',
  'Flux',
  'Backup',
  'Postgres',
  'Redis',
  'Kafka',
  'MongoDB',
  'Etcd',
  'ApiServer',
  'Gateway',
  'Gitea',
  'Prometheus',
  'Alertmanager',
  'Loki',
  'Mimir',
  'Other',
] as const;
export type AlertTargetKind = (typeof TARGET_KINDS_OF_ALERTS)[number];

/** What a person looks at and tries, in this order. `$namespace`, `$name` and `$pod` are filled in where known. */
export interface Advice {
  readonly look: readonly string[];
  readonly try: readonly string[];
}

/** Any of these terms. Empty and absent are the same: nothing is asked. */
export interface Terms {
  /** Words of the alert's name (`words.ts`). */
  readonly name?: readonly string[];
  /** Names of metrics in the rule's query: `kube_pod_*`, `*_errors_total`. */
  readonly metric?: readonly string[];
  /** What the rule's selectors ask for: `job=gitea*`, or `gitea*` in any label. */
  readonly selector?: readonly string[];
  /** Functions of the rule's query: `absent`, `predict_linear`. */
  readonly call?: readonly string[];
  /** Names of labels that the alert has. */
  readonly label?: readonly string[];
  readonly severity?: readonly string[];
}

/** One part of a platform that alerts are about. */
export interface Component {
  readonly name: string;
  readonly kind: AlertTargetKind;
  readonly traits: readonly string[];
  /** Wherever its words stand in a name; of the others the one whose words stand first is meant. */
  readonly leads: boolean;
  /** Any term of any field. */
  readonly known: Terms;
  readonly advice: Advice;
}

/** Narrower than `Terms`: which component, and with which traits. */
export interface RuleTerms extends Terms {
  readonly component?: readonly string[];
  readonly trait?: readonly string[];
}

export interface CatalogueRule {
  readonly name: string;
  readonly class: AlertClass;
  readonly remedy?: Remedy;
  /** The kind that it is about, where that is not its component's. */
  readonly kind?: AlertTargetKind;
  /** Every field must hold, each by any of its terms. */
  readonly when: RuleTerms;
  /** None of these may hold. */
  readonly unless: RuleTerms;
  readonly why: string;
  readonly advice: Advice;
}

/** Another name under which an alert of the runbook is known. */
export interface Alias {
  /** The name in the runbook. */
  readonly alert: string;
  /** Exact names, this one included. */
  readonly names: readonly string[];
  readonly component: string;
  readonly kind: AlertTargetKind;
  readonly class: AlertClass;
  readonly remedy?: Remedy;
  readonly why: string;
  readonly advice: Advice;
}

/** Knows nothing: every alert without a playbook is simply unknown. */
export const EMPTY_CATALOGUE: Catalogue = { aliases: [], components: [], rules: [] };

export interface Catalogue {
  readonly aliases: readonly Alias[];
  readonly components: readonly Component[];
  readonly rules: readonly CatalogueRule[];
}
