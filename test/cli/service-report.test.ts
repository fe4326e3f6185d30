import type { ItemStatus, Run, ServiceBackup, ServiceBackupStatus } from '../../src/api';
import { PLAIN } from '../../src/cli/paint';
import { serviceReport } from '../../src/cli/service-report';

const view = { timeZone: 'Etc/UTC', paint: PLAIN };

const service = (changes: Partial<ServiceBackup> = {}): ServiceBackup => ({
  apiVersion: 'servicebackup.io/v1alpha1',
  kind: 'ServiceBackup',
  metadata: { name: 'backup', namespace: 'nextcloud', uid: 'u', resourceVersion: '1' },
  spec: {
    backupBucketName: 'nextcloud-backup',
    backups: [
      { type: 'pvc', name: 'data' },
      { type: 'pvc', name: 'config' },
    ],
  },
  ...changes,
});

const data: ItemStatus = {
  type: 'pvc',
  name: 'data',
  state: 'Warning',
  reason: 'UnreadableFiles',
  message: '3 files unreadable (appdata/x, …)',
  placement: {
    node: 'node-2',
    because: 'VolumeAttachment csi-1f0123456789abcdef0123456789abcdef0123456789',
  },
  snapshot: '8a1c02fe99999999',
  consistency: 'Live',
  bytesAdded: 1_288_490_189,
  files: 412_008,
  seconds: 581,
};
const config: ItemStatus = {
  type: 'pvc',
  name: 'config',
  state: 'Success',
  consistency: 'Live',
  placement: { node: 'node-1', because: 'pod nextcloud-0' },
  snapshot: '51d0b3a9aaaaaaaa',
  bytesAdded: 317_440,
  files: 88,
  seconds: 4,
};
const lastBackup = {
  run: 'r1',
  state: 'Warning',
  startedAt: '2026-11-21T01:30:00Z',
  timestamp: '2026-11-21T01:41:55Z',
} as const;

const trimmed = (text: string) => text.split('\n').map((line) => line.trimEnd());

describe('the status of one service', () => {
  test('tells the run, and item by item where it was read, why there, and what came of it', () => {
    const report = serviceReport(
      service({ status: { state: 'Warning', lastBackup, items: [data, config] } }),
      view,
    );

    expect(trimmed(report)).toEqual([
      'nextcloud/backup   Warning   run of 2026-11-21 01:30, 11 min 55 s, 2 nodes',
      '  ITEM         NODE     WHY                           SNAPSHOT       NEW     FILES     TIME   RESULT',
      '  pvc data     node-2   VolumeAttachment csi-1f012…   8a1c02fe   1.2 GiB   412,008   9m 41s   Warning (Live): 3 files unreadable (appdata/x, …)',
      '  pvc config   node-1   pod nextcloud-0               51d0b3a9   310 KiB        88       4s   Success (Live)',
    ]);
  });

  test('a bucket is on no node', () => {
    const files: ItemStatus = {
      type: 's3',
      name: 's3:nextcloud-files',
      state: 'Success',
      placement: { node: '', because: '' },
      snapshot: '77d0b3a9aaaaaaaa',
      files: 1204,
    };
    const report = serviceReport(
      service({ status: { state: 'Success', lastBackup, items: [data, files] } }),
      view,
    );

    expect(trimmed(report)[0]).toContain(', 1 node');
    expect(
      trimmed(report)
        .find((line) => line.startsWith('  s3'))
        ?.replace(/ {2,}/g, ' | '),
    ).toBe(' | s3 nextcloud-files | — | 77d0b3a9 | 1,204 | Success');
  });

  test('an item without a result has not been backed up yet', () => {
    const report = serviceReport(service(), view);

    expect(trimmed(report)[0]).toBe('nextcloud/backup   Unknown   no run yet');
    expect(
      trimmed(report)
        .slice(2)
        .map((line) => line.replace(/ {2,}/g, '  ')),
    ).toEqual(['  pvc data  not backed up yet', '  pvc config  not backed up yet']);
  });

  test('what concerns the whole service stands above the items, what an item says only in its row', () => {
    const message = 'There is no BackupConfig default.';
    const whole = serviceReport(
      service({ status: { state: 'Failed', reason: 'ConfigMissing', message } }),
      view,
    );
    const ofItem = serviceReport(
      service({
        status: { state: 'Warning', reason: 'UnreadableFiles', message: data.message, items: [data] },
      }),
      view,
    );

    expect(whole).toContain(`\n  ${message}\n`);
    expect(ofItem.match(/3 files unreadable/g)).toHaveLength(1);
  });
});

