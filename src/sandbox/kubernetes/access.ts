/** Who may do what: tokens to users, and role rules per user. Source: kubernetes.io "Using RBAC Authorization". */

import type { ResourceType } from './resources.ts';
import { forbidden, StatusError } from './status-error.ts';

export interface AccessRule {
  apiGroups: readonly string[];
  /** Plural names, with subresources as `deployments/scale`; `*` means all. */
  resources: readonly string[];
  verbs: readonly string[];
  /** Without them the rule holds in every namespace and for the cluster, as a ClusterRoleBinding does. */
  namespaces?: readonly string[];
  resourceNames?: readonly string[];
}

export interface ApiUser {
  name: string;
  token: string;
  rules: readonly AccessRule[];
  groups?: readonly string[];
}

export interface Attributes {
  verb: string;
  type: Pick<ResourceType, 'group' | 'plural'>;
  subresource: string;
  namespace: string;
  name: string;
}

/** The users of the server by their bearer tokens. */
export class Access {
  readonly #users: ApiUser[];

  constructor(users: readonly ApiUser[]) {
    this.#users = [...users];
  }

  /** Adds a user, or replaces the one of the same name (a rotated token, other rights). */
  set(user: ApiUser): void {
    const index = this.#users.findIndex((candidate) => candidate.name === user.name);
    if (index === -1) this.#users.push(user);
    else this.#users[index] = user;
  }

  named(name: string): ApiUser | undefined {
    return this.#users.find((user) => user.name === name);
  }

  /** The user of an `Authorization` header. Throws 401 for none and for a token that nobody has. */
  authenticate(authorization: string | undefined): ApiUser {
    const token = /^Bearer (.+)$/i.exec(authorization ?? '')?.[1];
    const user = this.#users.find((candidate) => candidate.token === token);
    if (user === undefined) throw new StatusError(401, 'Unauthorized', 'Unauthorized');
    return user;
  }

  allows(user: ApiUser, asked: Attributes): boolean {
    return user.rules.some((rule) => covers(rule, asked));
  }

  /** Throws 403 in the words of the API server. */
  authorize(user: ApiUser, asked: Attributes, type: ResourceType): void {
    if (this.allows(user, asked)) return;
    const resource = asked.subresource === '' ? type.plural : `${type.plural}/${asked.subresource}`;
    const where = asked.namespace === '' ? 'at the cluster scope' : `in the namespace "${asked.namespace}"`;
    const why = `User "${user.name}" cannot ${asked.verb} resource "${resource}" in API group "${type.group}" ${where}`;
    throw forbidden(type, asked.name, why);
  }
}

function covers(rule: AccessRule, asked: Attributes): boolean {
  const resource = asked.subresource === '' ? asked.type.plural : `${asked.type.plural}/${asked.subresource}`;
  const anyOf = (list: readonly string[], value: string): boolean =>
    list.includes('*') || list.includes(value);
  if (!anyOf(rule.verbs, asked.verb) || !anyOf(rule.apiGroups, asked.type.group)) return false;
  if (!anyOf(rule.resources, resource) && !rule.resources.includes(`*/${asked.subresource}`)) return false;
  if (rule.namespaces !== undefined && !rule.namespaces.includes(asked.namespace)) return false;
  return rule.resourceNames === undefined || rule.resourceNames.includes(asked.name);
}
