/** The sandbox's own door: faults are caused and healed here, and the outside record is read. Loopback only. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { FAULTS } from './faults.ts';
import type { FaultOptions } from './faults.ts';
import { isFields } from './kubernetes/objects.ts';
import type { Fields } from './kubernetes/objects.ts';
import { listenOnLoopback, readBody } from './loopback-server.ts';
import type { ListenOptions, LoopbackServer } from './loopback-server.ts';
import type { Platform } from './platform.ts';

interface Answer {
  status: number;
  body: unknown;
}

/**
 * `GET /faults` lists what can be broken and what is; `POST /break {fault, target, options}` and
 * `POST /heal {fault?, target?}` change it; `GET /ledger?user=` gives every write and the effects.
 */
export async function startControlServer(
  platform: Platform,
  options: ListenOptions = {},
): Promise<LoopbackServer> {
  return listenOnLoopback(
    async (incoming, outgoing) => send(outgoing, await answer(platform, incoming)),
    options,
  );
}

function send(outgoing: ServerResponse, { status, body }: Answer): void {
  outgoing.writeHead(status, { 'content-type': 'application/json' });
  outgoing.end(`${JSON.stringify(body)}\n`);
}

async function answer(platform: Platform, incoming: IncomingMessage): Promise<Answer> {
  const { pathname, searchParams } = new URL(incoming.url ?? '/', 'http://sandbox');
  const route = `${incoming.method ?? 'GET'} ${pathname}`;
  try {
    switch (route) {
      case 'GET /faults':
        return { status: 200, body: { faults: FAULTS.map(shown), active: platform.faults.active() } };
      case 'GET /ledger':
        return { status: 200, body: ledger(platform, searchParams.get('user') ?? undefined) };
      case 'POST /break':
        return { status: 201, body: breakBy(platform, await bodyOf(incoming)) };
      case 'POST /heal':
        return { status: 200, body: { healed: healBy(platform, await bodyOf(incoming)) } };
      default:
        return { status: 404, body: { error: `no ${route}` } };
    }
  } catch (error) {
    return { status: 400, body: { error: error instanceof Error ? error.message : String(error) } };
  }
}

function shown({ name, title, target, options }: (typeof FAULTS)[number]): Fields {
  return { name, title, target, options };
}

function ledger({ api }: Platform, user: string | undefined): Fields {
  const writes = api.ledger.writes().filter((entry) => user === undefined || entry.user === user);
  return { writes, effects: api.ledger.effects(user) };
}

async function bodyOf(incoming: IncomingMessage): Promise<Fields> {
  const text = await readBody(incoming, 65_536);
  const body: unknown = text === '' ? {} : JSON.parse(text);
  if (!isFields(body)) throw new Error('a JSON object is expected');
  return body;
}

function breakBy(platform: Platform, { fault, target = '', options = {} }: Fields): unknown {
  if (typeof fault !== 'string' || typeof target !== 'string' || !isFields(options))
    throw new Error('fault and target are texts, options an object');
  return platform.faults.break(fault, target, options as FaultOptions);
}

function healBy(platform: Platform, { fault, target }: Fields): unknown {
  const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
  return platform.faults.heal(text(fault), text(target));
}
