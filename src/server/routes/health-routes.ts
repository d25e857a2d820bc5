import { OpsError } from '../../ports/ops-error.ts';
import type { StoreCounts } from '../../ports/store.ts';
import type { ServerOptions } from '../server-options.ts';
import type { ZodApp } from '../zod-app.ts';

/** For kubelet and Prometheus. */
export function healthRoutes(app: ZodApp, options: ServerOptions): void {
  const hide = { schema: { hide: true } };
  app.get('/healthz', hide, () => ({ status: 'running' }));
  app.get('/readyz', hide, async (_request, reply) => {
    const why = [...options.notReady(), ...(await storeTrouble(options))];
    return await reply.code(why.length === 0 ? 200 : 503).send({ ready: why.length === 0, why });
  });
  app.get('/metrics', { ...hide, config: { role: 'viewer' } }, async (_request, reply) => {
    const text = await options.meters.text(await countsIfThere(options));
    return await reply.type(options.meters.contentType).send(text);
  });
}

/** A pause that cannot be read is a pause: without the store Runova is running, and not ready. */
async function storeTrouble({ store }: ServerOptions): Promise<readonly string[]> {
  try {
    await store.pauses();
    return [];
  } catch (error) {
    return [error instanceof OpsError ? error.message : 'the store cannot be read'];
  }
}

/** A store that is away must not take the rest of the metrics with it: that is when they are wanted most. */
async function countsIfThere({
  store,
}: ServerOptions): Promise<(StoreCounts & { readonly nowMs: number }) | undefined> {
  try {
    const [counts, nowMs] = await Promise.all([store.counts(), store.now()]);
    return { ...counts, nowMs };
  } catch {
    return undefined;
  }
}
