import type { ItemStatus, Run, ServiceBackupStatus } from '../../src/api/service-backup';
import { policyText } from '../../src/operator/acknowledgement';
import { holdRetention } from '../../src/operator/retention-held';
import { type Settings, settingsOf } from '../../src/operator/settings';
import { backup, config, item, run } from './fixtures';

type Held = NonNullable<ServiceBackupStatus['heldRetention']>;

const POLICY = 'daily 7, weekly 6, monthly 6, yearly 1';
const settings = settingsOf(backup(), config(), 'jobs') as Settings;
const good = item('a');
const shrunk = item('b', {
  state: 'Warning',
  reason: 'SuspiciousShrink',
  bytes: 4,
  files: 1,
  shrunkFrom: { bytes: 10, files: 2 },
});
const failed = item('c', { state: 'Failed', reason: 'VolumeNotAttached' });
const unread = item('d', { state: 'Warning', reason: 'UnreadableFiles' });
const needed: Run['retention'] = {
  failed: true,
  reason: 'AcknowledgementNeeded',
  message: 'a: 9 of 10 would go.',
};
const damaged: ServiceBackupStatus['repository'] = {
  id: 'x',
  check: {
    timestamp: '2026-11-15T06:00:00Z',
    state: 'Failed',
    reason: 'RepositoryDamaged',
    message: 'pack 1f',
    part: 1,
    parts: 13,
  },
};

const held = (
  items: ItemStatus[],
  {
    retention,
    known,
    repository,
  }: { retention?: Run['retention']; known?: Held; repository?: typeof damaged } = {},
  id = 'r2',
): Held | undefined => {
  const status: ServiceBackupStatus = {
    ...(known && { heldRetention: known }),
    ...(repository && { repository }),
  };
  holdRetention(status, { ...run(), id, ...(retention && { retention }) }, items, settings);
  return status.heldRetention;
};

test('a run without findings holds nothing, and lifts what was held', () => {
  expect(
    held([good], {
      retention: { failed: false, message: '7 kept' },
      known: { run: 'r1', reason: 'ItemsFailed' },
    }),
  ).toBeUndefined();
});

test.each<[string, ItemStatus[], Parameters<typeof held>[1], string, string]>([
  [
    'an item that failed',
    [good, failed],
    {},
    'VolumeNotAttached',
    'Nothing is forgotten of c: the last backup was no success.',
  ],
  [
    'items that were no success, each for its reason',
    [good, failed, unread],
    {},
    'ItemsFailed',
    'Nothing is forgotten of c, d: the last backup was no success.',
  ],
  [
    'an item that shrank',
    [good, shrunk],
    {},
    'SuspiciousShrink',
    "Nothing is forgotten of what shrank by more than half: b (from 10 bytes in 2 files to 4 in 1). If it is meant to be so, acknowledge it ('service-backup acknowledge'); else restore.",
  ],
  [
    'a policy that forgets too much',
    [good],
    { retention: needed },
    'AcknowledgementNeeded',
    'a: 9 of 10 would go.',
  ],
  [
    'damage',
    [good],
    { repository: damaged },
    'RepositoryDamaged',
    'Nothing is forgotten or pruned until a check finds the repository whole: pack 1f',
  ],
  [
    'retention that failed',
    [good],
    { retention: { failed: true, reason: 'RepositoryLocked', message: 'locked by x' } },
    'RepositoryLocked',
    'locked by x',
  ],
])('%s holds retention', (_, items, changes, reason, message) => {
  expect(held(items, changes)).toEqual({ run: 'r2', reason, message, policy: POLICY });
});

test('of several findings the gravest is told', () => {
  const reasonOf = (...given: Parameters<typeof held>) => held(...given)?.reason;
  expect(reasonOf([shrunk, failed], { retention: needed, repository: damaged })).toBe('RepositoryDamaged');
  expect(reasonOf([shrunk, failed], { retention: needed })).toBe('SuspiciousShrink');
  expect(reasonOf([good, failed], { retention: needed })).toBe('AcknowledgementNeeded');
});

describe('the run that found it first', () => {
  const first = held([shrunk], {}, 'r1');

  test('stays named while the finding is the same', () => {
    expect(held([shrunk], { known: first })?.run).toBe('r1');
  });

  test.each<[string, ItemStatus[], Held]>([
    ['the policy has changed', [shrunk], { ...first!, policy: 'last 1' }],
    ['the reason has changed', [failed], first!],
    ['another item shrank since, which nobody has seen', [shrunk, { ...shrunk, name: 'bb' }], first!],
  ])('gives way when %s', (_, items, known) => {
    expect(held(items, { known })?.run).toBe('r2');
  });

  test('stays named for a shrink though the backup after it failed', () => {
    const away = item('b', { ...shrunk, state: 'Failed', reason: 'StorageUnreachable' });
    expect(held([away], { known: first })).toMatchObject({ run: 'r1', reason: 'SuspiciousShrink' });
  });

  test('stays named for a policy that no run has applied since', () => {
    const known = held([good], { retention: needed }, 'r1');
    expect(held([failed], { known })).toEqual(known);
    expect(held([failed], { known: { ...known!, policy: 'last 1' } })?.reason).toBe('VolumeNotAttached');
  });
});

test('a policy is one text however it is written', () => {
  expect(policyText({ yearly: 1, daily: 7, weekly: 0 })).toBe(policyText({ daily: 7, yearly: 1 }));
  expect(policyText({ last: 3, hourly: 24 })).toBe('last 3, hourly 24');
});
