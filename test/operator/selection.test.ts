import type { Item, ServiceBackupStatus } from '../../src/api/service-backup';
import { plan } from '../../src/operator/plan';
import { select } from '../../src/operator/selection';
import { readsVolumes } from '../../src/operator/step-job';
import { type ClaimView, claimView } from '../../src/operator/views';
import {
  actionsOf,
  at,
  backup,
  claim,
  config,
  ended,
  group,
  item,
  job,
  observed,
  outcome,
  placement,
  run,
  success,
  written,
} from './fixtures';

const app: Item = { type: 'pvc', selector: { matchLabels: { app: 'wiki' } } };
const tier: Item = { type: 'pvc', selector: { matchLabels: { tier: 'db' } } };
const named = (name: string): Item => ({ type: 'pvc', name });
const view = (name: string, labels = {}, changes: Partial<ClaimView> = {}): ClaimView => ({
  name,
  labels,
  deleting: false,
  excluded: false,
  covered: false,
  ...changes,
});
const wiki = { app: 'wiki' };
const many = (count: number, labels = wiki) =>
  Array.from({ length: count }, (_, n) => view(`data-${String(n).padStart(2, '0')}`, labels));
const refused = { reason: 'NotPermitted' as const, message: 'No right.' };

const found = (backups: Item[], claims: Parameters<typeof select>[1], status?: ServiceBackupStatus) =>
  select(backup([], { spec: { backups }, status }), claims);
const selectedOf = (...all: Parameters<typeof found>) =>
  found(...all).selected.map(({ name, by }) => `${name} by ${by}`);

describe('a selector', () => {
  test('finds the claims that have all of its labels, sorted by name', () => {
    const both: Item = { type: 'pvc', selector: { matchLabels: { tier: 'db', app: 'wiki' } } };
    const claims = [
      view('b', { ...wiki, tier: 'db', more: 'x' }),
      view('a', { ...wiki, tier: 'db' }),
      view('c', wiki),
      view('d', { ...wiki, tier: 'web' }),
    ];
    expect(selectedOf([both], claims)).toEqual(['a by app=wiki,tier=db', 'b by app=wiki,tier=db']);
  });

  test('does not select what is named, or what a selector before it has found', () => {
    const claims = [view('a', wiki), view('b', { ...wiki, tier: 'db' }), view('c', { tier: 'db' })];
    expect(selectedOf([app, tier, named('a')], claims)).toEqual(['b by app=wiki', 'c by tier=db']);
  });

  test('that finds only what others have is no failure', () => {
    expect(found([app, named('a')], [view('a', wiki)])).toMatchObject({ selected: [], failed: [] });
  });

  test('does not select a claim that is being deleted', () => {
    expect(selectedOf([app], [view('a', wiki, { deleting: true }), view('b', wiki)])).toEqual([
      'b by app=wiki',
    ]);
  });

  test('does not select a claim whose owner wrote why it need not be backed up', () => {
    expect(selectedOf([app], [view('a', wiki, { excluded: true }), view('b', wiki)])).toEqual([
      'b by app=wiki',
    ]);
  });

  test('that finds nothing fails, and says how to mend it', () => {
    expect(found([app, named('a')], [view('a'), view('gone', wiki, { deleting: true })]).failed).toEqual([
      {
        name: 'app=wiki',
        reason: 'NothingSelected',
        message:
          'No claim of namespace wiki with the labels app=wiki is to be backed up: correct matchLabels in the ServiceBackup, or label the claims.',
      },
    ]);
  });

  test('that is declared twice fails once', () => {
    expect(found([app, app], []).failed).toHaveLength(1);
  });
});

describe('more than 64 items', () => {
  test('are as many as fit, and one more is refused', () => {
    expect(found([named('a'), app], many(63))).toMatchObject({ failed: [], selected: { length: 63 } });
    expect(found([named('a'), app], many(64))).toMatchObject({
      selected: [],
      failed: [
        {
          name: 'app=wiki',
          reason: 'TooManyItems',
          message:
            'The labels app=wiki are those of 64 claims, which makes 65 items, of at most 64: divide them among several ServiceBackups, by narrower labels. Of these claims only those are backed up that the last run had.',
        },
      ],
      uncovered: { length: 20 },
    });
  });

  test('do not stop other selectors', () => {
    const claims = [...many(65), view('db', { tier: 'db' })];
    expect(selectedOf([app, tier], claims)).toEqual(['db by tier=db']);
  });

  test('leave in the backup what the last run had of them, as far as it is there and fits', () => {
    const selected = ['data-01', 'gone', 'data-00'].map((name) => ({ name, by: 'app=wiki' }));
    expect(selectedOf([app], many(65), { selected })).toEqual(['data-00 by app=wiki', 'data-01 by app=wiki']);
    const full = Array.from({ length: 63 }, (_, n) => named(`n${n}`));
    expect(selectedOf([...full, app], many(65), { selected })).toEqual(['data-00 by app=wiki']);
  });
});

