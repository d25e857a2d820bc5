import type { RunovaServer } from '../acceptance/runova-server.ts';
import type { SandboxGround } from '../acceptance/sandbox-ground.ts';
import type { Random } from '../simulation/random.ts';

export interface KillCounts {
  /** In the very turn in which a write took effect, before its answer was sent. */
  readonly atWrites: number;
  /** At any moment. */
  readonly anywhere: number;
}

interface Deployed {
  readonly spec?: {
    readonly template?: { readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> } };
  };
}

const OPERATION = 'runova.dev/operation';
/** A life lasts up to this long; a start takes about half a second of it. */
const LIFE_MOST_MS = 700;
/** When there is nothing to write, a life that waits for a write ends all the same. */
const WRITE_WITHIN_MS = 1_500;
/** Every third life ends at a write. */
const WRITE_EVERY = 3;

/** Starts the server and kills it, `lives` times; `onLife` is called at each beginning. */
export async function killAgainAndAgain(options: {
  readonly server: RunovaServer;
  readonly ground: SandboxGround;
  readonly chance: Random;
  readonly lives: number;
  readonly onLife: (life: number) => Promise<void>;
}): Promise<KillCounts> {
  const { server, ground, chance, lives, onLife } = options;
  const moment = new WriteMoment(ground, server);
  let atWrites = 0;
  for (let life = 0; life < lives; life += 1) {
    await onLife(life);
    if (life % WRITE_EVERY === 0) moment.arm();
    // It may be killed at a write before it is ready: what it had reserved is carried out at the start.
    await server.start();
    const waitMs = life % WRITE_EVERY === 0 ? WRITE_WITHIN_MS : chance.between(0, LIFE_MOST_MS);
    await Promise.race([moment.struck, sleep(waitMs)]);
    if (moment.disarm()) atWrites += 1;
    await server.kill();
  }
  return { atWrites, anywhere: lives - atWrites };
}

/** Kills the server when the cluster has taken a write of its and nobody has been told yet. */
class WriteMoment {
  readonly #seen = new Set<string>();
  #armed = false;
  #hit = false;
  #struck = Promise.withResolvers<void>();

  constructor(ground: SandboxGround, server: RunovaServer) {
    const { store } = ground.sandbox.api;
    store.subscribe(({ storage }) => {
      if (storage !== 'deployments') return;
      for (const deployment of store.list('deployments') as readonly Deployed[]) {
        const operation = deployment.spec?.template?.metadata?.annotations?.[OPERATION];
        if (operation === undefined || this.#seen.has(operation)) continue;
        this.#seen.add(operation);
        if (!this.#armed || server.pid === undefined) continue;
        this.#armed = false;
        this.#hit = true;
        process.kill(server.pid, 'SIGKILL');
        this.#struck.resolve();
      }
    });
  }

  /** Resolves when it has killed. */
  get struck(): Promise<void> {
    return this.#struck.promise;
  }

  arm(): void {
    this.#armed = true;
    this.#hit = false;
    this.#struck = Promise.withResolvers<void>();
  }

  /** Whether it has killed since it was armed. */
  disarm(): boolean {
    const hit = this.#hit;
    this.#armed = false;
    this.#hit = false;
    return hit;
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
