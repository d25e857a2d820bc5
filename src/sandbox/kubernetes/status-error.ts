/** Refusals in the shape of the API server: a `Status` object with reason, code and details. */

import type { Fields } from './objects.ts';
import type { ResourceType } from './resources.ts';

export interface StatusCause {
  reason?: string;
  message?: string;
  field?: string;
}

export interface StatusDetails {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  causes?: StatusCause[];
  retryAfterSeconds?: number;
}

/** A refused request. Source of texts and codes: apimachinery pkg/api/errors/errors.go. */
export class StatusError extends Error {
  readonly code: number;
  readonly reason: string;
  readonly details: StatusDetails | undefined;

  constructor(code: number, reason: string, message: string, details?: StatusDetails) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.details = details;
  }

  /** The `Status` object that the client receives. */
  body(): Fields {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: this.message,
      ...(this.reason === '' ? {} : { reason: this.reason }),
      ...(this.details === undefined ? {} : { details: this.details }),
      code: this.code,
    };
  }
}

/** `deployments.apps`, or `pods` in the core group. */
export function qualified(resource: ResourceType): string {
  return resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`;
}

function detailsOf(resource: ResourceType, name: string): StatusDetails {
  return { name, ...(resource.group === '' ? {} : { group: resource.group }), kind: resource.plural };
}

export function notFound(resource: ResourceType, name: string): StatusError {
  return new StatusError(
    404,
    'NotFound',
    `${qualified(resource)} "${name}" not found`,
    detailsOf(resource, name),
  );
}

export function alreadyExists(resource: ResourceType, name: string): StatusError {
  const text = `${qualified(resource)} "${name}" already exists`;
  return new StatusError(409, 'AlreadyExists', text, detailsOf(resource, name));
}

export function conflict(resource: ResourceType, name: string, why: string): StatusError {
  const text = `Operation cannot be fulfilled on ${qualified(resource)} "${name}": ${why}`;
  return new StatusError(409, 'Conflict', text, detailsOf(resource, name));
}

export function staleVersion(resource: ResourceType, name: string): StatusError {
  const why = 'the object has been modified; please apply your changes to the latest version and try again';
  return conflict(resource, name, why);
}

export function forbidden(resource: ResourceType, name: string, why: string): StatusError {
  const object = name === '' ? qualified(resource) : `${qualified(resource)} "${name}"`;
  return new StatusError(403, 'Forbidden', `${object} is forbidden: ${why}`, detailsOf(resource, name));
}

export function badRequest(message: string): StatusError {
  return new StatusError(400, 'BadRequest', message);
}

/** The 422 of a failed validation; each cause names its field. */
export function invalid(resource: ResourceType, name: string, causes: StatusCause[]): StatusError {
  const kind = resource.group === '' ? resource.kind : `${resource.kind}.${resource.group}`;
  const faults = causes.map((cause) => `${cause.field}: ${cause.message}`);
  const list = faults.length === 1 ? faults[0] : `[${faults.join(', ')}]`;
  const details = { ...detailsOf(resource, name), kind: resource.kind, causes };
  return new StatusError(422, 'Invalid', `${kind} "${name}" is invalid: ${list}`, details);
}

/** What the sandbox does not know, by name: never an invented answer. */
export function unknownToSandbox(what: string): StatusError {
  return new StatusError(501, 'NotImplemented', `the sandbox does not know ${what}`);
}

export function expired(message: string): StatusError {
  return new StatusError(410, 'Expired', message);
}