test('without the right to list claims every selector fails, and what the last run had is tried all the same', () => {
  const selected = [
    { name: 'a', by: 'app=wiki' },
    { name: 'b', by: 'no=more' },
  ];
  expect(found([app, tier], refused, { selected })).toEqual({
    selected: [{ name: 'a', by: 'app=wiki' }],
    failed: [
      { name: 'app=wiki', ...refused },
      { name: 'tier=db', ...refused },
    ],
    uncovered: [],
  });
});

describe('uncovered', () => {
  test('are claims that neither this ServiceBackup nor another covers, sorted', () => {
    const claims = [
      view('z'),
      view('a', wiki),
      view('b'),
      view('theirs', {}, { covered: true }),
      view('cache', {}, { excluded: true }),
      view('going', {}, { deleting: true }),
      view('c'),
    ];
    expect(found([app, named('b')], claims).uncovered).toEqual(['c', 'z']);
  });

  test('are at most 20', () => {
    const { uncovered } = found([app], [view('a', wiki), ...many(30, {} as typeof wiki)]);
    expect(uncovered).toHaveLength(20);
    expect(uncovered.at(-1)).toBe('data-19');
  });
});

test('of a claim it is kept which labels it has, whether it is being deleted, whether another covers it, and whether its owner excluded it', () => {
  const gone = claim('a', {
    metadata: { name: 'a', labels: wiki, deletionTimestamp: '2026-11-21T01:00:00Z' },
  });
  expect(claimView(gone, new Set())).toEqual(view('a', wiki, { deleting: true }));
  expect(claimView(claim('b'), new Set(['b']))).toEqual(view('b', {}, { covered: true }));
  const annotations = { 'servicebackup.io/not-backed-up': 'a cache' };
  expect(claimView(claim('c', { metadata: { name: 'c', annotations } }), new Set())).toEqual(
    view('c', {}, { excluded: true }),
  );
});

const due: ServiceBackupStatus = { scheduledThrough: '2026-11-20T01:30:00Z' };
const seen = (backups: Item[], status: ServiceBackupStatus, changes: Parameters<typeof observed>[1] = {}) =>
  observed(backup([], { spec: { backups }, status }), changes);
const claims = [view('data-0', wiki), view('data-1', wiki), view('cache')];
const places = { 'data-0': 'node-1', 'data-1': 'node-1', a: 'node-1' };

describe('a run with selectors', () => {
  test('asks for claims and places together, and fixes what was found with its start', () => {
    expect(plan(seen([app], due), at('01:30')).needsPlaces).toBe(true);
    const { status, actions } = plan(seen([app], due, { claims, places }), at('01:30'));
    expect(status.run?.selected).toEqual([
      { name: 'data-0', by: 'app=wiki' },
      { name: 'data-1', by: 'app=wiki' },
    ]);
    expect(status.uncovered).toEqual(['cache']);
    expect(actionsOf(actions, 'createJob')[0]?.job.step).toMatchObject({ items: ['data-0', 'data-1'] });
  });

  test('keeps to it in mid-run: claims that come later are for the next', () => {
    const selected = [{ name: 'data-0', by: 'app=wiki' }];
    const status = { run: { ...run([], []), selected } };
    const made = plan(seen([app], status, { claims, places }), at('01:31'));
    expect(made.status.run?.selected).toEqual(selected);
    expect(made.status.run?.groups[0]?.items).toEqual(['data-0']);
  });

  test('that ends tells in status what it covered', () => {
    const selected = [{ name: 'data-0', by: 'app=wiki' }];
    const made = plan(
      seen(
        [app],
        { run: { ...run([group('j1', 'node-1', ['data-0'])]), selected }, uncovered: ['cache'] },
        { jobs: [job('j1')], pods: { j1: ended('j1', outcome([success()])) } },
      ),
      at('01:40'),
    );
    expect(made.status).toMatchObject({
      state: 'Success',
      selected,
      uncovered: ['cache'],
      items: [{ name: 'data-0', state: 'Success' }],
    });
    expect(made.status.run).toBeUndefined();
  });

  test('that finds nothing for a selector is Failed, though the other items are backed up', () => {
    const { status, actions } = plan(
      seen([tier, named('a')], due, { claims, places: { a: 'node-1' } }),
      at('01:30'),
    );
    const reason = 'NothingSelected';
    expect(status.run?.done).toMatchObject([{ name: 'tier=db', state: 'Failed', reason }]);
    expect(actionsOf(actions, 'createJob')[0]?.job.step).toMatchObject({ items: ['a'] });
    expect(actionsOf(actions, 'event').map(({ event }) => event.reason)).toContain(reason);

    const { job: name } = status.run!.groups[0]!;
    const over = { jobs: [job(name)], pods: { [name]: ended(name, outcome([success()])) } };
    const end = plan(seen([tier, named('a')], status, over), at('01:40')).status;
    expect(end.lastBackup).toMatchObject({
      state: 'Failed',
      reason,
      message: expect.stringMatching(/^1 of 2 items \(tier=db\): No claim of namespace wiki/),
    });
    expect(end.items?.map((one) => [one.name, one.state])).toEqual([
      ['tier=db', 'Failed'],
      ['a', 'Success'],
    ]);
    expect(end.selected).toEqual([]);
  });

  test('that finds nothing at all is over at once, and Failed', () => {
    const { status } = plan(seen([app], due, { claims: [], places: {} }), at('01:30'));
    expect(status.run).toBeUndefined();
    expect(status.lastBackup).toMatchObject({ state: 'Failed', reason: 'NothingSelected' });
  });

  test('fails for an unbound claim as it does for one that is named', () => {
    const why = { reason: 'ClaimNotBound' as const, message: 'Claim wiki/data-0 is not bound to a volume.' };
    const { status } = plan(
      seen([app], due, { claims: [view('data-0', wiki)], places: { 'data-0': why } }),
      at('01:30'),
    );
    expect(status.lastBackup).toMatchObject({ state: 'Failed', reason: 'ClaimNotBound' });
  });

  test('no longer tells of what selectors found when there are none any more', () => {
    const selected = [{ name: 'data-0', by: 'app=wiki' }];
    const before = { run: run([], [item('a')]), selected, uncovered: ['cache'] };
    const { status } = plan(seen([named('a')], before), at('01:31'));
    expect(status.lastBackup).toBeDefined();
    expect([status.selected, status.uncovered]).toEqual([undefined, undefined]);
  });
});

