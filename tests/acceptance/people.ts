import { listenOnLoopback, readBody } from '../../src/sandbox/loopback-server.ts';

interface ReceivedAlert {
  readonly status: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** The people whom Alertmanager wakes: every alert that reached them, in the order of arrival. */
export interface People {
  readonly url: string;
  readonly received: readonly ReceivedAlert[];
  stop(): Promise<void>;
}

export async function startPeople(): Promise<People> {
  const received: ReceivedAlert[] = [];
  const server = await listenOnLoopback(async (request, response) => {
    const body = JSON.parse(await readBody(request)) as { alerts: ReceivedAlert[] };
    received.push(...body.alerts);
    response.writeHead(200).end();
  });
  return { url: server.url, received, stop: () => server.close() };
}
