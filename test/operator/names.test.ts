import { jobName, LONGEST_JOB_NAME, labelValue, runId } from '../../src/operator/names';

const identity = {
  cluster: 'c1',
  namespace: 'wiki',
  name: 'backup',
  uid: 'u1',
  run: runId(new Date('2026-11-21T01:30:00Z'), 'Schedule'),
  step: 1,
};

test('a Job is named for people to recognise', () => {
  expect(jobName(identity)).toMatch(/^sb-[0-9a-f]{6}-wiki-backup-[0-9a-f]{8}-[0-9a-z]{8}s-1$/);
});

test.each([
  ['the longest names', 'n'.repeat(63), 'b'.repeat(63)],
  ['dots', 'n'.repeat(63), `${'a.'.repeat(31)}b`],
  ['a name of 253 characters', 'n', `${'x'.repeat(60)}.`.repeat(4)],
  ['hyphens where it is cut', 'a-'.repeat(31), 'b'],
  ['digits', '0', '1'],
])('it fits with %s, and its pod is a host name', (_, namespace, name) => {
  const made = jobName({ ...identity, namespace, name, step: 999 });
  expect(made.length).toBeLessThanOrEqual(LONGEST_JOB_NAME);
  expect(`${made}-abcde`).toMatch(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])$/);
  expect(made).not.toMatch(/--/);
});

test.each([
  ['cluster', { cluster: 'c2' }],
  ['ServiceBackup of the same name', { uid: 'u2' }],
  ['run', { run: 'other' }],
  ['step', { step: 2 }],
])('another %s gives another name', (_, changes) => {
  expect(jobName({ ...identity, ...changes })).not.toBe(jobName(identity));
});

test('names that only differ where they are cut are told apart by the UID', () => {
  const of = (uid: string, last: string) => jobName({ ...identity, uid, name: `${'b'.repeat(60)}${last}` });
  expect(of('u1', 'x')).not.toBe(of('u2', 'y'));
});

test('ids of runs sort by time, and tell what started them', () => {
  const early = runId(new Date('2026-11-21T01:30:00Z'), 'RunNow');
  const late = runId(new Date('2040-01-01T00:00:00Z'), 'Schedule');
  expect(early < late).toBe(true);
  expect([early.at(-1), late.at(-1)]).toEqual(['n', 's']);
});

test('two runs that a person starts within a second are two', () => {
  const ids = ['00.304', '00.600'].map((rest) => runId(new Date(`2026-11-21T01:30:${rest}Z`), 'RunNow'));
  expect(ids[0]! < ids[1]!).toBe(true);
});

test('a label takes a node name of any length', () => {
  const long = `${'node.'.repeat(40)}example`;
  expect(labelValue('node-1.example.net')).toBe('node-1.example.net');
  expect(labelValue(long)).toMatch(/^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])$/);
});
