import { hash, timingSafeEqual } from 'node:crypto';

/** What somebody may do: post webhooks; look; look and decide; carry out operations (a Gitea job). */
export type Role = 'webhook' | 'viewer' | 'operator' | 'runner';

/** One person or machine. The name is what the record shows. */
export interface AccessEntry {
  readonly name: string;
  readonly role: Role;
  /** Its tokens as they are now, a line each: two while one is being replaced by another. Rejects when unreadable. */
  readonly tokens: () => Promise<string>;
}

export interface Principal {
  readonly name: string;
  readonly role: Role | 'everything';
}

/** Who calls when no access is configured: then only this computer can reach the server at all. */
export const LOCAL: Principal = { name: 'local', role: 'everything' };

/**
 * Finds whose token a request carries. `Authorization` may be `Bearer TOKEN`, any other type with a token
 * (Alertmanager lets people choose one), or `Basic` with the token as password (the user name is not looked at).
 * Every entry is compared, in constant time, over hashes of equal length; undefined: nobody's.
 */
export async function authenticate(
  entries: readonly AccessEntry[],
  header: string | undefined,
): Promise<Principal | undefined> {
  const presented = credential(header ?? '');
  if (presented === undefined) return undefined;
  const presentedHash = sha256(presented);
  const texts = await Promise.allSettled(entries.map((entry) => entry.tokens()));
  let found: Principal | undefined;
  for (const [index, entry] of entries.entries()) {
    const text = texts[index];
    if (text?.status === 'fulfilled' && hasToken(text.value, presentedHash))
      found ??= { name: entry.name, role: entry.role };
  }
  return found;
}

/** May this role do what the route is for? An operator may also look; nobody but `webhook` may post webhooks. */
export function mayUse(principal: Principal, need: Role): boolean {
  if (principal.role === 'everything' || principal.role === need) return true;
  return need === 'viewer' && principal.role === 'operator';
}

function hasToken(lines: string, presentedHash: Buffer): boolean {
  let found = false;
  for (const line of lines.split('\n')) {
    const token = line.trim();
    if (token !== '' && timingSafeEqual(sha256(token), presentedHash)) found = true;
  }
  return found;
}

/** Longest header that is looked at; tokens are far shorter. */
const HEADER_LENGTH_MAX = 8_192;

function credential(header: string): string | undefined {
  const match = header.length > HEADER_LENGTH_MAX ? null : /^(\S+)\s+(\S+)\s*$/.exec(header);
  const [type, value] = [match?.[1], match?.[2]];
  if (type === undefined || value === undefined) return undefined;
  if (type.toLowerCase() !== 'basic') return value;
  const pair = Buffer.from(value, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  return colon < 0 || colon === pair.length - 1 ? undefined : pair.slice(colon + 1);
}

function sha256(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}
