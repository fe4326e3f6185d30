import {
  type Good,
  type Known,
  keepFlags,
  keepsAll,
  planRetention,
  policyInWords,
} from '../../src/mover/retention-plan';

const HOST = 'wiki/backup/data';
const idOf = (name: string) => name.padEnd(64, '0');
const day = (n: number) => `2026-11-${String(n).padStart(2, '0')}T01:40:00Z`;
/** Ten snapshots, a1 the oldest; the run has just made aa. */
const NAMES = ['a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'a7', 'a8', 'a9', 'aa'];
const history: Known[] = NAMES.map((name, n) => ({ id: idOf(name), hostname: HOST, time: day(n + 1) }));
const item: Good = { name: 'data', host: HOST, snapshot: idOf('aa').slice(0, 16) };
const limits = { maxForgetPercent: 20, acknowledged: false, policy: 'keep-last 3' };

const entries = (...names: string[]) => names.map((name) => ({ id: idOf(name) }));
const proposal = (remove: string[], changes: object = {}) => ({
  host: HOST,
  keep: entries(...NAMES.filter((name) => !remove.includes(name))),
  remove: entries(...remove),
  ...changes,
});
const plan = (answer: unknown, changes: Partial<typeof limits> = {}, known = history, items = [item]) =>
  planRetention(answer, known, items, { ...limits, ...changes });

test('a policy becomes flags: every field that is above zero', () => {
  expect(keepFlags({ last: 1, hourly: 0, daily: 7, yearly: 1 })).toEqual([
    '--keep-last',
    '1',
    '--keep-daily',
    '7',
    '--keep-yearly',
    '1',
  ]);
  expect(keepFlags({ daily: 0 })).toEqual([]);
  expect(policyInWords({ last: 3, daily: 7 })).toBe('keep-last 3, keep-daily 7');
});

test('what the policy does not keep is forgotten, by id', () => {
  expect(plan([proposal(['a1', 'a2'])])).toEqual({
    items: [{ name: 'data', remove: [idOf('a1'), idOf('a2')], kept: 8 }],
    failures: [],
  });
});

test.each([
  ['nothing to remove', [proposal([])]],
  ['a remove that is null', [proposal([], { remove: null })]],
  ['no group at all: the filter matched nothing', []],
])('%s', (_, answer) => {
  expect(plan(answer)).toEqual({ items: [{ name: 'data', remove: [], kept: 10 }], failures: [] });
});

describe('an answer that removes nothing needs no second look', () => {
  test.each<[string, unknown, number | undefined]>([
    ['two groups', [proposal([]), { host: 'x', keep: entries('b1'), remove: null }], 11],
    ['no group', [], 0],
    ['one that removes', [proposal([]), proposal(['a1'])], undefined],
    ['one that cannot be read', [proposal([], { remove: 'a1' })], undefined],
    ['one without what it keeps', [proposal([], { keep: null })], undefined],
    ['nothing', null, undefined],
    ['a hole', [null], undefined],
  ])('%s', (_, answer, kept) => {
    expect(keepsAll(answer)).toBe(kept);
  });
});

describe('too many at once wait for a person', () => {
  const three = [proposal(['a1', 'a2', 'a3'])];
  const message =
    'Retention would forget 3 of 10 snapshots of item data at once (keep-last 3), and maxForgetPercent (20 %) allows 2: nothing was forgotten of it. ' +
    'Correct the policy; or, if it is meant so, acknowledge it (service-backup acknowledge).';

  test('more than the limit', () => {
    expect(plan(three)).toEqual({ items: [], failures: [{ reason: 'AcknowledgementNeeded', message }] });
  });

  test('as many, once somebody has looked at it', () => {
    expect(plan(three, { acknowledged: true }).items[0]?.remove).toHaveLength(3);
  });

  test.each([
    [30, 3, true],
    [29, 3, false],
    [0, 1, true],
    [0, 2, false],
    [100, 9, true],
  ])('with %i %%, %i of 10: %s', (maxForgetPercent, count, passes) => {
    const { items } = plan([proposal(NAMES.slice(0, count))], { maxForgetPercent });
    expect(items.length === 1).toBe(passes);
  });

  test('one snapshot is always allowed, however short the history', () => {
    const two = history.slice(8);
    expect(plan([{ host: HOST, remove: entries('a9') }], {}, two).items[0]?.remove).toEqual([idOf('a9')]);
  });
});

describe('of an item nothing is forgotten', () => {
  const short = history.slice(0, 9);
  test.each<[string, unknown, Known[], string]>([
    [
      'when the snapshot that this run made would go',
      [proposal(['aa'])],
      history,
      'The policy would forget the newest snapshot of item data (are there snapshots from the future?): nothing was forgotten of it.',
    ],
    [
      'when a newer one would go',
      [proposal(['ff'])],
      [...history, { id: idOf('ff'), hostname: HOST, time: '2027-01-01T00:00:00Z' }],
      'The policy would forget the newest snapshot of item data (are there snapshots from the future?): nothing was forgotten of it.',
    ],
    [
      'when the snapshot that this run made is not there',
      [proposal(['a1'])],
      short,
      'The snapshot aa000000 of item data, which this run made, is not in the repository: nothing was forgotten of it.',
    ],
    [
      "when another host's snapshot is named",
      [proposal(['b1'])],
      [...history, { id: idOf('b1'), hostname: 'wiki', time: day(1) }],
      'restic would forget what is no snapshot of item data (b100000000000000): nothing was forgotten of it.',
    ],
    [
      'when something is named that is not there',
      [proposal(['a1', 'b1'])],
      history,
      'restic would forget what is no snapshot of item data (b100000000000000): nothing was forgotten of it.',
    ],
    [
      'when something is named that is no id',
      [proposal([], { remove: [{ short: 'a1' }] })],
      history,
      'restic would forget what is no snapshot of item data (undefined): nothing was forgotten of it.',
    ],
    [
      'when one is both kept and removed',
      [proposal(['a1'], { keep: entries('a1') })],
      history,
      'restic would both keep and forget a snapshot of item data: nothing was forgotten of it.',
    ],
  ])('%s', (_, answer, known, message) => {
    expect(plan(answer, { acknowledged: true }, known)).toEqual({
      items: [],
      failures: [{ reason: 'RetentionFailed', message }],
    });
  });

  test('the others are forgotten none the less', () => {
    const other = { name: 'config', host: 'wiki/backup/config', snapshot: idOf('c9') };
    const known = [
      ...history,
      { id: idOf('c1'), hostname: other.host, time: day(1) },
      { id: idOf('c9'), hostname: other.host, time: day(9) },
    ];
    const answer = [proposal(['aa']), { host: other.host, remove: entries('c1') }];
    expect(plan(answer, {}, known, [item, other])).toMatchObject({
      items: [{ name: 'config', remove: [idOf('c1')], kept: 1 }],
      failures: [{ reason: 'RetentionFailed' }],
    });
  });
});

test.each<[string, unknown, string]>([
  [
    'names a host that nobody asked about',
    [proposal(['a1']), { host: 'gitea/backup/data' }],
    'restic would also touch the snapshots of gitea/backup/data: nothing was forgotten.',
  ],
  [
    'has no host',
    [{ remove: entries('a1') }],
    'restic would also touch the snapshots of undefined: nothing was forgotten.',
  ],
  ['is no list', { host: HOST }, 'restic gave no plan that can be read: nothing was forgotten.'],
  ['is nothing', null, 'restic gave no plan that can be read: nothing was forgotten.'],
])('of no item anything is forgotten, when the answer %s', (_, answer, message) => {
  expect(plan(answer)).toEqual({ items: [], failures: [{ reason: 'RetentionFailed', message }] });
});
