import type { AlertRule } from '../src/domain/source.ts';
import { listenOnLoopback, readBody } from '../src/sandbox/loopback-server.ts';
import type { LoopbackServer } from '../src/sandbox/loopback-server.ts';

/** Prometheus and Alertmanager in as few lines as the measurement needs: rules that fire, and a sample for each question. */
export interface SourceStandIn {
  readonly metrics: LoopbackServer;
  readonly alerts: LoopbackServer;
  readonly asked: { queries: number; questions: number; rules: number; lists: number };
}

/** One question of a composed query, as the connector writes it. */
const QUESTION = /label_replace\(\(([\s\S]*?)\n\), "runova_question", "(\d+)"/g;
/** Between the bounds of the benchmark's playbook: traffic above 1, memory below 80. */
const GOOD_VALUE = '50';

export async function startSource(rules: () => readonly AlertRule[]): Promise<SourceStandIn> {
  const asked = { queries: 0, questions: 0, rules: 0, lists: 0 };
  const metrics = await listenOnLoopback(async (request, response) => {
    response.setHeader('content-type', 'application/json');
    if (request.method === 'GET') {
      asked.rules += 1;
      response.end(
        JSON.stringify({
          status: 'success',
          data: { groups: [{ name: 'bench', interval: 15, rules: rules().map(wireRule) }] },
        }),
      );
      return;
    }
    const query = new URLSearchParams(await readBody(request)).get('query') ?? '';
    const result = answered(query);
    asked.queries += 1;
    asked.questions += result.length;
    response.end(JSON.stringify({ status: 'success', data: { resultType: 'vector', result } }));
  });
  const alerts = await listenOnLoopback((_request, response) => {
    asked.lists += 1;
    response.writeHead(200, { 'content-type': 'application/json' }).end('[]');
  });
  return { metrics, alerts, asked };
}

function answered(query: string): readonly unknown[] {
  const nowSeconds = Date.now() / 1_000;
  const sample = (promql: string): [number, string] => [
    nowSeconds,
    promql.includes('timestamp(') ? String(nowSeconds) : GOOD_VALUE,
  ];
  const questions = [...query.matchAll(QUESTION)];
  if (questions.length === 0) return [{ metric: {}, value: sample(query) }];
  return questions.map(([, promql, index]) => ({
    metric: { runova_question: index },
    value: sample(promql ?? ''),
  }));
}

function wireRule(rule: AlertRule): unknown {
  const alerts = rule.alerts.map(({ labels, state, activeAtMs, value }) => ({
    labels,
    state,
    value,
    annotations: {},
    activeAt: new Date(activeAtMs).toISOString(),
  }));
  return {
    type: 'alerting',
    name: rule.name,
    query: rule.query,
    duration: 0,
    labels: {},
    annotations: {},
    state: alerts.length > 0 ? 'firing' : 'inactive',
    health: rule.health,
    lastEvaluation: new Date(rule.lastEvaluationMs).toISOString(),
    evaluationTime: 0.001,
    alerts,
  };
}
