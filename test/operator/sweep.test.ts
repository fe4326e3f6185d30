import { CONTRACT_VERSION, encodeOutcome } from '../../src/api';
import type { ServiceBackupStatus } from '../../src/api/service-backup';
import { plan } from '../../src/operator/plan';
import {
  actionsOf,
  at,
  backup,
  ended,
  group,
  item,
  job,
  maintenance,
  node,
  observed,
  outcome,
  pod,
  run,
  written,
} from './fixtures';

const RUN = '0tovstcs';
const earlier = (name: string, on = 'node-1') =>
  job(name, on, { run: '0tovstcr', createdAt: '2026-11-20T01:30:00Z' });
const failedItem = item('a', { state: 'Failed', reason: 'NoFiles', job: 'old' });
const settled: ServiceBackupStatus = { scheduledThrough: written('01:30'), items: [failedItem] };
const deleted = (status: ServiceBackupStatus, changes: Parameters<typeof observed>[1]) =>
  actionsOf(plan(observed(backup(['a'], { status }), changes), at('01:31')).actions, 'deleteJob').map(
    ({ name }) => name,
  );

const old = { jobs: [earlier('old')], pods: { old: ended('old', outcome([]), 1) } };

test('the last failed Job is there while nothing runs', () => {
  expect(deleted(settled, old)).toEqual([]);
});

test('it is still there while the next run waits for its node: its pod is known to have ended', () => {
  const nodes = [node('node-1', { ready: false })];
  expect(deleted({ ...settled, run: run() }, { ...old, nodes, places: { a: 'node-1' } })).toEqual([]);
});

test('it goes with the first Job of the next run, which is made before', () => {
  const made = plan(
    observed(backup(['a'], { status: { ...settled, run: run() } }), { ...old, places: { a: 'node-1' } }),
    at('01:31'),
  );
  expect(made.actions.map(({ type }) => type)).toEqual(['createJob', 'deleteJob']);
});

test('it does not stay if it refused a forged program: its pod would keep that on the node', () => {
  const refusal = encodeOutcome({
    version: CONTRACT_VERSION,
    items: [],
    failure: { reason: 'ProgramChanged', message: 'another program' },
  });
  expect(deleted(settled, { ...old, pods: { old: ended('old', refusal, 1) } })).toEqual(['old']);
});

describe('of Jobs that looked after the repository', () => {
  const over = { ...settled, items: [item('a')] };
  const its = (name: string, exitCode: number) => ({
    jobs: [job(name, '', { run: RUN })],
    pods: { [name]: ended(name, outcome([]), exitCode) },
  });

  test('one that failed stays until the next run', () => {
    expect(deleted(over, its('m1', 1))).toEqual([]);
    expect(deleted(over, its('m1', 0))).toEqual(['m1']);
  });

  test('one of an earlier run goes when a run has made its first Job', () => {
    const status = { ...over, run: run([group('j1', 'node-1', ['a'])]) };
    const jobs = [earlier('m1', ''), job('j1')];
    expect(deleted(status, { jobs, pods: { m1: ended('m1', '', 1), j1: pod('j1') } })).toEqual(['m1']);
  });

  test('the one under way stays', () => {
    const status = {
      ...over,
      run: { ...run([], [item('a')]), maintenance: [maintenance('m1', { check: true })] },
    };
    expect(deleted(status, { jobs: [job('m1', '')] })).toEqual([]);
  });
});