/** The report of a service with this status, its lines without what stands between columns. */
const linesOf = (status: ServiceBackupStatus, annotations?: Record<string, string>): string[] => {
  const declared = service();
  const metadata = { ...declared.metadata, ...(annotations && { annotations }) };
  return trimmed(serviceReport({ ...declared, metadata, status }, view)).map((line) =>
    line.replace(/(?<=\S) {2,}/g, ' | '),
  );
};
const row = (lines: string[], item: string) => lines.find((line) => line.startsWith(`  pvc ${item}`));

describe('a run under way', () => {
  const run: Run = {
    id: 'r2',
    trigger: 'Schedule',
    startedAt: '2026-11-22T01:30:00Z',
    groups: [
      {
        node: 'node-2',
        job: 'sb-1',
        items: ['data'],
        because: ['pod web'],
        startedAt: '2026-11-22T01:30:01Z',
      },
    ],
    done: [],
  };
  const running = (changes: Partial<Run>, more: Partial<ServiceBackupStatus> = {}) =>
    linesOf({
      state: 'Running',
      lastBackup: { ...lastBackup, retention: '3 kept', maintenance: 'checked part 1 of 13' },
      items: [data, config],
      ...more,
      run: { ...run, ...changes },
    });

  test('is told instead of the last one, and nothing of the last one as if it were its own', () => {
    const lines = running({});

    expect(lines[0]).toBe('nextcloud/backup | Running | run of 01:30 under way, 1 Job so far');
    expect(row(lines, 'data')).toBe('  pvc data | node-2 | pod web | Running (last run: Warning (Live))');
    expect(row(lines, 'config')).toBe('  pvc config | to come (last run: Success (Live))');
    expect(lines.join()).not.toContain('3 kept');
    expect(lines.join()).not.toContain('checked part 1');
  });

  test('shows what it has settled, joined with what is still to come', () => {
    const lines = running(
      { groups: [{ ...run.groups[0]!, finishedAt: '2026-11-22T01:40:00Z' }], done: [data] },
      { items: [config] },
    );

    expect(row(lines, 'data')).toMatch(/Warning \(Live\): 3 files unreadable/);
    expect(row(lines, 'config')).toBe('  pvc config | to come (last run: Success (Live))');
  });

  test('that is the first has nothing before it', () => {
    const lines = running({ groups: [] }, { items: [], lastBackup: undefined });

    expect(row(lines, 'data')).toBe('  pvc data | to come');
  });

  test('tells what it waits for', () => {
    const message = 'Pod sb-1-x does not start on node-2: Back-off pulling image "x".';

    expect(running({}, { reason: 'ImageNotPullable', message })[1]).toBe(`  ${message}`);
    expect(running({}, { reason: 'NodeNotReady' })[1]).toBe(
      '  NodeNotReady: The node that holds the volume is not ready.',
    );
  });

  test('an item whose report was lost is Unknown, never a success', () => {
    const { consistency, ...rest } = config;
    const lines = running({ done: [{ ...rest, state: 'Unknown', snapshot: undefined, consistency }] });

    expect(row(lines, 'config')).toMatch(
      /Unknown: the report of its Job was lost: what was made is read back before the run ends$/,
    );
  });

  test('shows its retention and its maintenance Jobs', () => {
    const job = { job: 'sb-m', startedAt: '2026-11-22T01:50:00Z' };
    const finishedAt = '2026-11-22T01:55:00Z';
    const lines = running({
      retention: { message: '20 kept, 1 forgotten', failed: false },
      maintenance: [
        { ...job, recall: ['data', 'config'], finishedAt },
        { ...job, check: true, finishedAt, reason: 'CheckFailed', message: 'The bucket does not answer.' },
        { ...job, retention: true, check: true, part: 3, parts: 13, prune: true },
      ],
    });

    expect(lines.slice(1, 5)).toEqual([
      '  retention: 20 kept, 1 forgotten',
      '  maintenance: read-back of 2 items: done',
      '  maintenance: The bucket does not answer.',
      '  maintenance: retention, check of part 3 of 13, prune: since 01:50, Job sb-m',
    ]);
  });
});

