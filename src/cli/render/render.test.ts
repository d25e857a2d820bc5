import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { IncidentDocument } from '../../contract/incident.ts';
import type { TimelineRowDocument } from '../../contract/timeline.ts';
import type { Incident } from '../../domain/incident.ts';
import { fakeIncident, fakeOperation, fakePlaybook } from '../../server/fake-incident.ts';
import { presentIncident } from '../../server/present-incident.ts';
import { renderHandoverPage } from './handover-page.ts';
import { type PageParts, renderIncidentPage } from './incident-page.ts';
import { renderIncidents } from './incident-table.ts';
import { plain } from './paint.ts';
import { plainText } from './plain-text.ts';
import { renderTable, wrap } from './table.ts';

const AT = Date.UTC(2026, 10, 3, 1, 11, 4);
const VIEW = { nowMs: AT + 7 * 60_000, timeZone: 'Europe/Berlin' };

function incidentDocument(change: Partial<Incident> = {}, evidence?: object): IncidentDocument {
  return presentIncident({
    cluster: 'hel1-prod',
    holdCapMs: undefined,
    row: { incident: fakeIncident(change), dueAtMs: undefined },
    operations: [fakeOperation()],
    owed: [],
    playbook: fakePlaybook(),
    evidence: evidence === undefined ? undefined : JSON.stringify(evidence),
  });
}

function parts(
  incident: IncidentDocument,
  lines: readonly (readonly [seconds: number, kind: string, text: string])[] = [],
): PageParts {
  const timeline = lines.map(([seconds, kind, text], at): TimelineRowDocument => ({
    sequence: at + 1,
    incident: incident.id,
    at: new Date(AT + seconds * 1_000).toISOString(),
    kind,
    text,
  }));
  return { incident, timeline, view: VIEW, paint: plain };
}

describe('the page of an incident', () => {
  test('tells what happened, why it acted, why nothing else, and the proof', () => {
    const page = renderIncidentPage(
      parts(incidentDocument(), [
        [0, 'alert', 'HighMemoryUsage fires'],
        [1, 'decided', 'act: rung 1, scale; 4 guards, 4 allow'],
        [2, 'noted', 'playbook oom-killed: no container was killed'],
        [800, 'resolved', 'the rule is inactive'],
      ]),
    );
    assert.equal(
      page,
      `INCIDENT 41   Deployment shop-prod/checkout   RESOLVED in 13m 20s   1 change   hel1-prod
HighMemoryUsage, warning · playbook high-memory-usage 3f9c1a2 · auto · through direct

WHAT HAPPENED                                                                     Tue 3 Nov, CET
  02:11:04  alert     HighMemoryUsage fires
  02:11:05  decided   act: rung 1, scale; 4 guards, 4 allow
  02:24:24  RESOLVED  the rule is inactive

WHY IT ACTED
  May it act at all?
    paused        no                          allow
  Is it the right thing?
    still firing  firing, 9 s old             allow
  Is it a good time?
    parallel      0 running         limit 3   allow
  Is it too much?
    storm         2 targets in 10m  limit 10  allow

WHY NOTHING ELSE
  playbook oom-killed: no container was killed
  rung 2, raise-memory                          not reached

PROOF, last look 02:24:14, 41 of 41 looks true, to hold for 10m
  each pod < 80 % of its limit  71 %  66 %  70 %  64 %
  the rule at its source        inactive, evaluated 02:24:11

Also: --bundle DIR (evidence)   -o yaml   runova playbooks explain high-memory-usage
`,
    );
  });

  test('begins with the guard that was in the way, and what would change that', () => {
    const [allowed] = fakeIncident().trace?.lines ?? [];
    assert.ok(allowed !== undefined);
    const scope = {
      guard: 'scope',
      question: 'May it act at all?',
      verdict: 'refuse',
      read: 'kube-system is in changes.never',
      remedy: 'take it out of changes.never',
    } as const;
    const trace = { atMs: AT, rung: 0, action: 'scale', summary: 'replicas 3 → 4', lines: [allowed, scope] };
    const page = renderIncidentPage(parts(incidentDocument({ trace })));
    assert.match(
      page,
      /^INCIDENT.*\n.*\n\nIN THE WAY of replicas 3 → 4\n {2}scope: refuse\. kube-system is in changes\.never\n {4}what would change that: take it out of changes\.never\n/,
    );
    assert.match(page, /WHY IT DID NOT ACT\n/);
    assert.match(page, / {4}scope .* REFUSE\n/);
  });

  test('shows what is asked with the two commands that answer it', () => {
    const asking = { plan: fakeOperation().plan, sinceMs: AT, expiresAtMs: VIEW.nowMs + 600_000 };
    const page = renderIncidentPage(parts(incidentDocument({ state: 'asking', asking })));
    assert.match(
      page,
      /NOW\n {2}asks {2}replicas 3 → 4 +expires in 10m\n +runova approve 41 +or\n +runova reject 41/,
    );
  });
});

