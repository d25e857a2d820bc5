/** The typed thing that is changed. Always the owner (a Deployment), never a pod that it owns. */
export interface TargetRef {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** The name that holds, cooldowns and history go by: a recreated object is the same target. */
export function targetKey(ref: TargetRef): string {
  return `${ref.kind}/${ref.namespace}/${ref.name}`;
}

/** As people write it: `shop/checkout`. */
export function targetName(ref: TargetRef): string {
  return ref.namespace === '' ? ref.name : `${ref.namespace}/${ref.name}`;
}

/** Kubernetes' longest object name (RFC 1123 subdomain; apimachinery `validation.DNS1123SubdomainMaxLength`). */
const NAME_LENGTH_MAX = 253;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const NAMESPACE = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** True for what Kubernetes accepts as an object name: nothing else may ever reach a request path. */
export function isObjectName(text: string): boolean {
  return text.length <= NAME_LENGTH_MAX && SUBDOMAIN.test(text);
}

export function isNamespaceName(text: string): boolean {
  return NAMESPACE.test(text);
}
