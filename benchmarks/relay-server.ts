import { request } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerOrders } from './child.ts';
import type { WorldUrls } from './world-process.ts';

/**
 * The shortest way from a webhook to a call: node:http alone reads the body, asks Kubernetes for the deployment that
 * it names, and answers. Nothing is stored, asked or decided.
 */
async function start(urls: WorldUrls): Promise<string> {
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as {
        readonly alerts: readonly { readonly labels: Readonly<Record<string, string>> }[];
      };
      const { namespace = '', deployment = '' } = body.alerts[0]?.labels ?? {};
      const headers = { authorization: `Bearer ${urls.kubernetesToken}` };
      request(
        `${urls.kubernetesUrl}/apis/apps/v1/namespaces/${namespace}/deployments/${deployment}`,
        { headers },
        (answer) => answer.resume(),
      ).end();
      outgoing.writeHead(202, { 'content-length': 0 }).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

answerOrders({ start });
