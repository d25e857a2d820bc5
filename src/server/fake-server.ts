import type { AlertNotice } from '../domain/alert.ts';
import type { CommandOutcome, PersonCommand } from '../domain/command.ts';
import { DEFAULT_TIMINGS } from '../domain/settings.ts';
import { createJsonLog } from '../platform/json-log.ts';
import { Meters } from '../platform/meters.ts';
import { SystemChance } from '../platform/system-chance.ts';
import { WallClock } from '../platform/wall-clock.ts';
import type { AccessEntry, Role } from './access.ts';
import { FakeStore } from './fake-store.ts';
import type { ServerOptions } from './server-options.ts';
import { type Server, createServer } from './server.ts';

/** A real server over a store in memory, with everything that it was told kept for a test to look at. */
export interface FakeServer extends AsyncDisposable {
  readonly server: Server;
  readonly store: FakeStore;
  readonly meters: Meters;
  readonly received: AlertNotice[];
  readonly refused: { readonly kind: string; readonly detail: string }[];
  /** Fulfils when somebody has begun to listen to events. */
  readonly listened: Promise<void>;
  readonly commands: { readonly command: PersonCommand; readonly by: string }[];
}

export function person(name: string, role: Role, token: string): AccessEntry {
  return { name, role, tokens: () => Promise.resolve(token) };
}

export async function fakeServer(
  change: Partial<ServerOptions> & { readonly outcome?: CommandOutcome } = {},
): Promise<FakeServer> {
  const store = new FakeStore();
  const listened = Promise.withResolvers<void>();
  const meters = new (class extends Meters {
    override eventClients(count: number): void {
      super.eventClients(count);
      if (count > 0) listened.resolve();
    }
  })();
  const kept = {
    received: [] as AlertNotice[],
    refused: [] as FakeServer['refused'],
    commands: [] as FakeServer['commands'],
  };
  const server = await createServer({
    store,
    meters,
    clock: new WallClock(),
    chance: new SystemChance(),
    log: createJsonLog('silent'),
    access: [],
    listen: { host: '127.0.0.1', port: 0 },
    receive: (notices) => {
      kept.received.push(...notices);
      return Promise.resolve({ opened: notices.length, news: 0, duplicates: 0 });
    },
    decide: (command, by) => {
      kept.commands.push({ command, by });
      return Promise.resolve(change.outcome ?? { kind: 'accepted', text: 'taken' });
    },
    refused: (kind, detail) => kept.refused.push({ kind, detail }),
    facts: () => ({
      version: '0.1.0',
      cluster: 'hel1-prod',
      mode: 'auto',
      executors: ['direct'],
      timings: DEFAULT_TIMINGS,
      connections: [{ name: 'kubernetes', state: 'good' }],
      playbooks: store.books,
    }),
    notReady: () => [],
    ...change,
  });
  return {
    server,
    store,
    meters,
    ...kept,
    listened: listened.promise,
    [Symbol.asyncDispose]: () => server.stop(),
  };
}