describe('a namespace whose claims may not be listed', () => {
  const forbidden = { claims: refused };

  test('is asked again for a while: the RoleBinding may come after the declaration', () => {
    const { status, wakeAt } = plan(seen([app], due, { ...forbidden, places: {} }), at('01:30'));
    expect(status.run).toBeDefined();
    expect(status.run?.selected).toBeUndefined();
    expect(wakeAt).toEqual(at('01:30:02'));
    const then = plan(seen([app], status, { claims, places }), at('01:30:02'));
    expect(then.status.run?.selected).toHaveLength(2);
  });

  test('fails the selector after that, and keeps what is known of the claims', () => {
    const known = {
      run: run([]),
      selected: [{ name: 'data-0', by: 'app=wiki' }],
      items: [item('data-0', { lastSuccess: written('01:00'), snapshot: 'abc' })],
      uncovered: ['cache'],
    };
    const { status } = plan(
      seen([app], known, { ...forbidden, places: { 'data-0': refused } }),
      at('01:30:15'),
    );
    expect(status.lastBackup).toMatchObject({ state: 'Failed', reason: 'NotPermitted' });
    expect(status.items).toMatchObject([
      { name: 'app=wiki', reason: 'NotPermitted' },
      { name: 'data-0', reason: 'NotPermitted', snapshot: 'abc' },
    ]);
    expect(status.selected).toEqual(known.selected);
    expect(status.uncovered).toBeUndefined();
  });

  test('is not waited for when there is no config any more, either', () => {
    const orphan = seen([app], { run: run([]) }, { ...forbidden, config: undefined });
    expect(plan(orphan, at('01:30:01')).status.lastBackup).toMatchObject({ reason: 'ConfigMissing' });
  });
});

describe('a claim that is no longer selected', () => {
  const before: ServiceBackupStatus = {
    ...due,
    selected: [
      { name: 'data-0', by: 'app=wiki' },
      { name: 'data-1', by: 'app=wiki' },
    ],
    items: [
      item('data-0', { snapshot: 'a0', lastSuccess: written('01:00') }),
      item('data-1', { snapshot: 'a1' }),
    ],
  };
  const start = plan(
    seen([app], before, {
      claims: [view('data-0', wiki)],
      places: { 'data-0': placement('node-1', 'data-0') },
    }),
    at('01:30'),
  );

  test('is no item of the run, so that nothing of it is forgotten', () => {
    const { job: wanted } = actionsOf(start.actions, 'createJob')[0]!;
    expect(readsVolumes(wanted) && [wanted.step.items, wanted.retentionOf]).toEqual([['data-0'], []]);
  });

  test('leaves status.items with the end of the run', () => {
    const { job: name } = start.status.run!.groups[0]!;
    const over = { jobs: [job(name)], pods: { [name]: ended(name, outcome([success()])) }, config: config() };
    const { status } = plan(seen([app], start.status, over), at('01:40'));
    expect(status.items?.map((one) => one.name)).toEqual(['data-0']);
    expect(status.heldRetention).toBeUndefined();
  });
});
