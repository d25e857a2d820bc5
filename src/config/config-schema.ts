import { z } from 'zod';
import {
  countField,
  durationField,
  lineField,
  moneyField,
  nameField,
  rateField,
  shareField,
  withRemedy,
} from '../yaml/fields.ts';
import {
  autonomyField,
  cronField,
  dailyField,
  dateField,
  keepField,
  kindField,
  listenField,
  monthlyField,
  pathField,
  patternField,
  repositoryField,
  secretFileField,
  storeField,
  timeOfDayField,
  timeZoneField,
  urlField,
  weeklyField,
} from './config-fields.ts';
import type { TimingName } from './default-config.ts';

const endpoint = z.strictObject({ url: urlField, tokenFile: secretFileField.optional() });
const tenantField = z
  .string()
  .regex(
    /^[\w!.*'()-]{1,150}$/,
    withRemedy('is not a tenant', 'write the tenant as Mimir and Loki know it, such as platform'),
  );
const tenantEndpoint = endpoint.extend({ tenant: tenantField.optional().describe('Sent as X-Scope-OrgID.') });

const clusterSchema = z.strictObject({
  name: nameField.describe('Shown in every message; a store belongs to one cluster.'),
  kubernetes: z
    .union(
      [z.literal('in-cluster'), z.strictObject({ kubeconfig: pathField, context: lineField().optional() })],
      {
        error: withRemedy(
          'is neither in-cluster nor a kubeconfig',
          'write in-cluster or { kubeconfig: /path, context: NAME }',
        ),
      },
    )
    .describe('How to reach the Kubernetes API.'),
  alerts: endpoint.describe('Alertmanager.'),
  metrics: tenantEndpoint.describe('Prometheus or Mimir, the prefix included.'),
  logs: tenantEndpoint.optional().describe("Loki; without it logs are the kubelet's."),
  timeZone: timeZoneField.describe('Of every window and routine below.'),
  ownNamespaces: z
    .array(patternField)
    .max(20)
    .describe("Runova's own and its database's, besides the one it runs in. Never changed."),
});

const giteaSchema = z.strictObject({
  url: urlField,
  repository: repositoryField.describe('Where workflow, issues and pull requests are.'),
  tokenFile: secretFileField,
  runsOn: lineField().optional().describe('Label of the runners that carry out changes.'),
});

const scopeSchema = z.strictObject({
  namespaces: z.array(patternField).min(1).max(100).optional(),
  kinds: z.array(kindField).min(1).max(100).optional(),
  actions: z.array(nameField).min(1).max(100).optional(),
});

const limitsSchema = z.strictObject({
  target: z.strictObject({ changes: rateField, cooldown: durationField }),
  playbook: rateField,
  namespace: rateField,
  cluster: rateField,
  parallel: countField,
  unavailable: shareField.describe("Of a workload's replicas, by anything Runova does."),
  storm: z.strictObject({
    targets: countField,
    share: shareField,
    within: durationField,
    calmFor: durationField,
  }),
  breaker: z.strictObject({ failures: countField, of: countField }),
});

const freezeSchema = z.strictObject({
  name: lineField(),
  from: dateField.optional(),
  until: dateField.optional(),
  cron: cronField.optional(),
  for: durationField.optional(),
  namespaces: z.array(patternField).min(1).max(100).optional().describe('Only these; without it everywhere.'),
  except: z.array(nameField).max(100).optional().describe('Playbooks that may act all the same.'),
});

const budgetSchema = z.strictObject({
  monthly: moneyField,
  warn: shareField,
  exceeded: z.enum(['refuse-all', 'refuse-costly']),
  prices: z
    .record(lineField(), moneyField)
    .describe('A month of one node, by instance type; flat for all others.'),
});

const tellSchema = z.strictObject({
  through: z.enum(['alertmanager', 'nobody']),
  ifThatFails: z
    .strictObject({
      ntfy: urlField.optional(),
      webhook: urlField.optional(),
      smtp: z
        .strictObject({
          host: lineField(),
          port: z.int().min(1).max(65_535).default(587),
          from: lineField(),
          to: lineField(),
        })
        .optional(),
      tokenFile: secretFileField.optional(),
    })
    .optional(),
  morning: timeOfDayField.optional().describe('One message about the night.'),
  unknownAlerts: z.strictObject({ newIssuesPerDay: z.int().min(0).max(1_000) }),
});

const accessSchema = z.strictObject({
  name: nameField.describe('What the record shows.'),
  role: z.enum(['webhook', 'runner', 'operator', 'viewer']),
  tokenFile: secretFileField,
});

const TIMINGS: Readonly<Record<TimingName, string>> = {
  waitLimit: 'A guard may make an incident wait so long in one go.',
  approval: 'A question to people expires after this; the same as approval.expires.',
  claimBy: 'From reserving an operation to claiming it.',
  actBudget: 'From the claim to the last moment at which a write may be sent, plus requestTimeout.',
  requestTimeout: 'Of one request to the Kubernetes API.',
  straggler: 'So long after that a request may still take effect at the API server.',
  lookEvery: 'Between two looks at a proof.',
  waitLookEvery: 'Between two looks while a guard waits; doubles up to eight times this.',
  handedOverLookEvery: 'Between two looks at an incident that was handed over.',
  holdCap: "Caps every playbook's quiet window.",
  rangeCap: "Caps every measure's window.",
  proofTimeoutCap: "Caps every rung's timeout.",
  ruleFresh: 'A rule evaluated longer ago is not current.',
  sampleFresh: 'An older sample is stale.',
  absentTwice: 'An alert without a rule must be missing twice, so far apart.',
  recurrence: 'An alert that comes back within this after resolved is a failed proof.',
  reopenWithin: "Alerts join a target's ended incident again within this.",
  clearWithin: 'A rule may keep firing so long after the proof.',
};

function timingsShape(): Record<TimingName, z.ZodOptional<typeof durationField>> {
  const fields = Object.entries(TIMINGS).map(
    ([name, text]) => [name, durationField.optional().describe(text)] as const,
  );
  return Object.fromEntries(fields) as Record<TimingName, z.ZodOptional<typeof durationField>>;
}

/** The strict shape of a configuration laid over `DEFAULT_CONFIG`; what has a default is required here. */
export const configSchema = z
  .strictObject({
    mode: autonomyField.describe('Ceiling for every playbook.'),
    cluster: clusterSchema,
    gitea: giteaSchema.optional(),
    executors: z
      .array(z.enum(['gitea', 'direct']))
      .min(1)
      .max(2)
      .describe('Tried in this order.'),
    platform: z.strictObject({
      tenants: z.union([patternField, z.array(patternField).max(100)]),
      namespaces: z.record(lineField(), patternField),
    }),
    changes: z
      .strictObject({ allow: z.array(scopeSchema).max(200), never: z.array(scopeSchema).max(200) })
      .describe('What may be changed at all. never wins; nothing listed, nothing changed.'),
    limits: limitsSchema,
    autonomy: z.strictObject({
      earn: z.strictObject({ successes: countField, promote: z.literal('propose') }),
      demote: z.strictObject({ failures: countField }),
    }),
    approval: z.strictObject({ expires: durationField, fourEyes: z.boolean() }),
    freeze: z.array(freezeSchema).max(100),
    budget: budgetSchema.optional(),
    tell: tellSchema,
    maintenance: z.strictObject({
      daily: dailyField,
      weekly: weeklyField,
      monthly: monthlyField,
      quarterly: monthlyField,
    }),
    server: z.strictObject({ listen: listenField }),
    access: z.array(accessSchema).max(200).describe('One entry a person or machine.'),
    store: storeField,
    keep: z.strictObject({ incidents: keepField, evidence: keepField, ledger: keepField }),
    playbooks: z.array(pathField).min(1).max(20).describe('shipped, and folders of your own.'),
    timings: z
      .strictObject(timingsShape())
      .describe('For a demo and for tests; a platform needs none of these.'),
  })
  .meta({ title: 'The configuration of Runova' });

export type ConfigFile = z.output<typeof configSchema>;
