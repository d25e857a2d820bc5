import type { ServerFlags } from './api-client.ts';
import type { Format } from './output.ts';

/** Flags as commander hands them over. */
export interface LookFlags extends ServerFlags {
  readonly output: Format;
  readonly namespace?: string;
  readonly watch?: boolean;
  readonly limit?: number;
  readonly state?: string;
}

export interface IncidentFlags extends ServerFlags {
  readonly output: Format;
  readonly watch?: boolean;
  readonly decision?: boolean;
  readonly bundle?: string;
}

export interface DecideFlags extends ServerFlags {
  readonly because?: string;
  readonly digest?: string;
  readonly yes?: boolean;
  readonly rung?: number;
  readonly until?: string;
}

export interface PauseFlags extends ServerFlags {
  readonly because?: string;
  readonly namespace?: string;
  readonly playbook?: string;
  readonly target?: string;
  readonly all?: boolean;
}
