import type { ItemStatus, Run, RunGroup, ServiceBackupStatus } from '../../src/api/service-backup';
import { plan } from '../../src/operator/plan';
import { bytesOf, fitted, STATUS_BYTES } from '../../src/operator/status-size';
import {
  actionsOf,
  at,
  backup,
  config,
  ended,
  group,
  item,
  job,
  node,
  observed,
  outcome,
  success,
  written,
} from './fixtures';

const MAX_ITEMS = 64;
const long = (head: string, length = 253) => `${head}-${'n'.repeat(length - head.length - 1)}`;
const NAMES = Array.from({ length: MAX_ITEMS }, (_, n) => long(`v${n}`));
const NODES = NAMES.map((_, n) => long(`node${n}`));
const FOUR_BYTES = '🗄'.repeat(512);
const EMPTY = '2026-11-20T01:31:00Z';

/** Everything that a status may hold of an item, as long as it may be. */
const whole = (n: number, message: string, changes: Partial<ItemStatus> = {}): ItemStatus =>
  item(NAMES[n]!, {
    state: 'Failed',
    reason: 'RepositoryOwnedByAnother',
    message,
    placement: { node: NODES[n]!, because: `VolumeAttachment csi-${'f'.repeat(64)}` },
    job: 'j'.repeat(57),
    consistency: 'PointInTime',
    snapshot: 'a'.repeat(64),
    bytes: Number.MAX_SAFE_INTEGER,
    bytesAdded: Number.MAX_SAFE_INTEGER,
    files: 999_999_999,
    filesNew: 999_999_999,
    filesChanged: 999_999_999,
    filesUnmodified: 999_999_999,
    seconds: 86_400,
    shrunkFrom: { bytes: Number.MAX_SAFE_INTEGER, files: 999_999_999 },
    lastSuccess: EMPTY,
    ...changes,
  });
const closed = (n: number): RunGroup =>
  group('j'.repeat(57), NODES[n]!, [NAMES[n]!], { finishedAt: written('01:35') });

const around = (message: string): ServiceBackupStatus => ({
  state: 'Failed',
  reason: 'ItemsFailed',
  message,
  scheduledThrough: written('01:30'),
  seenRunNow: Array.from({ length: 10 }, (_, n) => `${n}${'🗄'.repeat(63)}`),
  periodSeconds: 86_400,
  repository: {
    id: 'f'.repeat(64),
    check: { timestamp: EMPTY, state: 'Failed', reason: 'CheckFailed', message, part: 1, parts: 13 },
    prune: { timestamp: EMPTY, state: 'Failed', reason: 'PruneFailed', message },
  },
  heldRetention: { run: '0tovstcr', reason: 'SuspiciousShrink', message, policy: 'daily 7' },
  lastBackup: {
    run: '0tovstcr',
    state: 'Failed',
    reason: 'ItemsFailed',
    message,
    startedAt: EMPTY,
    timestamp: EMPTY,
    retention: message,
    maintenance: message,
  },
  conditions: ['Ready', 'LastBackupSucceeded', 'RetentionHeld', 'RecoveryKeyMissing'].map((type) => ({
    type,
    status: 'False',
    reason: 'RepositoryOwnedByAnother',
    message,
    lastTransitionTime: EMPTY,
  })),
});
const midRun = (done: ItemStatus[]): Run => ({
  id: '0tovstcs',
  trigger: 'Schedule',
  startedAt: written('01:30'),
  groups: [...NAMES.slice(1).map((_, n) => closed(n)), group('j64', NODES[63]!, [NAMES[63]!])],
  done,
});

