import { listenOnLoopback, readBody } from '../../src/sandbox/loopback-server.ts';

/** One message of Alertmanager's, with what the tests read of it. */
export interface Letter {
  readonly alerts: readonly {
    readonly status: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  }[];
}

/** A receiver that keeps what Alertmanager sends, in the order of arrival. */
export interface Mailbox {
  readonly url: string;
  readonly letters: readonly Letter[];
  stop(): Promise<void>;
}

export async function openMailbox(): Promise<Mailbox> {
  const letters: Letter[] = [];
  const server = await listenOnLoopback(async (request, response) => {
    letters.push(JSON.parse(await readBody(request)) as Letter);
    response.writeHead(200).end();
  });
  return { url: server.url, letters, stop: () => server.close() };
}
