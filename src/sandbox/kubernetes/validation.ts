/** What the API server refuses with 422. Source: kubernetes pkg/apis/{core,apps}/validation/validation.go. */

import { sameJson } from './json.ts';
import { isFields } from './objects.ts';
import type { Container, Fields, KubeObject } from './objects.ts';
import { parseQuantity, quantity } from './quantity.ts';
import type { ResourceType } from './resources.ts';
import { selects } from './selectors.ts';
import { invalid } from './status-error.ts';
import type { StatusCause } from './status-error.ts';

const DNS_NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;
const LABEL_KEY = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;
const MOST_ANNOTATION_BYTES = 256 * 1024;

/** Checks an object as it would be stored. Throws 422 with a cause per fault. */
export function validate(type: ResourceType, object: KubeObject, before: KubeObject | undefined): void {
  const causes = [...metadataFaults(object), ...(RULES[object.kind]?.(object, before) ?? [])];
  if (causes.length > 0) throw invalid(type, object.metadata.name, causes);
}

type Rule = (object: KubeObject, before: KubeObject | undefined) => StatusCause[];

const RULES: Record<string, Rule> = {
  Pod: podFaults,
  Deployment: workloadFaults,
  ReplicaSet: workloadFaults,
  StatefulSet: workloadFaults,
};

function fault(reason: string, field: string, message: string): StatusCause {
  return { reason, field, message };
}

function required(field: string): StatusCause {
  return fault('FieldValueRequired', field, 'Required value');
}

function wrong(field: string, value: unknown, why: string): StatusCause {
  return fault('FieldValueInvalid', field, `Invalid value: ${JSON.stringify(value)}: ${why}`);
}

function forbiddenField(field: string, why: string): StatusCause {
  return fault('FieldValueForbidden', field, `Forbidden: ${why}`);
}

function metadataFaults({ metadata }: KubeObject): StatusCause[] {
  const { name, labels = {}, annotations = {} } = metadata;
  const faults: StatusCause[] = [];
  if (!DNS_NAME.test(name))
    faults.push(
      wrong(
        'metadata.name',
        name,
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.'",
      ),
    );
  for (const [key, value] of Object.entries(labels)) {
    if (!LABEL_KEY.test(key))
      faults.push(wrong('metadata.labels', key, 'name part must consist of alphanumeric characters'));
    if (!LABEL_VALUE.test(value))
      faults.push(
        wrong(
          'metadata.labels',
          value,
          'a valid label must be an empty string or consist of alphanumeric characters',
        ),
      );
  }
  for (const [key, value] of Object.entries(annotations)) {
    if (!LABEL_KEY.test(key.toLowerCase()))
      faults.push(wrong('metadata.annotations', key, 'name part must consist of alphanumeric characters'));
    if (typeof value !== 'string') faults.push(wrong('metadata.annotations', value, 'must be a string'));
  }
  if (JSON.stringify(annotations).length > MOST_ANNOTATION_BYTES) {
    faults.push(
      fault('FieldValueTooLong', 'metadata.annotations', 'Too long: may not be more than 262144 bytes'),
    );
  }
  return faults;
}

function podFaults(object: KubeObject, before: KubeObject | undefined): StatusCause[] {
  const spec = asFields(object['spec']);
  const faults = containerFaults(spec, 'spec');
  if (before === undefined || sameJson(fixedPart(spec), fixedPart(asFields(before['spec'])))) return faults;
  const allowed =
    'pod updates may not change fields other than `spec.containers[*].image`, `spec.initContainers[*].image`, `spec.activeDeadlineSeconds`, `spec.tolerations` (only additions to existing tolerations), `spec.terminationGracePeriodSeconds`';
  return [...faults, forbiddenField('spec', allowed)];
}

function fixedPart(spec: Fields): Fields {
  const { tolerations: _added, activeDeadlineSeconds: _deadline, containers, ...rest } = spec;
  const list = Array.isArray(containers) ? containers.map((item) => ({ ...asFields(item), image: '' })) : [];
  return { ...rest, containers: list };
}

function workloadFaults(object: KubeObject, before: KubeObject | undefined): StatusCause[] {
  const spec = asFields(object['spec']);
  const template = asFields(spec['template']);
  const labels = asFields(asFields(template['metadata'])['labels']) as Record<string, string>;
  const faults: StatusCause[] = [];
  if (!isFields(spec['selector'])) faults.push(required('spec.selector'));
  else if (!selects(spec['selector'], labels)) {
    faults.push(
      wrong('spec.template.metadata.labels', labels, '`selector` does not match template `labels`'),
    );
  }
  if (!Number.isInteger(spec['replicas']) || Number(spec['replicas']) < 0) {
    faults.push(wrong('spec.replicas', spec['replicas'], 'must be greater than or equal to 0'));
  }
  if (before !== undefined && !sameJson(asFields(before['spec'])['selector'], spec['selector'])) {
    faults.push(wrong('spec.selector', spec['selector'], 'field is immutable'));
  }
  const inner = asFields(template['spec']);
  if (inner['restartPolicy'] !== undefined && inner['restartPolicy'] !== 'Always') {
    faults.push(
      fault(
        'FieldValueNotSupported',
        'spec.template.spec.restartPolicy',
        `Unsupported value: ${JSON.stringify(inner['restartPolicy'])}: supported values: "Always"`,
      ),
    );
  }
  return [...faults, ...strategyFaults(spec), ...containerFaults(inner, 'spec.template.spec')];
}

function strategyFaults(spec: Fields): StatusCause[] {
  const rolling = asFields(asFields(spec['strategy'])['rollingUpdate']);
  const none = (value: unknown): boolean => value === 0 || value === '0%';
  if (!none(rolling['maxSurge']) || !none(rolling['maxUnavailable'])) return [];
  return [wrong('spec.strategy.rollingUpdate.maxUnavailable', 0, 'may not be 0 when `maxSurge` is 0')];
}

function containerFaults(spec: Fields, at: string): StatusCause[] {
  const containers = spec['containers'];
  if (!Array.isArray(containers) || containers.length === 0) return [required(`${at}.containers`)];
  const seen = new Set<string>();
  return containers.flatMap((item: unknown, index) => {
    const field = `${at}.containers[${index}]`;
    const container = asFields(item) as Container;
    const name = container.name ?? '';
    const twice = seen.has(name)
      ? [fault('FieldValueDuplicate', `${field}.name`, `Duplicate value: ${JSON.stringify(name)}`)]
      : [];
    seen.add(name);
    return [
      ...twice,
      ...(name === '' ? [required(`${field}.name`)] : []),
      ...(container.image === undefined || container.image === '' ? [required(`${field}.image`)] : []),
      ...resourceFaults(container, `${field}.resources`),
    ];
  });
}

function resourceFaults(container: Container, field: string): StatusCause[] {
  const { limits = {}, requests = {} } = container.resources ?? {};
  const malformed = Object.entries({ ...limits, ...requests })
    .filter(([, amount]) => parseQuantity(amount) === undefined)
    .map(([name, amount]) =>
      wrong(`${field}.limits[${name}]`, amount, 'quantities must match the regular expression'),
    );
  const above = Object.entries(requests).filter(([name, amount]) => {
    const limit = limits[name];
    return limit !== undefined && quantity(amount) > quantity(limit);
  });
  return [
    ...malformed,
    ...above.map(([name, amount]) =>
      wrong(`${field}.requests`, amount, `must be less than or equal to ${name} limit of ${limits[name]}`),
    ),
  ];
}

function asFields(value: unknown): Fields {
  return isFields(value) ? value : {};
}
