import type { ServiceBackupSettings } from '../../src/api/backup-config';
import type { ServiceBackupStatus } from '../../src/api/service-backup';
import { plan } from '../../src/operator/plan';
import { actionsOf, at, backup, config, item, observed, run, written } from './fixtures';

const nightly = '30 1 * * * Etc/UTC';
const yesterday: ServiceBackupStatus = { scheduledThrough: '2026-11-20T01:30:00Z', schedule: nightly };
const seen = (
  clock: string,
  {
    status = yesterday,
    settings = {},
    spec = {},
    annotations,
  }: {
    status?: ServiceBackupStatus;
    settings?: Partial<ServiceBackupSettings>;
    spec?: object;
    annotations?: Record<string, string>;
  } = {},
) => {
  const declared = backup(['a'], { status, spec });
  if (annotations) declared.metadata.annotations = annotations;
  return plan(observed(declared, { places: { a: 'node-1' }, config: config(settings) }), at(clock));
};

describe('a tick that is seen late', () => {
  const hour = { startingDeadlineSeconds: 3600 };

  test('runs, however late, when there is no limit', () => {
    expect(seen('23:00').status.run).toMatchObject({ trigger: 'Schedule', tick: written('01:30') });
  });

  test('runs within startingDeadlineSeconds', () => {
    expect(seen('02:30', { settings: hour }).status.run).toBeDefined();
  });

  test('is skipped after that, once, and people are told', () => {
    const { status, actions } = seen('02:30:01', { settings: hour });
    const message = `The tick of ${written('01:30')} was not run: it was seen 3601 s late, and startingDeadlineSeconds is 3600. Set a new runNow for a backup before the next tick.`;
    expect(status.run).toBeUndefined();
    expect(status.scheduledThrough).toBe(written('01:30'));
    expect(status.skipped).toEqual({ tick: written('01:30'), reason: 'StartingDeadlineExceeded', message });
    expect(actionsOf(actions, 'event').map(({ event }) => [event.type, event.reason])).toEqual([
      ['Warning', 'StartingDeadlineExceeded'],
    ]);
    expect(seen('02:31', { settings: hour, status })).toMatchObject({ changed: false, actions: [] });
  });

  test('is no later than its jitter makes it', () => {
    const settings = { startingDeadlineSeconds: 60, jitterSeconds: 3600 };
    const announced = new Date(seen('01:00', { settings }).status.nextBackup!);
    const made = plan(
      observed(backup(['a'], { status: yesterday }), { places: { a: 'node-1' }, config: config(settings) }),
      announced,
    );
    expect(made.status.run).toBeDefined();
  });
});

describe('a schedule that was changed', () => {
  const noon = { schedule: '0 12 * * *' };

  test('is in force from now on: what lies in its past is not run', () => {
    const status = { ...yesterday, scheduledThrough: written('01:30') };
    const made = seen('15:00', { status, settings: noon });
    expect(made.status.run).toBeUndefined();
    expect(made.status).toMatchObject({ schedule: '0 12 * * * Etc/UTC', nextBackup: '2026-11-22T12:00:00Z' });
  });

  test('does not lose what the old one had missed before', () => {
    const made = seen('15:00', { settings: noon });
    expect(made.status.run).toMatchObject({ trigger: 'Schedule', tick: written('01:30') });
    const ended = { ...made.status, run: undefined };
    expect(seen('15:05', { status: ended, settings: noon }).status.run).toBeUndefined();
  });

  test('does not lose what is still to come of it', () => {
    const made = seen('11:00', {
      status: { ...yesterday, scheduledThrough: written('01:30') },
      settings: noon,
    });
    expect(seen('12:00', { status: made.status, settings: noon }).status.run?.tick).toBe(written('12:00'));
  });

  test('whose old words nobody can read any more begins anew', () => {
    const status = { ...yesterday, schedule: 'every full moon' };
    expect(seen('15:00', { status }).status).toMatchObject({ schedule: nightly });
    expect(seen('15:00', { status }).status.run).toBeUndefined();
  });
});

describe('runs that people ask for', () => {
  const settled = { ...yesterday, scheduledThrough: written('01:30'), seenRunNow: ['old'] };

  test('a GitOps tool that puts the old value back starts nothing, and the value that was used starts nothing again', () => {
    const asked = seen('12:00', { status: settled, spec: { runNow: 'new' } });
    expect(asked.status.run?.trigger).toBe('RunNow');
    const after = { ...asked.status, run: undefined };
    for (const runNow of ['old', undefined, 'new', 'old'])
      expect(seen('12:05', { status: after, spec: { runNow } }).status.run).toBeUndefined();
  });

  test('the annotation does the same, for the command line', () => {
    const annotations = { 'servicebackup.io/run-now': 'by hand' };
    const asked = seen('12:00', { status: settled, annotations });
    expect(asked.status).toMatchObject({ run: { trigger: 'RunNow' }, seenRunNow: ['old', 'by hand'] });
    const after = { ...asked.status, run: undefined };
    expect(seen('12:05', { status: after, annotations }).status.run).toBeUndefined();
  });

  test('an annotation as long as it likes fits into status', () => {
    const annotations = { 'servicebackup.io/run-now': 'x'.repeat(1000) };
    const asked = seen('12:00', { status: settled, annotations });
    expect(asked.status.seenRunNow?.at(-1)).toHaveLength(128);
    expect(
      seen('12:05', { status: { ...asked.status, run: undefined }, annotations }).status.run,
    ).toBeUndefined();
  });

  test('a value that still stands there is remembered, however many come after it', () => {
    const annotations = { 'servicebackup.io/run-now': 'stays' };
    let status: ServiceBackupStatus = { ...settled, seenRunNow: ['stays'] };
    for (let n = 0; n < 12; n += 1) {
      status = seen('12:00', { status, annotations, spec: { runNow: `v${n}` } }).status;
      expect(status.run).toBeDefined();
      status = { ...status, run: undefined, lastBackup: undefined };
    }
    expect(status.seenRunNow).toHaveLength(10);
    expect(seen('12:05', { status, annotations, spec: { runNow: 'v11' } }).status.run).toBeUndefined();
  });

  test('one run serves a tick and all who asked meanwhile', () => {
    const annotations = { 'servicebackup.io/run-now': 'by hand' };
    const { status } = seen('01:31', { spec: { runNow: 'new' }, annotations });
    expect(status).toMatchObject({ scheduledThrough: written('01:30'), seenRunNow: ['new', 'by hand'] });
    expect(
      seen('01:40', { status: { ...status, run: undefined }, spec: { runNow: 'new' }, annotations }).status
        .run,
    ).toBeUndefined();
  });

  test('while a run is under way they wait, and then one run is made of them', () => {
    const busy = { ...settled, run: run([], [item('a')]) };
    const asked = { spec: { runNow: 'new' } };
    const ended = seen('12:00', { status: busy, ...asked });
    expect(ended.status).toMatchObject({ seenRunNow: ['old'], lastBackup: { run: '0tovstcs' } });
    expect(ended.wakeAt).toEqual(at('12:00'));
    expect(seen('12:00', { status: ended.status, ...asked }).status.run?.trigger).toBe('RunNow');
  });

  test('a clock that was put back gives no two runs one id', () => {
    const lastBackup = {
      run: seen('12:00', { status: settled, spec: { runNow: 'x' } }).status.run!.id,
      state: 'Success' as const,
      startedAt: written('12:00'),
      timestamp: written('12:01'),
    };
    const again = seen('12:00', { status: { ...settled, lastBackup }, spec: { runNow: 'y' } });
    expect(again.status.run!.id > lastBackup.run).toBe(true);
  });
});
