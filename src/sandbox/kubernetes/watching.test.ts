import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scratchPlatform } from '../scratch-platform.ts';
import type { ScratchPlatform } from '../scratch-platform.ts';
import type { WatchEvent } from './watching.ts';

const PODS = '/api/v1/namespaces/scratch/pods';

function watch(platform: ScratchPlatform, path: string) {
  const url = new URL(path, 'http://sandbox');
  const events: WatchEvent[] = [];
  const seen = { events, ended: false };
  const query = Object.fromEntries(url.searchParams);
  const headers = { authorization: 'Bearer sandbox-observer' };
  const start = platform.api.watch(
    { method: 'GET', path: url.pathname, query, headers },
    {
      event: (event) => events.push(event),
      end: () => {
        seen.ended = true;
      },
    },
  );
  return { ...start, seen };
}

test('a list is cut into pages that all show the moment of the first', () => {
  const platform = scratchPlatform();
  const first = platform.send('observer', 'GET', `${PODS}?limit=2`).body as {
    metadata: { continue: string; resourceVersion: string };
    items: unknown[];
  };
  assert.equal(first.items.length, 2);
  platform.send('admin', 'PATCH', '/apis/apps/v1/namespaces/scratch/deployments/web', {
    spec: { replicas: 5 },
  });
  platform.settle();
  const second = platform.send('observer', 'GET', `${PODS}?limit=2&continue=${first.metadata.continue}`)
    .body as typeof first;
  assert.equal(second.items.length, 1);
  assert.equal(second.metadata.resourceVersion, first.metadata.resourceVersion);
  assert.equal(second.metadata.continue, undefined);
});

test('a page of a moment that the server has forgotten is answered 410', () => {
  const platform = scratchPlatform();
  const first = platform.send('observer', 'GET', `${PODS}?limit=1`).body as {
    metadata: { continue: string };
  };
  platform.clock.advance(60_000);
  platform.api.store.compact();
  const answer = platform.send('observer', 'GET', `${PODS}?limit=1&continue=${first.metadata.continue}`);
  assert.equal(answer.status, 410);
  assert.equal((answer.body as { reason: string }).reason, 'Expired');
});

test('a watch from a listed version tells every later change once, in order', () => {
  const platform = scratchPlatform();
  const { metadata } = platform.send('observer', 'GET', PODS).body as {
    metadata: { resourceVersion: string };
  };
  const { seen } = watch(platform, `${PODS}?watch=true&resourceVersion=${metadata.resourceVersion}`);
  assert.equal(seen.events.length, 0);
  platform.send('admin', 'PATCH', '/apis/apps/v1/namespaces/scratch/deployments/web', {
    spec: { replicas: 4 },
  });
  platform.settle();
  const added = seen.events.filter((event) => event.type === 'ADDED');
  assert.equal(added.length, 1);
  const versions = seen.events.map((event) =>
    Number((event.object['metadata'] as { resourceVersion: string }).resourceVersion),
  );
  assert.deepEqual(
    versions,
    versions.toSorted((left, right) => left - right),
  );
});

test('a watch from a version that is too old ends with a 410 in its stream', () => {
  const platform = scratchPlatform();
  const old = platform.api.store.revision;
  platform.send('admin', 'PATCH', '/api/v1/namespaces/scratch', { metadata: { labels: { a: 'b' } } });
  platform.api.store.compact();
  const { seen } = watch(platform, `${PODS}?watch=true&resourceVersion=${old}`);
  assert.equal(seen.ended, true);
  assert.equal(seen.events[0]?.type, 'ERROR');
  assert.equal(seen.events[0]?.object['code'], 410);
});

test('a watch with bookmarks gets one a minute, with the present version', () => {
  const platform = scratchPlatform();
  const { seen } = watch(
    platform,
    `${PODS}?watch=true&allowWatchBookmarks=true&resourceVersion=${platform.api.store.revision}`,
  );
  platform.clock.advance(61_000);
  const bookmarks = seen.events.filter((event) => event.type === 'BOOKMARK');
  assert.equal(bookmarks.length, 1);
});

test('a watch ends after its timeoutSeconds', () => {
  const platform = scratchPlatform();
  const { seen } = watch(platform, `${PODS}?watch=true&timeoutSeconds=5`);
  platform.clock.advance(4999);
  assert.equal(seen.ended, false);
  platform.clock.advance(2);
  assert.equal(seen.ended, true);
});

test("an object that ceases to match a watch's selector is told as deleted", () => {
  const platform = scratchPlatform();
  const [pod] = platform.api.store.list('pods', 'scratch');
  const { seen } = watch(
    platform,
    `${PODS}?watch=true&labelSelector=app%3Dweb&resourceVersion=${platform.api.store.revision}`,
  );
  platform.send('admin', 'PATCH', `${PODS}/${pod?.metadata.name}`, {
    metadata: { labels: { app: 'other' } },
  });
  assert.equal(seen.events[0]?.type, 'DELETED');
});

test('a silent watch stays open and tells nothing', () => {
  const platform = scratchPlatform();
  const { seen } = watch(platform, `${PODS}?watch=true&resourceVersion=${platform.api.store.revision}`);
  platform.faults.break('watch-silent', '');
  platform.send('admin', 'PATCH', '/apis/apps/v1/namespaces/scratch/deployments/web', {
    spec: { replicas: 1 },
  });
  platform.settle();
  assert.equal(seen.events.length, 0);
  assert.equal(seen.ended, false);
});

test('lists select by labels and by fields, and refuse a field that cannot be selected by', () => {
  const platform = scratchPlatform();
  const count = (query: string): number =>
    (platform.send('observer', 'GET', `${PODS}?${query}`).body as { items: unknown[] }).items.length;
  assert.equal(count('labelSelector=app+in+(web,api),!missing'), 3);
  assert.equal(count('labelSelector=app!%3Dweb'), 0);
  assert.equal(count('fieldSelector=spec.nodeName%3Dk3s-1'), 1);
  assert.equal(count('fieldSelector=status.phase!%3DRunning'), 0);
  assert.equal(platform.send('observer', 'GET', `${PODS}?fieldSelector=spec.hostname%3Dx`).status, 400);
});

test('events can be asked for by the uid of their object, in either API group', () => {
  const platform = scratchPlatform();
  const [pod] = platform.api.store.list('pods', 'scratch');
  const core = platform.send(
    'observer',
    'GET',
    `/api/v1/namespaces/scratch/events?fieldSelector=involvedObject.uid%3D${pod?.metadata.uid}`,
  );
  const events = platform.send(
    'observer',
    'GET',
    `/apis/events.k8s.io/v1/namespaces/scratch/events?fieldSelector=regarding.uid%3D${pod?.metadata.uid}`,
  );
  const coreItems = (core.body as { items: { message: string }[] }).items;
  const eventItems = (events.body as { items: { note: string; regarding: { uid: string } }[] }).items;
  assert.ok(coreItems.length > 0);
  assert.deepEqual(
    eventItems.map((item) => item.note),
    coreItems.map((item) => item.message),
  );
  assert.equal(eventItems[0]?.regarding.uid, pod?.metadata.uid);
});