describe('what a person should do', () => {
  const heldRetention = {
    run: 'r1',
    reason: 'SuspiciousShrink',
    message: 'data shrank from 10 GiB to 1 GiB.',
  };

  test('about retention that is held stands beside it', () => {
    expect(linesOf({ heldRetention }).slice(1, 3)).toEqual([
      '  retention is held since run r1 (SuspiciousShrink): data shrank from 10 GiB to 1 GiB.',
      '  if it is meant to be so: service-backup acknowledge nextcloud/backup',
    ]);
  });

  test('is not told twice what retention already said of the last run', () => {
    const lines = linesOf({
      heldRetention,
      lastBackup: { ...lastBackup, retention: `3 kept, 0 forgotten. ${heldRetention.message}` },
    });

    expect(lines[1]).toBe('  retention: 3 kept, 0 forgotten. data shrank from 10 GiB to 1 GiB.');
    expect(lines[2]).toBe('  retention is held since run r1 (SuspiciousShrink)');
  });

  test('is nothing more when it was acknowledged; an acknowledgement of another run is none of this', () => {
    const told = (run: string) => linesOf({ heldRetention }, { 'servicebackup.io/acknowledge': run })[2];

    expect(told('r1')).toBe('  it is acknowledged: the next run goes by it');
    expect(told('r0')).toContain('service-backup acknowledge');
  });

  test('about damage is not to acknowledge it', () => {
    const lines = linesOf({ heldRetention: { run: 'r1', reason: 'RepositoryDamaged', message: 'Pack 3f…' } });

    expect(lines[1]).toBe('  retention is held since run r1 (RepositoryDamaged): Pack 3f…');
    expect(lines[2]).toMatch(/restic repair/);
    expect(lines.join()).not.toContain('acknowledge');
  });

  test('about a recovery key that is missing is a hint', () => {
    const condition = (status: 'True' | 'False') => ({
      conditions: [
        {
          type: 'RecoveryKeyMissing',
          status,
          reason: 'RecoveryKeyMissing',
          message: 'x',
          lastTransitionTime: '2026-11-21T01:41:55Z',
        },
      ],
    });

    expect(linesOf(condition('True')).at(-1)).toBe(
      '  no recovery key, so whoever loses the password Secret loses the backups: service-backup recovery-key nextcloud/backup',
    );
    expect(linesOf(condition('False')).join()).not.toContain('recovery key');
  });
});

