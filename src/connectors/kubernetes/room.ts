import type { NodeRoom, Resources, Room } from '../../domain/room.ts';
import { quantity } from './quantity.ts';
import { podSpecSchema } from './room-schema.ts';
import type { PlacedPodObject, PodSpecObject, RoomyNodeObject } from './room-schema.ts';

type Amounts = Readonly<Record<string, string | number>> | null | undefined;
type Container = NonNullable<PodSpecObject['containers']>[number];
type Taint = NonNullable<NonNullable<RoomyNodeObject['spec']>['taints']>[number];

const INSTANCE_TYPE = 'node.kubernetes.io/instance-type';
const NONE: Resources = { cpuMillis: 0, memoryBytes: 0, pods: 0 };

/** Throws for an amount that cannot be read: a wrong sum would let in what does not fit. */
function amount(amounts: Amounts, name: string): number | undefined {
  const text = amounts?.[name];
  if (text === undefined) return undefined;
  const value = quantity(text);
  if (value === undefined) throw new Error(`"${text}" is no amount of ${name}`);
  return value;
}

function amountsOf(read: (name: string) => number): Resources {
  return { cpuMillis: Math.round(read('cpu') * 1_000), memoryBytes: Math.ceil(read('memory')), pods: 0 };
}

/** Without a request the limit counts, as the API server fills it in. */
function asked({ resources }: Pick<Container, 'resources'>): Resources {
  return amountsOf((name) => amount(resources?.requests, name) ?? amount(resources?.limits, name) ?? 0);
}

const sum = (a: Resources, b: Resources): Resources => ({
  cpuMillis: a.cpuMillis + b.cpuMillis,
  memoryBytes: a.memoryBytes + b.memoryBytes,
  pods: a.pods + b.pods,
});

const larger = (a: Resources, b: Resources): Resources => ({
  cpuMillis: Math.max(a.cpuMillis, b.cpuMillis),
  memoryBytes: Math.max(a.memoryBytes, b.memoryBytes),
  pods: Math.max(a.pods, b.pods),
});

/**
 * What a pod asks of its node, as the scheduler counts it (kubernetes.io, "Resource sharing within containers" and
 * "Sidecar containers"): all containers and sidecars together, or the largest moment of the start, plus the overhead.
 */
export function requestsOf(spec: PodSpecObject): Resources {
  let sidecars = NONE;
  let starting = NONE;
  for (const container of spec.initContainers ?? []) {
    if (container.restartPolicy === 'Always') sidecars = sum(sidecars, asked(container));
    const now = container.restartPolicy === 'Always' ? sidecars : sum(sidecars, asked(container));
    starting = larger(starting, now);
  }
  const running = (spec.containers ?? []).map(asked).reduce(sum, sidecars);
  const whole = larger(larger(running, starting), asked(spec));
  return {
    ...sum(
      whole,
      amountsOf((name) => amount(spec.overhead, name) ?? 0),
    ),
    pods: 1,
  };
}

function tolerates({ tolerations }: PodSpecObject, taint: Taint): boolean {
  return (tolerations ?? []).some(
    ({ key, operator, value, effect }) =>
      ((effect ?? '') === '' || effect === taint.effect) &&
      ((key ?? '') === '' || key === taint.key) &&
      (operator === 'Exists' || ((key ?? '') !== '' && (value ?? '') === (taint.value ?? ''))),
  );
}

type Term = NonNullable<
  NonNullable<
    NonNullable<
      NonNullable<PodSpecObject['affinity']>['nodeAffinity']
    >['requiredDuringSchedulingIgnoredDuringExecution']
  >['nodeSelectorTerms']
>[number];

/** An operator or a field that is not known here is not met: too little room is counted rather than too much. */
function meetsTerm(
  { matchExpressions, matchFields }: Term,
  labels: Readonly<Record<string, string>>,
): boolean {
  if ((matchFields ?? []).length > 0) return false;
  return (matchExpressions ?? []).every(({ key, operator, values }) => {
    const value = labels[key];
    switch (operator) {
      case 'In':
        return value !== undefined && (values ?? []).includes(value);
      case 'NotIn':
        return value === undefined || !(values ?? []).includes(value);
      case 'Exists':
        return value !== undefined;
      case 'DoesNotExist':
        return value === undefined;
      default:
        return false;
    }
  });
}

function takes({ metadata, spec, status }: RoomyNodeObject, pod: PodSpecObject): boolean {
  const labels = metadata.labels ?? {};
  const terms = pod.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  return (
    (status.conditions ?? []).some((one) => one.type === 'Ready' && one.status === 'True') &&
    spec?.unschedulable !== true &&
    (spec?.taints ?? []).every((taint) => taint.effect === 'PreferNoSchedule' || tolerates(pod, taint)) &&
    Object.entries(pod.nodeSelector ?? {}).every(([key, value]) => labels[key] === value) &&
    (terms === undefined || terms === null || terms.some((term) => meetsTerm(term, labels)))
  );
}

/** A pod that has ended gives its room back; one that is going still has it. */
function occupies({ spec, status }: PlacedPodObject): boolean {
  return (spec.nodeName ?? '') !== '' && status?.phase !== 'Succeeded' && status?.phase !== 'Failed';
}

function allocatableOf({ metadata, status }: RoomyNodeObject): Resources {
  const read = (name: string): number => {
    const value = amount(status.allocatable, name);
    if (value === undefined) throw new Error(`node ${metadata.name} does not say how much ${name} it has`);
    return value;
  };
  return { ...amountsOf(read), pods: read('pods') };
}

/**
 * The room of a cluster for pods of a template. Not counted: affinity between pods, topology spread, volumes bound to
 * a zone, and resources other than cpu, memory and the number of pods.
 *
 * @throws when a template or an amount cannot be read.
 */
export function roomFrom(
  nodes: readonly RoomyNodeObject[],
  pods: readonly PlacedPodObject[],
  template: { readonly raw: Readonly<Record<string, unknown>>; readonly surge: number },
): Room {
  const spec = podSpecSchema.parse(template.raw['spec']);
  const used = new Map<string, Resources>();
  for (const pod of pods.filter(occupies)) {
    const node = pod.spec.nodeName ?? '';
    used.set(node, sum(used.get(node) ?? NONE, requestsOf(pod.spec)));
  }
  return {
    nodes: nodes.map((node): NodeRoom => {
      const allocatable = allocatableOf(node);
      const taken = used.get(node.metadata.name) ?? NONE;
      return {
        name: node.metadata.name,
        instanceType: node.metadata.labels?.[INSTANCE_TYPE] ?? '',
        takes: takes(node, spec),
        allocatable,
        free: {
          cpuMillis: allocatable.cpuMillis - taken.cpuMillis,
          memoryBytes: allocatable.memoryBytes - taken.memoryBytes,
          pods: allocatable.pods - taken.pods,
        },
      };
    }),
    pod: requestsOf(spec),
    surge: template.surge,
  };
}
