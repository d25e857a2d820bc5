import { readFile } from 'node:fs/promises';
import type { HttpConfig, WebhookConfig } from './config.ts';

/** Go's http.Client follows this many redirects. */
const MAX_REDIRECTS = 10;

/** How one attempt to deliver went. */
export type Delivery =
  | { readonly kind: 'delivered' }
  /** 5xx or no answer: to be tried again within the flush. */
  | { readonly kind: 'retry'; readonly reason: string }
  /** Any other answer: not before the next flush. */
  | { readonly kind: 'refused'; readonly reason: string };

/**
 * Posts a body as notify/webhook does. A 301, 302 or 303 is followed as a GET without body, and its 2xx counts as
 * delivered; 307 and 308 post again; credentials go along to whatever host.
 */
export async function deliver(webhook: WebhookConfig, body: string, signal: AbortSignal): Promise<Delivery> {
  try {
    const status = await post(webhook, body, signal);
    if (status >= 200 && status < 300) return { kind: 'delivered' };
    const reason = `unexpected status code ${status}: ${webhook.url}`;
    return status >= 500 ? { kind: 'retry', reason } : { kind: 'refused', reason };
  } catch (error) {
    return { kind: 'retry', reason: error instanceof Error ? error.message : String(error) };
  }
}

async function post(webhook: WebhookConfig, body: string, signal: AbortSignal): Promise<number> {
  let url = new URL(webhook.url);
  const authorization = (await authorizationOf(webhook.http)) ?? userInfo(url);
  let method = 'POST';
  for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
    url.username = '';
    url.password = '';
    const answer = await fetch(url, {
      method,
      redirect: 'manual',
      signal,
      headers: {
        'user-agent': 'Alertmanager/0.25.0',
        // Go keeps the header on the GET of a redirect, although the body is gone.
        'content-type': 'application/json',
        ...(authorization !== undefined && { authorization }),
      },
      ...(method === 'POST' && { body }),
    });
    await answer.arrayBuffer();
    const location = answer.headers.get('location');
    const redirects = [301, 302, 303, 307, 308].includes(answer.status);
    if (!redirects || location === null || !webhook.http.followRedirects) return answer.status;
    if (answer.status < 307) method = 'GET';
    url = new URL(location, url);
  }
  throw new Error(`stopped after ${MAX_REDIRECTS} redirects`);
}

/** Files are read for every request, so that a rotated secret is taken up. */
async function authorizationOf(http: HttpConfig): Promise<string | undefined> {
  const { authorization, basicAuth } = http;
  if (authorization !== undefined) {
    const { type, credentials, credentialsFile } = authorization;
    return `${type} ${credentialsFile === undefined ? (credentials ?? '') : await secret(credentialsFile)}`;
  }
  if (basicAuth === undefined) return undefined;
  const { username, password, passwordFile } = basicAuth;
  return basic(username, passwordFile === undefined ? (password ?? '') : await secret(passwordFile));
}

async function secret(path: string): Promise<string> {
  return (await readFile(path, 'utf8')).trim();
}

function userInfo(url: URL): string | undefined {
  if (url.username === '' && url.password === '') return undefined;
  return basic(decodeURIComponent(url.username), decodeURIComponent(url.password));
}

function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
