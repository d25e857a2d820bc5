import { fdatasync, openSync, writev } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { answerOrders } from './child.ts';

/**
 * What this machine can accept durably at all: node:http alone, the same JSON parsed, and one write and one
 * fdatasync for everything that waits. No check, no deduplication, no incident.
 */

const write = promisify(writev);
const sync = promisify(fdatasync);

interface Waiting {
  readonly body: Buffer;
  readonly response: ServerResponse;
}

let file = -1;
let waiting: Waiting[] = [];
let flushing = false;

async function flush(): Promise<void> {
  flushing = true;
  while (waiting.length > 0) {
    const batch = waiting;
    waiting = [];
    await write(
      file,
      batch.map(({ body }) => body),
    );
    await sync(file);
    for (const { response } of batch)
      response.writeHead(202, { 'content-type': 'application/json', 'content-length': 2 }).end('{}');
  }
  flushing = false;
}

function take(request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks);
    JSON.parse(body.toString('utf8'));
    waiting.push({ body, response });
    if (!flushing) void flush();
  });
}

answerOrders({
  start: async ({ path }: { readonly path: string }) => {
    file = openSync(path, 'a');
    const server = createServer(take);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  },
});
