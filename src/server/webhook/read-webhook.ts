import { isUtf8 } from 'node:buffer';
import { ALERT_TIME, FINGERPRINT, WEBHOOK_LIMITS } from '../../contract/alertmanager-webhook.ts';
import { type AlertNotice, type Labels, alertKey } from '../../domain/alert.ts';
import { nestsDeeperThan } from './json-depth.ts';

/** Why a body is not taken: `too-large` is 413, the others are 400. Sending it again cannot help. */
export interface BodyRefused {
  readonly kind: 'refused';
  readonly reason: 'too-large' | 'malformed' | 'shape';
  readonly why: string;
  readonly remedy: string;
  /** JSON path. */
  readonly at?: string;
}

export interface BodyRead {
  readonly kind: 'read';
  readonly notices: readonly AlertNotice[];
  /** Alerts that Alertmanager left out itself (`max_alerts`). */
  readonly truncated: number;
}

/** Thrown inside this file only: a body is taken whole or not at all. */
class CannotTake extends Error {
  readonly refused: BodyRefused;

  constructor(refused: Omit<BodyRefused, 'kind'>) {
    super(refused.why);
    this.refused = { kind: 'refused', ...refused };
  }
}

const SEND_VERSION_4 =
  'Send the body of an Alertmanager webhook_config, version 4 (Alertmanager 0.16 or newer).';
/** Longest piece of other people's text in an answer. */
const QUOTED_LENGTH_MAX = 60;

/**
 * Reads the body of Alertmanager's webhook: `contract/alertmanager-webhook.ts` written out by hand, because a
 * storm passes here. Takes the bytes as received; nothing in them can reach a prototype, and text that no store
 * could keep (NUL, half of a surrogate pair) is replaced by U+FFFD.
 */
export function readWebhook(body: Buffer): BodyRead | BodyRefused {
  try {
    return readEnvelope(parse(body), body.includes('\\u'));
  } catch (error) {
    if (error instanceof CannotTake) return error.refused;
    throw error;
  }
}

function parse(body: Buffer): unknown {
  if (!isUtf8(body))
    throw new CannotTake({ reason: 'malformed', why: 'The body is not UTF-8.', remedy: SEND_VERSION_4 });
  if (nestsDeeperThan(WEBHOOK_LIMITS.depth, body)) {
    throw tooMuch('$', `nests deeper than ${WEBHOOK_LIMITS.depth} levels`);
  }
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch {
    // The parser's own words quote the body: they are not passed on.
    throw new CannotTake({ reason: 'malformed', why: 'The body is not JSON.', remedy: SEND_VERSION_4 });
  }
}

function readEnvelope(body: unknown, mayBePoisoned: boolean): BodyRead {
  if (!isRecord(body)) throw wrong('$', 'is not an object');
  if (body['version'] !== '4') throw wrong('$.version', `is ${quote(body['version'])}, not "4"`);
  const alerts = body['alerts'];
  if (!Array.isArray(alerts)) throw wrong('$.alerts', 'is not a list');
  if (alerts.length > WEBHOOK_LIMITS.alerts) {
    throw tooMuch('$.alerts', `has ${alerts.length} alerts, the limit is ${WEBHOOK_LIMITS.alerts}`);
  }
  const truncated = body['truncatedAlerts'] ?? 0;
  if (typeof truncated !== 'number') throw wrong('$.truncatedAlerts', 'is not a number');
  const notices = alerts.map((alert: unknown, index) => readAlert(alert, index, mayBePoisoned));
  return { kind: 'read', notices, truncated: Math.max(0, Math.trunc(truncated)) };
}

function readAlert(wire: unknown, index: number, mayBePoisoned: boolean): AlertNotice {
  if (!isRecord(wire)) throw wrong(`$.alerts[${index}]`, 'is not an object');
  const { status, fingerprint } = wire;
  if (status !== 'firing' && status !== 'resolved') {
    throw wrong(`$.alerts[${index}].status`, `is ${quote(status)}, not "firing" or "resolved"`);
  }
  if (typeof fingerprint !== 'string' || !FINGERPRINT.test(fingerprint)) {
    throw wrong(`$.alerts[${index}].fingerprint`, 'is not 16 hexadecimal digits');
  }
  const startsAtMs = readTime(wire['startsAt'], index);
  const labels = readWords(
    wire['labels'],
    `$.alerts[${index}].labels`,
    WEBHOOK_LIMITS.labelValueLength,
    mayBePoisoned,
  );
  const annotations = readWords(
    wire['annotations'] ?? {},
    `$.alerts[${index}].annotations`,
    WEBHOOK_LIMITS.annotationValueLength,
    mayBePoisoned,
  );
  return {
    status,
    alert: { key: alertKey(fingerprint, startsAtMs), fingerprint, startsAtMs, labels, annotations },
  };
}

/** Milliseconds since the epoch; Alertmanager writes nanoseconds here and milliseconds elsewhere. */
function readTime(wire: unknown, index: number): number {
  const ms = typeof wire === 'string' && ALERT_TIME.test(wire) ? Date.parse(wire) : Number.NaN;
  if (Number.isNaN(ms)) throw wrong(`$.alerts[${index}].startsAt`, 'is not a time as in RFC 3339');
  return ms;
}

/** A copy without a prototype: a label may be called `__proto__` or `constructor`. */
function readWords(wire: unknown, at: string, valueLength: number, mayBePoisoned: boolean): Labels {
  if (!isRecord(wire)) throw wrong(at, 'is not an object');
  const names = Object.keys(wire);
  if (names.length > WEBHOOK_LIMITS.labels) {
    throw tooMuch(at, `has ${names.length} entries, the limit is ${WEBHOOK_LIMITS.labels}`);
  }
  const words = Object.create(null) as Record<string, string>;
  for (const name of names) {
    const value = wire[name];
    if (typeof value !== 'string') throw wrong(`${at}[${quote(name)}]`, 'is not text');
    if (name.length > WEBHOOK_LIMITS.nameLength) {
      throw tooMuch(
        `${at}[${quote(name)}]`,
        `has a name of ${name.length} characters, the limit is ${WEBHOOK_LIMITS.nameLength}`,
      );
    }
    if (value.length > valueLength) {
      throw tooMuch(`${at}[${quote(name)}]`, `has ${value.length} characters, the limit is ${valueLength}`);
    }
    words[mayBePoisoned ? storable(name) : name] = mayBePoisoned ? storable(value) : value;
  }
  return words;
}

/** JSON can hold NUL and half of a surrogate pair (only as an escape); text columns cannot. */
function storable(text: string): string {
  if (text.isWellFormed() && !text.includes('\0')) return text;
  return text.toWellFormed().replaceAll('\0', '\ufffd');
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function wrong(at: string, why: string): CannotTake {
  return new CannotTake({ reason: 'shape', at, why: `${at} ${why}.`, remedy: SEND_VERSION_4 });
}

function tooMuch(at: string, why: string): CannotTake {
  return new CannotTake({
    reason: 'too-large',
    at,
    why: `${at} ${why}.`,
    remedy:
      'Group more finely (group_by) or drop labels (alert_relabel_configs); nothing of this body was taken.',
  });
}

/** Other people's text as it may be shown: printable, short, in quotes. */
function quote(value: unknown): string {
  if (value === undefined) return 'missing';
  const text = typeof value === 'string' ? value.toWellFormed() : (JSON.stringify(value) ?? 'nothing');
  const short =
    text.length > QUOTED_LENGTH_MAX ? `${text.slice(0, QUOTED_LENGTH_MAX).toWellFormed()}…` : text;
  return typeof value === 'string' ? JSON.stringify(short) : short;
}
