import type { ItemOutcome, Outcome } from '../../src/api/outcome';
import type { Run } from '../../src/api/service-backup';
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
  observed,
  outcome,
  run,
  success,
  written,
} from './fixtures';

const lost = (name: string, changes = {}) =>
  item(name, {
    state: 'Unknown',
    reason: 'OutcomeLost',
    message: 'Job j1 has ended, but its pod is gone.',
    placement: { node: 'node-1', because: 'x' },
    job: 'j1',
    ...changes,
  });
const settled = { scheduledThrough: written('01:30'), repository: { id: 'repo-id' } };
const finished = group('j1', 'node-1', ['a'], { finishedAt: written('01:35') });

const planned = (names: string[], under: Run, changes: Parameters<typeof observed>[1] = {}) =>
  plan(observed(backup(names, { status: { ...settled, run: under } }), changes), at('01:40'));

test('an item whose report is lost is read back before the run ends', () => {
  const made = planned(['a', 'b'], run([finished], [lost('a'), item('b')]));
  expect(made.status.run?.maintenance).toEqual([
    { job: expect.stringMatching(/-2$/), recall: ['a'], startedAt: written('01:40') },
  ]);
  expect(actionsOf(made.actions, 'createJob')).toMatchObject([
    { job: { step: { recall: ['a'] }, run: '0tovstcs' } },
  ]);
  expect(made.status).toMatchObject({
    state: 'Running',
    message: expect.stringContaining('reads back what became of a'),
  });
});

test('more than twenty are read back by several Jobs, one after the other', () => {
  const names = Array.from({ length: 25 }, (_, n) => `v${n}`);
  const done = names.map((name) => lost(name));
  const first = planned(names, run([finished], done));
  const [step] = first.status.run!.maintenance!;
  expect(step?.recall).toHaveLength(20);
  const second = planned(names, first.status.run!, {
    jobs: [job(step!.job, '')],
    pods: { [step!.job]: ended(step!.job, outcome(step!.recall!.map(() => success()))) },
  });
  expect(second.status.run?.maintenance?.[1]?.recall).toEqual(names.slice(20));
});

test('it waits while as many Jobs run as may', () => {
  const made = planned(['a'], run([finished], [lost('a')]), { busy: ['node-2', ''] });
  expect(made).toMatchObject({ turn: { nodes: [] }, status: { run: { done: [{ state: 'Unknown' }] } } });
  expect(made.status.run).not.toHaveProperty('maintenance');
});

describe('what is read back', () => {
  const under = {
    ...run([finished], [lost('a', { bytes: 1000, files: 10, lastSuccess: '2026-11-20T01:31:00Z' })]),
    maintenance: [maintenance('m1', { recall: ['a'] })],
  };
  const then = (told: Outcome | string, exitCode = 0) => {
    const made = planned(['a'], under, { jobs: [job('m1', '')], pods: { m1: ended('m1', told, exitCode) } });
    return { ...made.status, first: made.status.items?.[0] };
  };
  const found: ItemOutcome = { state: 'Warning', reason: 'OutcomeLost', message: 'found', snapshot: '5nap' };

  test('is a Warning, with its snapshot, where it was read', () => {
    expect(then(outcome([found])).first).toMatchObject({
      state: 'Warning',
      reason: 'OutcomeLost',
      snapshot: '5nap',
      job: 'j1',
      placement: { node: 'node-1' },
      lastSuccess: written('01:40'),
    });
  });

  test('is never more than a Warning', () => {
    expect(then(outcome([success()])).first).toMatchObject({ state: 'Warning', reason: 'OutcomeLost' });
  });

  test('is compared with the backup before, if the snapshot has no figures', () => {
    expect(then(outcome([found])).first).toMatchObject({ bytes: 1000, files: 10 });
  });

  test('is remembered as shrunk, if it did', () => {
    expect(then(outcome([{ ...found, bytes: 10, files: 10 }])).first).toMatchObject({
      bytes: 10,
      shrunkFrom: { bytes: 1000, files: 10 },
    });
  });

  test('has failed, if there is no snapshot of the run', () => {
    const none: ItemOutcome = { state: 'Failed', reason: 'OutcomeLost', message: 'no snapshot of run r' };
    expect(then(outcome([none])).first).toMatchObject({
      state: 'Failed',
      message: 'no snapshot of run r',
      bytes: 1000,
    });
  });

  test.each<[string, Outcome | string, string]>([
    [
      'fails',
      outcome([], { failure: { reason: 'StorageUnreachable', message: 'S3 is away.' } }),
      'S3 is away.',
    ],
    ['has no report either', 'Segmentation fault', 'Job m1 on node-1 ended with exit code 1 (Error), but'],
  ])('has failed, and is not looked for again, when that Job %s', (_, report, why) => {
    const { first, lastBackup } = then(report, 1);
    expect(first).toMatchObject({
      state: 'Failed',
      reason: 'OutcomeLost',
      message: expect.stringContaining(`its pod is gone. It could not be read back: ${why}`),
    });
    expect(lastBackup).toMatchObject({ state: 'Failed', reason: 'OutcomeLost' });
  });
});

test('without a config nothing can be read back: the run ends, and says so', () => {
  const { status } = planned(['a'], run([finished], [lost('a')]), { config: undefined });
  expect(status.run).toBeUndefined();
  expect(status.items?.[0]).toMatchObject({
    state: 'Failed',
    reason: 'OutcomeLost',
    message: expect.stringContaining("could not be read back: There is no BackupConfig 'default'"),
  });
});
