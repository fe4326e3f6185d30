import { createHash } from 'node:crypto';
import { type Evidence, isDead } from '../../src/mover/locks';

const CLUSTER = '7f1c2a44-0000-4000-8000-000000000001';
const hashOf = (cluster: string) => createHash('sha256').update(cluster).digest('hex').slice(0, 6);
const POD = `sb-${hashOf(CLUSTER)}-wiki-backup-0a1b2c3d-mi8rbd8gs-1-x2x4z`;
const evidence = (changes: Partial<Evidence> = {}): Evidence => ({
  minutesOld: 1,
  cluster: CLUSTER,
  deadPods: [],
  ...changes,
});

test.each<[string, string, Partial<Evidence>, boolean]>([
  ['of a pod of ours whose container has ended is dead', POD, { deadPods: ['another', POD] }, true],
  ['of a pod of ours that was not refreshed for 36 minutes is dead', POD, { minutesOld: 36 }, true],
  ['of a pod of ours that was refreshed a minute ago is alive', POD, {}, false],
  ['of a pod of ours that was refreshed 35 minutes ago is alive', POD, { minutesOld: 35 }, false],
  ['whose age nobody knows is alive', POD, { minutesOld: Number.NaN }, false],
  ['from the future is alive', POD, { minutesOld: -600 }, false],
  ['of a pod of ours beside another that has ended is alive', POD, { deadPods: [`${POD}x`] }, false],
  [
    'of another cluster is never dead, however old',
    `sb-${hashOf('another cluster')}-wiki-backup-0a1b2c3d-mi8rbd8gs-1-x2x4z`,
    { minutesOld: 60 * 24 * 365 },
    false,
  ],
  [
    'of another cluster is not dead by having the name of a dead pod',
    'sb-000000-wiki',
    { deadPods: ['sb-000000-wiki'] },
    false,
  ],
  [
    "of a person's machine is never dead",
    'laptop',
    { minutesOld: 60 * 24 * 365, deadPods: ['laptop'] },
    false,
  ],
  ['without a host name is never dead', '', { minutesOld: 60 * 24 * 365 }, false],
])('a lock %s', (_, hostname, changes, dead) => {
  expect(isDead({ hostname }, evidence(changes))).toBe(dead);
});
