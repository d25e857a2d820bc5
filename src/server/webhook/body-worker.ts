// The worker's side: large bodies are parsed and checked here, so that the main thread stays free (DESIGN 8).
import { parentPort } from 'node:worker_threads';
import { type ReadNews, type ReadOrder, toWire } from './notice-wire.ts';
import { readWebhook } from './read-webhook.ts';

const SLICE = 500;

parentPort?.on('message', ({ id, body }: ReadOrder) => {
  const read = readWebhook(Buffer.from(body.buffer, body.byteOffset, body.byteLength));
  if (read.kind === 'refused') return tell({ id, kind: 'end', end: read });
  for (let at = 0; at < read.notices.length; at += SLICE) {
    tell({ id, kind: 'some', notices: read.notices.slice(at, at + SLICE).map(toWire) });
  }
  tell({ id, kind: 'end', end: { kind: 'read', truncated: read.truncated } });
});

function tell(news: ReadNews): void {
  parentPort?.postMessage(news, []);
}