/** The fullest statuses: idle; in the last of 64 groups; and with an open group and maintenance as large as may be. */
const FULLEST: [string, (message: string) => ServiceBackupStatus][] = [
  ['idle', (message) => ({ ...around(message), items: NAMES.map((_, n) => whole(n, message)) })],
  [
    'in the last of 64 groups',
    (message) => ({
      ...around(message),
      items: [whole(63, message)],
      run: midRun(NAMES.slice(1).map((_, n) => whole(n, message))),
    }),
  ],
  [
    'while reports that were lost are read back',
    (message) => ({
      ...around(message),
      items: [],
      run: {
        ...midRun(NAMES.map((_, n) => whole(n, message, { state: 'Unknown' }))),
        groups: NAMES.map((_, n) => closed(n)),
        maintenance: [0, 20, 40].map((from) => ({
          job: 'j'.repeat(57),
          recall: NAMES.slice(from, from + 20),
          startedAt: written('01:40'),
          ...(from < 40 && { finishedAt: written('01:41'), reason: 'OutcomeLost', message }),
        })),
      },
    }),
  ],
  [
    'when every item was tried three times, on a node of its own',
    (message) => ({
      ...around(message),
      items: NAMES.map((_, n) => whole(n, message)),
      run: {
        ...midRun([]),
        groups: [0, 1, 2].flatMap(() => NAMES.map((_, n) => closed(n))),
        retries: NAMES.map((name) => ({
          name,
          attempts: 3,
          at: written('01:40'),
          job: 'j'.repeat(57),
          reason: 'StorageNotAnswering',
          message,
        })),
      },
    }),
  ],
];

const core = ({
  type,
  name,
  state,
  reason,
  snapshot,
  bytes,
  files,
  shrunkFrom,
  lastSuccess,
}: ItemStatus) => ({
  type,
  name,
  state,
  reason,
  snapshot,
  bytes,
  files,
  shrunkFrom,
  lastSuccess,
});

describe.each(FULLEST)('the fullest status, %s', (_, fullest) => {
  describe.each([
    ['a short sentence', 'It failed.'],
    ['1024 letters', 'm'.repeat(1024)],
    ['characters of four bytes', FOUR_BYTES],
  ])('with messages of %s', (__, message) => {
    const before = fullest(message);
    const cut = fitted(before);

    test('fits', () => {
      expect(bytesOf(before)).toBeGreaterThan(STATUS_BYTES);
      expect(bytesOf(cut)).toBeLessThanOrEqual(STATUS_BYTES);
      expect(JSON.stringify(cut)).not.toMatch(/\\ud[89a-f]/i);
    });

    test('keeps of every item what it was, what can be restored, and what the next backup is compared with', () => {
      expect((cut.items ?? []).map(core)).toEqual((before.items ?? []).map(core));
      expect((cut.run?.done ?? []).map(core)).toEqual((before.run?.done ?? []).map(core));
    });

    test('keeps what the run goes on from', () => {
      const openOf = ({ run: under }: ServiceBackupStatus) =>
        [...(under?.groups ?? []), ...(under?.maintenance ?? [])]
          .filter(({ finishedAt }) => !finishedAt)
          .map(({ because: ___, ...step }: Partial<RunGroup>) => step);
      expect(openOf(cut)).toEqual(openOf(before));
      const made = ({ run: under }: ServiceBackupStatus) =>
        (under?.earlier ?? 0) + (under?.groups.length ?? 0);
      expect(made(cut)).toBe(made(before));
      const tries = ({ run: under }: ServiceBackupStatus) =>
        under?.retries?.map(({ name, attempts, at: when, reason }) => ({ name, attempts, when, reason }));
      expect(tries(cut)).toEqual(tries(before));
      const { seenRunNow, scheduledThrough, conditions, heldRetention } = cut;
      expect({ seenRunNow, scheduledThrough }).toEqual({
        seenRunNow: before.seenRunNow,
        scheduledThrough: before.scheduledThrough,
      });
      expect(conditions?.map(({ type, reason }) => [type, reason])).toEqual(
        before.conditions?.map(({ type, reason }) => [type, reason]),
      );
      expect(heldRetention).toMatchObject({ run: '0tovstcr', reason: 'SuspiciousShrink', policy: 'daily 7' });
    });

    test('is not cut again', () => {
      expect(fitted(cut)).toBe(cut);
    });
  });
});

