import type { Alert } from './alert.ts';
import { labelSet } from './alert.ts';
import { fingerprint } from './fingerprint.ts';
import type { PostedSilence } from './silences.ts';

/** A request that is answered with an error: `body` is sent as JSON. */
export class Refusal extends Error {
  readonly status: number;
  readonly body: unknown;

  constructor(status: number, body: unknown) {
    super(`refused with ${status}`);
    this.name = 'Refusal';
    this.status = status;
    this.body = body;
  }
}

const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** The shape of the API's own validation errors (go-openapi). */
function unprocessable(code: number, message: string): Refusal {
  return new Refusal(422, { code, message });
}

/** JSON of a body. Throws a `Refusal`. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Refusal(400, { code: 400, message: `parsing body body from "" failed, because ${reason}` });
  }
}

/**
 * Reads the posted alerts. The good ones are returned with the complaints about the others, as Alertmanager keeps
 * the good ones of a bad batch. Throws a `Refusal` where not even the shape is right.
 */
export function readAlerts(
  body: unknown,
  moment: { nowMs: number; resolveTimeoutMs: number },
): { alerts: Alert[]; complaints: string[] } {
  if (!Array.isArray(body))
    throw new Refusal(400, { code: 400, message: 'parsing body body from "" failed' });
  const alerts: Alert[] = [];
  const complaints: string[] = [];
  const shaped = body.map((item, index) => recordOf(item, `${index}`));
  for (const [index, item] of shaped.entries()) {
    if (item['labels'] === undefined || item['labels'] === null) {
      throw unprocessable(602, `${index}.labels in body is required`);
    }
  }
  for (const [index, item] of shaped.entries()) {
    const alert = readAlert(item, index, moment);
    const complaint = complaintAbout(alert);
    if (complaint === undefined) alerts.push(alert);
    else complaints.push(complaint);
  }
  return { alerts, complaints };
}

/** Reads a posted silence. Throws a `Refusal`. */
export function readSilence(body: unknown): PostedSilence {
  const item = recordOf(body, 'silence');
  for (const name of ['comment', 'createdBy', 'endsAt', 'matchers', 'startsAt']) {
    if (item[name] === undefined) throw unprocessable(602, `${name} in body is required`);
  }
  const matchers = item['matchers'];
  if (!Array.isArray(matchers)) throw new Refusal(400, { code: 400, message: 'parsing silence body failed' });
  if (matchers.length === 0) throw unprocessable(612, 'matchers in body should have at least 1 items');
  const id = item['id'];
  return {
    id: typeof id === 'string' && id !== '' ? id : undefined,
    matchers: matchers.map((one, index) => readMatcher(recordOf(one, `matchers.${index}`), index)),
    startsAtMs: timeOf(item['startsAt'], 'startsAt') ?? 0,
    endsAtMs: timeOf(item['endsAt'], 'endsAt') ?? 0,
    createdBy: String(item['createdBy']),
    comment: String(item['comment']),
  };
}

function readMatcher(item: Record<string, unknown>, index: number): PostedSilence['matchers'][number] {
  const { name, value, isRegex, isEqual } = item;
  for (const [field, given] of Object.entries({ isRegex, name, value })) {
    if (given === undefined) throw unprocessable(602, `matchers.${index}.${field} in body is required`);
  }
  return { name: String(name), value: String(value), isRegex: isRegex === true, isEqual: isEqual !== false };
}

function readAlert(
  item: Record<string, unknown>,
  index: number,
  { nowMs, resolveTimeoutMs }: { nowMs: number; resolveTimeoutMs: number },
): Alert {
  const given = textsOf(item['labels'], `${index}.labels`);
  const labels = labelSet(Object.fromEntries(Object.entries(given).filter(([, value]) => value !== '')));
  const endsAtMs = timeOf(item['endsAt'], `${index}.endsAt`);
  const startsAtMs = timeOf(item['startsAt'], `${index}.startsAt`) ?? endsAtMs ?? nowMs;
  const generatorURL = item['generatorURL'];
  return {
    fingerprint: fingerprint(labels),
    labels,
    annotations: labelSet(textsOf(item['annotations'] ?? {}, `${index}.annotations`)),
    startsAtMs,
    endsAtMs: endsAtMs ?? nowMs + resolveTimeoutMs,
    updatedAtMs: nowMs,
    timeout: endsAtMs === undefined,
    generatorURL: typeof generatorURL === 'string' ? generatorURL : '',
  };
}

function complaintAbout(alert: Alert): string | undefined {
  if (alert.endsAtMs < alert.startsAtMs) return 'start time must be before end time';
  if (alert.labels.size === 0) return 'at least one label pair required';
  const wrong = [...alert.labels.keys()].find((name) => !LABEL_NAME.test(name));
  if (wrong !== undefined) return `invalid label set: invalid name ${JSON.stringify(wrong)}`;
  const annotation = [...alert.annotations.keys()].find((name) => !LABEL_NAME.test(name));
  return annotation === undefined
    ? undefined
    : `invalid annotations: invalid name ${JSON.stringify(annotation)}`;
}

function recordOf(value: unknown, where: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new Refusal(400, { code: 400, message: `parsing ${where} body failed, because it is not an object` });
}

function textsOf(value: unknown, where: string): Record<string, string> {
  const record = recordOf(value, where);
  for (const text of Object.values(record)) {
    if (typeof text !== 'string') {
      throw new Refusal(400, {
        code: 400,
        message: `parsing ${where} body failed, because a value is not a string`,
      });
    }
  }
  return record as Record<string, string>;
}

/** Milliseconds of a time; undefined for none, also for Go's year 1. */
function timeOf(value: unknown, where: string): number | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  const timeMs = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(timeMs)) throw new Refusal(400, { code: 400, message: `parsing ${where} failed` });
  return timeMs === Date.parse('0001-01-01T00:00:00Z') ? undefined : timeMs;
}