describe('the page of a handover', () => {
  test('is in the order in which a person asks', () => {
    const evidence = {
      takenAtMs: AT,
      previousLogs: [{ pod: 'mailer-5f7c', container: 'mailer', text: 'Error: SMTP_PASSWORD is not set\n' }],
      events: [],
      redacted: 3,
      missing: [],
    };
    const attempts = fakeIncident().attempts.map((attempt) => ({
      ...attempt,
      outcome: 'not-fixed' as const,
      why: '0 of 2 available',
    }));
    const handover = {
      reason: 'repeated-failure' as const,
      why: 'two rungs did not help',
      atMs: AT + 60_000,
    };
    const page = renderHandoverPage(
      parts(incidentDocument({ state: 'handed-over', attempts, handover }, evidence), [
        [61, 'told', 'Alertmanager'],
      ]),
    );
    assert.equal(
      page,
      `INCIDENT 41   Deployment shop-prod/checkout   HANDED OVER 6m ago: repeated-failure   1 change   hel1-prod
HighMemoryUsage, warning · playbook high-memory-usage 3f9c1a2 · auto · through direct
told: Alertmanager 02:12:05

Runova does not touch shop-prod/checkout again until you say so. You are not racing it.

WHAT IS WRONG     checkout uses 93 % of its memory
WHY YOU           two rungs did not help
LAST WORDS        mailer-5f7c, container mailer
                  > Error: SMTP_PASSWORD is not set

WHAT RUNOVA DID
  02:11:05  41.1  rung 1, scale: replicas 3 → 4  not-fixed: 0 of 2 available
  Left behind: Deployment shop-prod/checkout, replicas 3 → 4, mark of operation 41.1

WHAT TO DO NEXT
  1  kubectl -n shop-prod top pods
  2  raise the limit in Git
  3  When the cause is gone, let Runova try again and prove it:
       runova retry 41 --rung 1
  or you have fixed it by hand:         runova close 41 --because "..."
  or it can wait until morning:         runova take 41 --until 08:00 --because "..."

EVIDENCE   taken 02:11:04; 1 kB; 3 values redacted
  previous logs of 1 container · 0 events
  runova incident 41 --bundle ./41          runova incident 41 --decision
`,
    );
  });
});

describe('lists and text', () => {
  test('a table is cut to the terminal, and not in a pipe', () => {
    const row = incidentDocument();
    const rows = [{ ...row, alerts: 1, playbook: undefined, why: 'w'.repeat(200) }];
    const narrow = renderIncidents(rows, VIEW, { wide: false, width: 80 });
    assert.ok(narrow.split('\n').every((line) => line.length <= 80));
    assert.match(narrow, /…\n$/);
    assert.match(renderIncidents(rows, VIEW, { wide: false, width: Number.POSITIVE_INFINITY }), /w{200}\n$/);
    assert.match(renderIncidents(rows, VIEW, { wide: true, width: 80 }), /PLAYBOOK.*w{200}/s);
  });

  test('an empty table is its header', () => {
    assert.equal(renderTable([{ header: 'ID', cell: () => '' }], [], 80), 'ID\n');
  });

  test('what others wrote cannot move the cursor, clear the screen or begin a line', () => {
    assert.equal(plainText('a\u001b[2J\r\nb\u202ec\u0007\ttab'), 'a·[2J b·c· tab');
    const incident = incidentDocument();
    const hostile: IncidentDocument = { ...incident, alert: 'x\u001b]0;owned\u0007', why: 'a\nb' };
    assert.ok(
      !/\p{Cc}/u.test(
        renderIncidentPage(parts(hostile, [[0, 'alert', '\u001b[31mred']])).replaceAll('\n', ''),
      ),
    );
  });

  test('words are wrapped between words, and one that is too long stays whole', () => {
    assert.deepEqual(wrap('aa bb cccccccc dd', 5), ['aa bb', 'cccccccc', 'dd']);
  });
});
