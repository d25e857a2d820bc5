// Our own rules for oxlint, for what no stock rule can say. Loaded as they are through `jsPlugins`.
import { relative, sep } from 'node:path';
import { isTestFile, roomOf, whyForbidden } from '../rooms.ts';

/** The little of a syntax tree (ESTree) that these rules look at. */
interface Node {
  readonly type: string;
  readonly [key: string]: unknown;
}

interface Context {
  readonly filename: string;
  report(finding: { readonly node: Node; readonly message: string }): void;
}

type Visitor = Readonly<Record<string, (node: Node) => void>>;

/** Where the whole program must run on a virtual clock, so that the simulator can replay it. */
const TIMELESS_ROOMS = new Set(['domain', 'ports', 'flow', 'stores', 'actions', 'checks', 'maintenance']);
const GLOBAL_CALLS = new Set(['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'randomUUID']);
const MEMBER_CALLS = new Set(
  'Date.now performance.now AbortSignal.timeout Math.random crypto.randomUUID crypto.getRandomValues process.hrtime process.nextTick'.split(
    ' ',
  ),
);
const TIME_MODULES = new Set(['node:timers', 'node:timers/promises', 'node:perf_hooks']);
const CHANCE_NAMES = new Set(['randomUUID', 'randomBytes', 'randomInt', 'randomFillSync', 'getRandomValues']);
const LOG_LEVELS = new Set(['trace', 'debug', 'info', 'warn', 'error', 'fatal']);

function fileOf(context: Context): string {
  return relative(process.cwd(), context.filename).split(sep).join('/');
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value;
}

/** `name` of an identifier, a private name or a plain string; empty for anything else. */
function nameOf(node: unknown): string {
  if (!isNode(node)) return '';
  const name = node['name'] ?? node['value'];
  return typeof name === 'string' ? name : '';
}

/** `object.property` of a member expression, with the last name of a longer object. */
function memberOf(node: unknown): readonly [string, string] | undefined {
  if (!isNode(node) || node.type !== 'MemberExpression') return undefined;
  const object = node['object'];
  const inner = memberOf(object);
  return [inner === undefined ? nameOf(object) : inner[1], nameOf(node['property'])];
}

/** Imports go only where tools/rooms.ts lets them. */
function rooms(context: Context): Visitor {
  const file = fileOf(context);
  const judge = (node: Node): void => {
    const source = node['source'];
    if (!isNode(source) || typeof source['value'] !== 'string') return;
    const why = whyForbidden(file, source['value']);
    if (why !== undefined) context.report({ node: source, message: `${why} (tools/rooms.ts)` });
  };
  return {
    ImportDeclaration: judge,
    ExportNamedDeclaration: judge,
    ExportAllDeclaration: judge,
    ImportExpression: judge,
  };
}

/** Time, timers, yields and chance come in through the ports. */
function injectedTimeAndChance(context: Context): Visitor {
  const file = fileOf(context);
  if (isTestFile(file) || !TIMELESS_ROOMS.has(roomOf(file) ?? '')) return {};
  const refuse = (node: Node, what: string): void =>
    context.report({ node, message: `${what} here: take the Clock or Chance port, or an argument` });
  return {
    CallExpression(node) {
      const callee = node['callee'];
      const member = memberOf(callee)?.join('.') ?? '';
      if (isNode(callee) && callee.type === 'Identifier' && GLOBAL_CALLS.has(nameOf(callee)))
        refuse(node, nameOf(callee));
      if (MEMBER_CALLS.has(member) || /^globalThis\.(?:set|queue)/.test(member)) refuse(node, member);
    },
    NewExpression(node) {
      const given = node['arguments'];
      if (nameOf(node['callee']) === 'Date' && Array.isArray(given) && given.length === 0)
        refuse(node, 'new Date()');
    },
    ImportDeclaration(node) {
      const module = nameOf(node['source']);
      if (TIME_MODULES.has(module)) refuse(node, module);
      const names = Array.isArray(node['specifiers']) ? node['specifiers'] : [];
      for (const one of names)
        if (isNode(one) && CHANCE_NAMES.has(nameOf(one['imported']))) refuse(one, nameOf(one['imported']));
    },
  };
}

/** One door to the network, so that limits, secrets and traces are kept in one place. The CLI has its own client. */
function oneWayOut(context: Context): Visitor {
  const file = fileOf(context);
  const room = roomOf(file);
  const isDoor = file === 'src/connectors/http.ts' || isTestFile(file);
  if (isDoor || room === undefined || ['cli', 'web', 'sandbox', 'demo'].includes(room)) return {};
  return {
    CallExpression(node) {
      const callee = node['callee'];
      const called =
        isNode(callee) && callee.type === 'Identifier' ? nameOf(callee) : (memberOf(callee)?.join('.') ?? '');
      if (called === 'fetch' || called === 'globalThis.fetch') {
        context.report({ node, message: 'the only way out is src/connectors/http.ts' });
      }
    },
  };
}

/** A message is a fixed sentence, so that lines group; what varies is a field, where it is redacted. */
function staticLogMessage(context: Context): Visitor {
  if (!fileOf(context).startsWith('src/')) return {};
  return {
    CallExpression(node) {
      const member = memberOf(node['callee']);
      if (member === undefined || !/^#?(?:log|logger)$|Log$/.test(member[0]) || !LOG_LEVELS.has(member[1]))
        return;
      const given: unknown = Array.isArray(node['arguments']) ? node['arguments'][0] : undefined;
      if (isNode(given) && (given.type !== 'Literal' || typeof given['value'] !== 'string')) {
        context.report({
          node: given,
          message: 'a log message is a plain string; put what varies into the fields',
        });
      }
    },
  };
}

export default {
  meta: { name: 'runova' },
  rules: {
    rooms: { create: rooms },
    'injected-time-and-chance': { create: injectedTimeAndChance },
    'one-way-out': { create: oneWayOut },
    'static-log-message': { create: staticLogMessage },
  },
};