test('a group that found no room is counted: no Job gets the name of an earlier one', () => {
  const status = fitted(FULLEST[3]![1](FOUR_BYTES));
  expect(status.run).toMatchObject({ earlier: 191, groups: [expect.anything()] });
  const places = Object.fromEntries(NAMES.map((name, n) => [name, NODES[n]!]));
  const nodes = NODES.map((name) => node(name));
  const made = plan(observed(backup(NAMES, { status }), { nodes, places }), at('01:45'));
  expect(actionsOf(made.actions, 'createJob')[0]?.job.step.job).toMatch(/-193$/);
});

describe('64 claims that labels have selected', () => {
  const short = (name: string) => name.slice(0, 100);
  const selected = NAMES.map((name) => ({ name: short(name), by: 'l'.repeat(128) }));
  const uncovered = NAMES.slice(0, 20);
  const renamed = ({ items = [], run: under, ...rest }: ServiceBackupStatus): ServiceBackupStatus => {
    const rename = <T extends { name: string }>(all: readonly T[]) =>
      all.map((one) => ({ ...one, name: short(one.name) }));
    if (!under) return { ...rest, items: rename(items), selected, uncovered };
    const { done, retries = [] } = under;
    const groups = under.groups.map((one) => ({ ...one, items: one.items.map(short) }));
    const now = { ...under, selected, groups, done: rename(done), retries: rename(retries) };
    return { ...rest, items: rename(items), uncovered, run: now };
  };

  test.each(FULLEST)('fit, %s, and are all kept', (_, fullest) => {
    const cut = fitted(renamed(fullest(FOUR_BYTES)));
    expect(bytesOf(cut)).toBeLessThanOrEqual(STATUS_BYTES);
    expect((cut.run ?? cut).selected).toEqual(selected);
  });
});

test('a status that fits is left alone', () => {
  const status = { items: [item('a', { message: 'm'.repeat(1024) })] };
  expect(fitted(status)).toBe(status);
});

test('what is easiest to do without goes first', () => {
  const items = Array.from({ length: 50 }, (_, n) => whole(n, 'm'.repeat(1024)));
  const [first] = fitted({ items }).items!;
  expect(first?.message).toHaveLength(256);
  expect(first).toMatchObject({ bytesAdded: Number.MAX_SAFE_INTEGER, placement: { node: NODES[0] } });
});

describe('a run at the caps', () => {
  const nodes = NODES.map((name) => node(name));
  const [, fullest] = FULLEST[1]!;
  const status = fitted(fullest(FOUR_BYTES));

  test('ends as any other', () => {
    const made = plan(
      observed(backup(NAMES, { status }), {
        nodes,
        jobs: [job('j64', NODES[63])],
        pods: { j64: ended('j64', outcome([success()]), 0, NODES[63]) },
      }),
      at('01:40'),
    );
    expect(bytesOf(made.status)).toBeLessThanOrEqual(STATUS_BYTES);
    expect(made.status.run).toBeUndefined();
    expect(made.status.lastBackup).toMatchObject({ state: 'Failed', reason: 'RepositoryOwnedByAnother' });
    expect(made.status.items?.map(({ name }) => name)).toEqual(NAMES);
  });

  test('settles: the same plan made again writes nothing', () => {
    const wait = (of: ServiceBackupStatus) =>
      plan(
        observed(backup(NAMES, { status: of }), { nodes, jobs: [job('j64', NODES[63])], pods: {} }),
        at('01:30:05'),
      );
    const once = wait(wait(status).status);
    expect(wait(once.status).changed).toBe(false);
  });

  test('starts with every item on a node of its own', () => {
    const idle = fitted({ ...FULLEST[0]![1](FOUR_BYTES), scheduledThrough: EMPTY });
    const places = Object.fromEntries(NAMES.map((name, n) => [name, NODES[n]!]));
    const made = plan(
      observed(backup(NAMES, { status: idle }), { nodes, places, config: config() }),
      at('01:30'),
    );
    expect(bytesOf(made.status)).toBeLessThanOrEqual(STATUS_BYTES);
    expect(actionsOf(made.actions, 'createJob')).toHaveLength(1);
  });
});
