import type { Clock } from '../ports/clock.ts';
import { FreshFile } from './fresh-file.ts';
import type { Credentials } from './http.ts';

/** How Prometheus, Mimir or Alertmanager is asked: all optional. */
export interface BearerOptions {
  /** Sent as `X-Scope-OrgID`: which tenant of Mimir. Routing, not authentication. */
  readonly tenant?: string;
  /** A file with a bearer token, read again once a minute. */
  readonly tokenFile?: string;
  /** A file with the certificates to trust instead of the system's. */
  readonly caFile?: string;
  readonly insecureSkipVerify?: boolean;
}

/** Credentials made of a token file, a tenant and a CA file. */
export function bearer(options: BearerOptions, clock: Clock): Credentials {
  const token = options.tokenFile === undefined ? undefined : new FreshFile(options.tokenFile, clock);
  const ca = options.caFile === undefined ? undefined : new FreshFile(options.caFile, clock);
  const tenant = options.tenant === undefined ? {} : { 'x-scope-orgid': options.tenant };
  return {
    async current() {
      const authorization =
        token === undefined ? {} : { authorization: `Bearer ${(await token.text()).trim()}` };
      return {
        headers: { ...tenant, ...authorization },
        tls: {
          ...(ca === undefined ? {} : { ca: await ca.text() }),
          ...(options.insecureSkipVerify === true ? { rejectUnauthorized: false } : {}),
        },
      };
    },
    forget() {
      token?.forget();
    },
  };
}
