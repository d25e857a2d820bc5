import type { z } from 'zod';
import type { Labels } from '../../domain/alert.ts';
import type { ContainerShape, PodTemplate } from '../../domain/workload.ts';
import { quantity } from './quantity.ts';
import { templateSchema } from './schema.ts';

type Raw = Readonly<Record<string, unknown>>;
type Template = z.infer<typeof templateSchema>;
type Container = Template['spec']['containers'][number];
type Config = PodTemplate['configs'][number];

/** The Deployment controller's own label on ReplicaSets and pods; never part of what a person wrote. */
const HASH_LABEL = 'pod-template-hash';

function shapeOf(container: Container): ContainerShape {
  const limit = container.resources?.limits?.['memory'];
  const bytes = limit === undefined ? undefined : quantity(limit);
  return {
    name: container.name,
    image: container.image ?? '',
    ...(bytes === undefined ? {} : { memoryLimitBytes: bytes }),
  };
}

function configsOfContainer(container: Container): readonly Config[] {
  const maps = [
    ...(container.env ?? []).map(({ valueFrom }) => valueFrom?.configMapKeyRef?.name),
    ...(container.envFrom ?? []).map(({ configMapRef }) => configMapRef?.name),
  ];
  const secrets = [
    ...(container.env ?? []).map(({ valueFrom }) => valueFrom?.secretKeyRef?.name),
    ...(container.envFrom ?? []).map(({ secretRef }) => secretRef?.name),
  ];
  return [...named('ConfigMap', maps), ...named('Secret', secrets)];
}

function configsOfVolumes(template: Template): readonly Config[] {
  return (template.spec.volumes ?? []).flatMap(({ configMap, secret, projected }) => {
    const sources = projected?.sources ?? [];
    return [
      ...named('ConfigMap', [configMap?.name, ...sources.map((source) => source.configMap?.name)]),
      ...named('Secret', [secret?.secretName, ...sources.map((source) => source.secret?.name)]),
    ];
  });
}

function named(kind: Config['kind'], names: readonly (string | null | undefined)[]): readonly Config[] {
  return names.flatMap((name) =>
    name === undefined || name === null || name === '' ? [] : [{ kind, name }],
  );
}

function unique(configs: readonly Config[]): readonly Config[] {
  return [...new Map(configs.map((config) => [`${config.kind}/${config.name}`, config])).values()];
}

/** A template as the API server wrote it, with the few facts about it that are asked for. Throws `ZodError` for no template. */
export function podTemplate(raw: Raw): PodTemplate {
  const template = templateSchema.parse(raw);
  const containers = [...template.spec.containers, ...(template.spec.initContainers ?? [])];
  return {
    raw,
    annotations: template.metadata?.annotations ?? {},
    containers: template.spec.containers.map(shapeOf),
    configs: unique([...containers.flatMap(configsOfContainer), ...configsOfVolumes(template)]),
  };
}

function recordAt(raw: Raw, key: string): Raw {
  const value = raw[key];
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Raw) : {};
}

/** The labels that pods of a template get. */
export function podLabels(raw: Raw): Labels {
  return templateSchema.parse(raw).metadata?.labels ?? {};
}

/** A ReplicaSet's template as a Deployment's: without the controller's label, with `annotations` set on top. */
export function deployable(raw: Raw, annotations: Readonly<Record<string, string>>): Raw {
  const metadata = recordAt(raw, 'metadata');
  const { [HASH_LABEL]: _hash, ...labels } = recordAt(metadata, 'labels');
  return {
    ...raw,
    metadata: { ...metadata, labels, annotations: { ...recordAt(metadata, 'annotations'), ...annotations } },
  };
}

/** A pod as the controllers would create it from a template, but owned by nothing: to be asked about, never kept. */
export function podFrom(raw: Raw, namePrefix: string, namespace: string): Raw {
  const template = deployable(raw, {});
  const metadata = recordAt(template, 'metadata');
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: namePrefix,
      namespace,
      labels: metadata['labels'],
      annotations: metadata['annotations'],
    },
    spec: template['spec'],
  };
}
