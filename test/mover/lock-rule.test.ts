import { podNamesOf } from '../../src/api';
import { heldBy, isDead, type Lock, type Witness } from '../../src/mover/lock-rule';

const cluster = '7f1c2a44-0000-4000-8000-000000000001';
const POD = `${podNamesOf(cluster)}wiki-backup-0a1b2c3d-mi8rbd8gs-1-x2x4z`;
const THEIRS = `${podNamesOf('another cluster')}wiki-backup-0a1b2c3d-mi8rbd8gs-1-x2x4z`;
const A_YEAR_AGO = '2025-11-21T12:00:00Z';
const lock = (
  hostname: string,
  modified = '2026-11-21T11:59:00Z',
  changes: Partial<Lock['holder']> = {},
): Lock => ({
  key: 'locks/f00d',
  modified,
  holder: {
    hostname,
    pid: 7,
    username: 'root',
    exclusive: false,
    time: '2026-11-21T11:00:00.123456789Z',
    ...changes,
  },
});
const witness = (changes: Partial<Witness> = {}): Witness => ({
  cluster,
  deadPods: [],
  now: 'Sat, 21 Nov 2026 12:00:00 GMT',
  ...changes,
});

test("a cluster's pods are known by the beginning of their names", () => {
  expect(podNamesOf(cluster)).toMatch(/^sb-[0-9a-f]{6}-$/);
  expect(podNamesOf(cluster)).not.toBe(podNamesOf('another cluster'));
});

describe('dead, and removed', () => {
  test.each<[string, Lock, Partial<Witness>]>([
    ['of a pod of ours whose container has ended', lock(POD), { deadPods: ['another', POD] }],
    ['of a pod of ours that was not renewed for 36 minutes', lock(POD, '2026-11-21T11:24:00Z'), {}],
    ['exclusive, of the same', lock(POD, '2026-11-21T11:24:00Z', { exclusive: true }), {}],
    [
      'of a pod of ours that has ended, though nobody knows what time it is',
      lock(POD),
      { deadPods: [POD], now: undefined },
    ],
  ])('a lock %s', (_, one, changes) => {
    expect(isDead(one, witness(changes))).toBe(true);
  });
});

describe('alive, as far as anybody here can know', () => {
  test.each<[string, Lock, Partial<Witness>]>([
    ['of a pod of ours that was renewed a minute ago', lock(POD), {}],
    ['of a pod of ours that was renewed 35 minutes ago', lock(POD, '2026-11-21T11:25:00Z'), {}],
    ['of a pod of ours, when nobody knows what time it is', lock(POD, A_YEAR_AGO), { now: undefined }],
    ['of a pod of ours, when the time cannot be read', lock(POD, A_YEAR_AGO), { now: 'noon' }],
    ['of a pod of ours, of no known age', lock(POD, ''), {}],
    ['from the future', lock(POD, '2026-11-22T12:00:00Z'), {}],
    ['of a pod whose name goes on after that of a dead one', lock(`${POD}x`), { deadPods: [POD] }],
    ['of another cluster, a year old', lock(THEIRS, A_YEAR_AGO), {}],
    ["of another cluster's pod that is called dead", lock(THEIRS), { deadPods: [THEIRS] }],
    ["of a person's machine, a year old", lock('laptop', A_YEAR_AGO), { deadPods: ['laptop'] }],
    ['of nobody, a year old', lock('', A_YEAR_AGO), { deadPods: [''] }],
    ['that cannot be read, a year old', { key: 'locks/f00d', modified: A_YEAR_AGO }, {}],
  ])('a lock %s', (_, one, changes) => {
    expect(isDead(one, witness(changes))).toBe(false);
  });
});

describe('who holds it is told', () => {
  const at = { endpoint: 'https://s3.example.net', bucket: 'wiki' };

  test('a pod of ours, whose lock will go by itself', () => {
    expect(heldBy([lock(POD)], cluster, at)).toBe(
      `The repository in the bucket wiki at https://s3.example.net is locked by ${POD} (process 7 of root) since 2026-11-21T11:00:00Z: wait for it. ` +
        'If that pod is dead, its lock is removed when it has not been renewed for 35 minutes (last at 2026-11-21T11:59:00Z).',
    );
  });

  test('somebody else, whose lock only a person can remove', () => {
    expect(heldBy([lock('laptop'), lock(THEIRS)], cluster, at)).toBe(
      'The repository in the bucket wiki at https://s3.example.net is locked by laptop (process 7 of root) since 2026-11-21T11:00:00Z, and by 1 more: wait for it. ' +
        'If that process is dead, delete the object locks/f00d of the bucket by hand; nothing of ours does.',
    );
  });

  test('a lock that cannot be read', () => {
    expect(heldBy([{ key: 'locks/f00d', modified: A_YEAR_AGO }], cluster, at)).toMatch(
      / is locked by somebody who cannot be read from the lock: wait for it\. If that process is dead, delete the object locks\/f00d /,
    );
  });

  test('nobody any more', () => {
    expect(heldBy([], cluster, at)).toBe(
      'The repository in the bucket wiki was locked a moment ago: try again.',
    );
  });
});
