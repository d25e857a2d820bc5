import { z } from 'zod';
import { alert } from './alert.ts';
import { moment } from './moment.ts';
import { operation, owed, plan } from './operation.ts';
import { target } from './target.ts';
import { trace } from './trace.ts';

export const STATES = [
  'open',
  'waiting',
  'asking',
  'executing',
  'verifying',
  'handed-over',
  'resolved',
  'closed',
] as const;

/** One row of the list: what it is, how it stands, and why. */
export const incidentSummary = z
  .object({
    id: z.int(),
    state: z.enum(STATES),
    severity: z.enum(['critical', 'warning', 'info', 'none']),
    alert: z.string().meta({ description: 'Name of its first alert' }),
    alerts: z.int().meta({ description: 'How many alerts joined' }),
    target: target.optional(),
    playbook: z.string().optional(),
    changes: z.int().meta({ description: 'Operations that had, or may have had, an effect' }),
    openedAt: moment,
    endedAt: moment.optional(),
    dueAt: moment.optional().meta({ description: 'When it is looked at again' }),
    why: z.string().meta({ description: 'Why it stands as it does, one sentence' }),
  })
  .meta({ id: 'IncidentSummary' });

export const incidentList = z
  .object({
    cluster: z.string(),
    items: z.array(incidentSummary),
    before: z.int().optional().meta({ description: 'Give this as `before` for older ones' }),
  })
  .meta({ id: 'IncidentList' });

const reading = z
  .object({
    condition: z.string(),
    verdict: z.enum(['true', 'false', 'cannot-tell', 'settling']),
    read: z.string(),
  })
  .meta({ id: 'Reading' });

const proof = z
  .object({
    since: moment.meta({ description: 'Only what was read after this counts' }),
    trueSince: moment.optional(),
    provedAt: moment.optional(),
    looks: z.int(),
    trueLooks: z.int(),
    lastLookAt: moment,
    readings: z.array(reading),
    rule: z.string(),
  })
  .meta({ id: 'Proof' });

const attempt = z
  .object({
    number: z.string(),
    rung: z.int(),
    action: z.string(),
    summary: z.string(),
    outcome: z.string(),
    why: z.string(),
  })
  .meta({ id: 'Attempt' });

const rung = z
  .object({ action: z.string(), when: z.array(z.string()), reached: z.boolean() })
  .meta({ id: 'IncidentRung' });

const incidentPlaybook = z
  .object({
    name: z.string(),
    version: z.string(),
    title: z.string(),
    autonomy: z.enum(['observe', 'ask', 'auto']),
    holdMs: z.int(),
    ladder: z.array(rung),
    look: z.array(z.string()),
    try: z.array(z.string()),
  })
  .meta({ id: 'IncidentPlaybook' });

const evidence = z
  .object({
    takenAt: moment,
    logs: z.int(),
    events: z.int(),
    redacted: z.int(),
    missing: z.array(z.string()),
    bytes: z.int(),
    lastWords: z
      .object({ pod: z.string(), container: z.string(), lines: z.array(z.string()) })
      .optional()
      .meta({ description: 'The last lines of a container that ended' }),
  })
  .meta({ id: 'EvidenceSummary' });

/** Everything that is known about one incident. */
export const incidentDocument = incidentSummary
  .omit({ alerts: true, playbook: true })
  .extend({
    cluster: z.string(),
    alerts: z.array(alert),
    targetThrough: z.array(z.string()),
    playbook: incidentPlaybook.optional(),
    wait: z.object({ since: moment, guard: z.string(), why: z.string() }).optional(),
    asking: z.object({ plan, since: moment, expiresAt: moment }).optional(),
    approval: z.object({ digest: z.string(), by: z.string(), at: moment }).optional(),
    proof: proof.optional(),
    trace: trace.optional(),
    attempts: z.array(attempt),
    operations: z.array(operation),
    owed: z.array(owed),
    handover: z
      .object({
        reason: z.string(),
        why: z.string(),
        at: moment,
        advice: z.object({ look: z.array(z.string()), try: z.array(z.string()) }).optional(),
      })
      .optional(),
    ended: z.object({ at: moment, how: z.string(), why: z.string() }).optional(),
    take: z.object({ by: z.string(), until: moment.optional(), because: z.string() }).optional(),
    joinedInto: z.int().optional(),
    evidence: evidence.optional(),
  })
  .meta({ id: 'Incident' });

export type IncidentSummary = z.infer<typeof incidentSummary>;
export type IncidentDocument = z.infer<typeof incidentDocument>;
