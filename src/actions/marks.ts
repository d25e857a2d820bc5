import { fieldManager, OPERATION_ANNOTATION, type Operation } from '../domain/operation.ts';
import type { Mark } from '../domain/step/operation.ts';
import type { TargetView } from '../domain/workload.ts';

/** The object is gone or another one has its name: whatever was done to it, nobody can tell any more. */
function replaced(operation: Operation, view: TargetView): Mark | undefined {
  return view.workload.uid === operation.plan.uid
    ? undefined
    : { kind: 'other', read: 'the object was replaced since it was planned' };
}

function otherwise(operation: Operation, view: TargetView): Mark {
  return view.workload.generation === operation.plan.generation
    ? {
        kind: 'unchanged',
        read: `it is as planned (generation ${operation.plan.generation}), without our mark`,
      }
    : {
        kind: 'other',
        read: `it changed (generation ${operation.plan.generation} → ${view.workload.generation}), and not by our mark`,
      };
}

/** Mark of a scale: the managedFields entry of our manager for the `scale` subresource. */
export function managerMark(operation: Operation, view: TargetView): Mark {
  const gone = replaced(operation, view);
  if (gone !== undefined) return gone;
  const manager = fieldManager(operation.id);
  const found = view.workload.managers.some((one) => one.manager === manager && one.subresource === 'scale');
  return found
    ? { kind: 'ours', read: `our mark (field manager ${manager}) is on it` }
    : otherwise(operation, view);
}

/** Mark of restarts and roll backs: the annotation on the pod template, of the owner or of one of its ReplicaSets. */
export function templateMark(operation: Operation, view: TargetView): Mark {
  const gone = replaced(operation, view);
  if (gone !== undefined) return gone;
  const templates = [view.workload.template, ...view.revisions.map((revision) => revision.template)];
  const found = templates.some((template) => template.annotations[OPERATION_ANNOTATION] === operation.id);
  return found
    ? { kind: 'ours', read: `our mark (${OPERATION_ANNOTATION}) is on it` }
    : otherwise(operation, view);
}

const MANAGER = /^runova-([0-9a-f-]{36})$/;

/** Ids of operations of ours that wrote `spec.replicas` as it is now. */
export function replicaMarks(view: TargetView): readonly string[] {
  return view.workload.managers
    .filter(({ subresource }) => subresource === 'scale')
    .flatMap(({ manager }) => MANAGER.exec(manager)?.[1] ?? []);
}

/** Ids of all operations whose marks are on the target, for the guard *known history*. */
export function marksOn(view: TargetView): readonly string[] {
  const managers = view.workload.managers.flatMap(({ manager }) => MANAGER.exec(manager)?.[1] ?? []);
  const annotations = [
    view.workload.template,
    ...view.revisions.map((revision) => revision.template),
  ].flatMap((template) => template.annotations[OPERATION_ANNOTATION] ?? []);
  return [...new Set([...managers, ...annotations])];
}
