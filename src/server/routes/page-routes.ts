import { createHash } from 'node:crypto';
import type { StatusDocument } from '../../contract/status.ts';
import type { ServerOptions } from '../server-options.ts';
import type { ZodApp } from '../zod-app.ts';
import { readStatus } from './status-routes.ts';

const STYLE = `
body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:3rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}
h1{font-size:1.4rem}h2{font-size:1rem;margin-top:2rem}code{background:#f0f0f0;padding:.1em .3em}
td{padding:.1rem 1.5rem .1rem 0;vertical-align:top}
@media(prefers-color-scheme:dark){body{color:#e6e6e6;background:#161616}code{background:#2a2a2a}a{color:#8ab4f8}}
`;
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');
const POLICY = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`;

/** The front page: what is running here and what to try. No script, nothing fetched from anywhere. */
export function pageRoutes(app: ZodApp, options: ServerOptions): void {
  app.get('/', { config: { role: 'viewer' }, schema: { hide: true } }, async (_request, reply) => {
    const page = renderPage(await readStatus(options));
    return await reply.type('text/html; charset=utf-8').header('content-security-policy', POLICY).send(page);
  });
}

export function renderPage(status: StatusDocument): string {
  const rows: readonly (readonly [string, string])[] = [
    ['Cluster', status.cluster],
    ['Mode', modeInWords(status.mode)],
    ['Ready', status.ready ? 'yes' : `no: ${status.notReady.join('; ')}`],
    ['Paused', status.pauses.length === 0 ? 'no' : status.pauses.map(({ because }) => because).join('; ')],
    ['Incidents', countsInWords(status.incidents)],
    ...status.connections.map(({ name, state, why }): readonly [string, string] => [name, why ?? state]),
  ];
  const table = rows
    .map(([name, value]) => `<tr><td>${escape(name)}</td><td>${escape(value)}</td></tr>`)
    .join('');
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Runova: ${escape(status.cluster)}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>${STYLE}</style></head><body>
<h1>Runova ${escape(status.version)}</h1>
<p>Your operations runbook, run for you: alert, decide, act, prove, close. Or hand over.</p>
<table>${table}</table>
<h2>Look</h2>
<p><code>runova status</code> <code>runova incidents</code> <code>runova incident 1</code></p>
<p><a href="/api/v1/incidents">incidents</a> · <a href="/api/v1/status">status</a> ·
<a href="/api/v1/playbooks">playbooks</a> · <a href="/api/v1/openapi.json">the API</a> · <a href="/metrics">metrics</a></p>
<h2>Stop it</h2>
<p><code>runova pause --because "why"</code> No more changes, from that second on.</p>
</body></html>
`;
}

function modeInWords(mode: StatusDocument['mode']): string {
  switch (mode) {
    case 'observe':
      return 'observe: nothing is changed, incidents say what would have been done';
    case 'ask':
      return 'ask: a person approves every change';
    case 'auto':
      return 'auto: playbooks act as far as they may';
  }
}

function countsInWords(incidents: StatusDocument['incidents']): string {
  const some = Object.entries(incidents).filter(([, count]) => count > 0);
  return some.length === 0 ? 'none' : some.map(([state, count]) => `${count} ${state}`).join(', ');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (sign) => ENTITIES[sign] ?? '');
}