describe('claims that are selected by labels', () => {
  const selecting = (status: ServiceBackupStatus) => {
    const selected = service({ status });
    selected.spec.backups = [{ type: 'pvc', selector: { matchLabels: { app: 'wiki' } } }];
    return trimmed(serviceReport(selected, view));
  };

  test('are items as others are, in their order, though not backed up yet', () => {
    const selected = ['data-0', 'data-1'].map((name) => ({ name, by: 'app=wiki' }));
    const running: Run = {
      id: 'r',
      trigger: 'RunNow',
      startedAt: lastBackup.startedAt,
      selected,
      groups: [],
      done: [],
    };
    expect(selecting({ run: running }).slice(2)).toEqual([
      expect.stringMatching(/^ {2}pvc data-0 .*to come$/),
      expect.stringMatching(/^ {2}pvc data-1 .*to come$/),
    ]);
  });

  test('are missed where none was found', () => {
    const message = 'No claim of namespace nextcloud has the labels app=wiki.';
    const failed: ItemStatus = {
      type: 'pvc',
      name: 'app=wiki',
      state: 'Failed',
      reason: 'NothingSelected',
      message,
    };
    const lines = selecting({
      state: 'Failed',
      reason: 'NothingSelected',
      message,
      lastBackup,
      items: [failed],
    });
    expect(lines.slice(2)).toEqual([
      expect.stringMatching(/^ {2}pvc app=wiki .*Failed: No claim of namespace/),
    ]);
  });

  test('leave others, which are named in one line', () => {
    const some = Array.from({ length: 20 }, (_, n) => `c${n}`);
    expect(selecting({ uncovered: ['cache', 'tmp'] })).toContain(
      '  claims that no ServiceBackup covers: cache, tmp',
    );
    expect(selecting({ uncovered: some }).at(-1)).toMatch(/: c0, .*, c19, …$/);
    expect(selecting({ uncovered: [] }).join()).not.toContain('covers');
  });
});

test('a tick that was skipped is told until a run has been made since', () => {
  const skipped = {
    tick: '2026-11-22T01:30:00Z',
    reason: 'StartingDeadlineExceeded',
    message: 'The tick of 2026-11-22T01:30:00Z was not run.',
  };
  expect(serviceReport(service({ status: { lastBackup, skipped } }), view)).toContain(
    `\n  ${skipped.message}\n`,
  );
  const later = { ...lastBackup, startedAt: '2026-11-22T09:00:00Z' };
  expect(serviceReport(service({ status: { lastBackup: later, skipped } }), view)).not.toContain(
    'was not run',
  );
});

test('runs that are no success are counted from the second on', () => {
  const of = (consecutiveFailures: number) => linesOf({ state: 'Failed', consecutiveFailures })[0];

  expect(of(3)).toBe('nextcloud/backup | Failed | no run yet | 3 runs in a row without success');
  expect(of(1)).not.toContain('in a row');
});

test('an item that failed says when there was last a good copy, and nothing of what a copy is worth', () => {
  const failed: ItemStatus = {
    type: 'pvc',
    name: 'data',
    state: 'Failed',
    reason: 'VolumeNotAttached',
    message: 'Nobody uses it.',
    consistency: 'Live',
    lastSuccess: '2026-11-20T01:41:00Z',
  };
  expect(row(linesOf({ items: [failed] }), 'data')).toBe(
    '  pvc data | Failed: Nobody uses it. (last good: 2026-11-20 01:41)',
  );
});

test('the last check and prune are told with their end, and what comes next', () => {
  const timestamp = '2026-11-16T04:12:00Z';
  const check = { timestamp, part: 3, parts: 13 };
  const lines = linesOf({
    lastBackup: { ...lastBackup, retention: '20 kept', maintenance: 'part 3 of 13 is whole' },
    repository: {
      id: 'r',
      check: { ...check, state: 'Success' },
      prune: { timestamp, state: 'Failed', reason: 'PruneFailed', message: 'Locked.' },
    },
    nextBackup: '2026-11-22T01:30:00Z',
  });

  expect(lines.slice(1, 3)).toEqual(['  retention: 20 kept', '  maintenance: part 3 of 13 is whole']);
  expect(lines.slice(-3)).toEqual([
    '  last check: 2026-11-16 04:12, part 3 of 13: whole',
    '  last prune: 2026-11-16 04:12: PruneFailed',
    '  next run: 2026-11-22 01:30',
  ]);
});
