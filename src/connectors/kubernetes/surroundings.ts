import type { Labels } from '../../domain/alert.ts';
import type { TargetRef } from '../../domain/target.ts';
import type { Autoscaler, ConfigChange, DisruptionBudget, PodTemplate } from '../../domain/workload.ts';
import { timeMs } from './mapping.ts';
import type {
  AutoscalerObject,
  BudgetObject,
  ExternalSecretObject,
  MetadataObject,
  VerticalAutoscalerObject,
} from './schema.ts';
import { selects } from './selector.ts';

/** KEDA pauses by these annotations (ScaledObject, "Pause autoscaling"); anything but a plain false counts as set. */
const KEDA_PAUSED = 'autoscaling.keda.sh/paused';
const KEDA_PAUSED_REPLICAS = 'autoscaling.keda.sh/paused-replicas';
const FALSE_TEXTS: ReadonlySet<string> = new Set(['false', 'f', '0']);

function pausedByKeda(annotations: Labels): boolean {
  const text = annotations[KEDA_PAUSED];
  return KEDA_PAUSED_REPLICAS in annotations || (text !== undefined && !FALSE_TEXTS.has(text.toLowerCase()));
}

function pointsAt(
  target: { readonly kind?: string | null | undefined; readonly name: string },
  ref: TargetRef,
): boolean {
  // KEDA's scaleTargetRef.kind is optional and means Deployment.
  return (target.kind ?? 'Deployment') === ref.kind && target.name === ref.name;
}

/** What scales a target by itself. */
export function autoscalersOf(
  ref: TargetRef,
  lists: {
    readonly horizontal: readonly AutoscalerObject[];
    readonly scaledObjects: readonly AutoscalerObject[];
    readonly vertical: readonly VerticalAutoscalerObject[];
  },
): readonly Autoscaler[] {
  const horizontal = lists.horizontal
    .filter(({ spec }) => pointsAt(spec.scaleTargetRef, ref))
    .map(({ metadata }): Autoscaler => {
      return { kind: 'HorizontalPodAutoscaler', name: metadata.name, acts: true, paused: false };
    });
  const scaled = lists.scaledObjects
    .filter(({ spec }) => pointsAt(spec.scaleTargetRef, ref))
    .map(({ metadata }): Autoscaler => {
      const paused = pausedByKeda(metadata.annotations ?? {});
      return { kind: 'ScaledObject', name: metadata.name, acts: true, paused };
    });
  const vertical = lists.vertical
    .filter(
      ({ spec }) => spec.targetRef !== null && spec.targetRef !== undefined && pointsAt(spec.targetRef, ref),
    )
    .map(({ metadata, spec }): Autoscaler => {
      const mode = spec.updatePolicy?.updateMode ?? 'Auto';
      const acts = mode !== 'Off' && mode !== 'Initial';
      return { kind: 'VerticalPodAutoscaler', name: metadata.name, acts, paused: false };
    });
  return [...horizontal, ...scaled, ...vertical];
}

/** The disruption budgets that cover pods with these labels. One whose status lags behind its spec allows nothing. */
export function budgetsOf(objects: readonly BudgetObject[], podLabels: Labels): readonly DisruptionBudget[] {
  return objects
    .filter(({ spec }) => selects(spec.selector, podLabels))
    .map(({ metadata, status }) => {
      const current = (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);
      return { name: metadata.name, disruptionsAllowed: current ? (status?.disruptionsAllowed ?? 0) : 0 };
    });
}

function lastWriteMs({ metadata }: MetadataObject): number {
  const times = (metadata.managedFields ?? []).map(({ time }) => timeMs(time));
  return Math.max(timeMs(metadata.creationTimestamp), ...times);
}

/**
 * When what a template mentions was last written: ConfigMaps by the times in their metadata, Secrets (which are
 * never read) by the refresh of the ExternalSecret that writes them.
 */
export function configChangesOf(
  template: PodTemplate,
  configMaps: readonly MetadataObject[],
  externalSecrets: readonly ExternalSecretObject[],
): readonly ConfigChange[] {
  const mentioned = new Set(template.configs.map(({ kind, name }) => `${kind}/${name}`));
  const maps = configMaps
    .filter(({ metadata }) => mentioned.has(`ConfigMap/${metadata.name}`))
    .map((object) => ({ kind: 'ConfigMap', name: object.metadata.name, changedAtMs: lastWriteMs(object) }));
  const secrets = externalSecrets.flatMap(({ metadata, spec, status }) => {
    const name = spec?.target?.name ?? metadata.name;
    const changedAtMs = timeMs(status?.refreshTime);
    return changedAtMs > 0 && mentioned.has(`Secret/${name}`) ? [{ kind: 'Secret', name, changedAtMs }] : [];
  });
  return [...maps, ...secrets];
}
