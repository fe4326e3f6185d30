import { type BackupSummary, judgeBackup } from '../../src/mover/backup-outcome';
import type { Ended, Said } from '../../src/mover/restic';

const item = { name: 'data', path: '/volumes/0', allowEmpty: false };
const summary = (changes: Partial<BackupSummary> = {}): BackupSummary => ({
  message_type: 'summary',
  snapshot_id: 'f00d',
  files_new: 1,
  files_changed: 2,
  files_unmodified: 3,
  data_added: 900,
  data_added_packed: 500,
  total_files_processed: 6,
  total_bytes_processed: 7000,
  total_duration: 1.6,
  ...changes,
});
const EMPTY = summary({ files_new: 0, files_changed: 0, files_unmodified: 0, total_files_processed: 0 });
const ended = (code: number | null, said: Partial<Said> = {}, stopped?: Ended['stopped']): Ended => ({
  code,
  ...(stopped && { stopped }),
  said: { errors: 0, errorItems: [], text: [], ...said },
});
const unreadable = (errors: number, ...errorItems: string[]): Partial<Said> => ({
  errors,
  errorItems,
  errorMessage: 'permission denied',
  fatal: 'Warning: at least one source file could not be read',
});

describe('success', () => {
  test('exit 0, a snapshot, files, and silence', () => {
    expect(judgeBackup(ended(0), summary(), item)).toEqual({
      outcome: {
        state: 'Success',
        snapshot: 'f00d',
        bytes: 7000,
        bytesAdded: 500,
        files: 6,
        filesNew: 1,
        filesChanged: 2,
        filesUnmodified: 3,
        seconds: 2,
      },
    });
  });

  test('a volume that may be empty, and is', () => {
    const judgement = judgeBackup(ended(0), EMPTY, { ...item, allowEmpty: true });
    expect(judgement.outcome.state).toBe('Success');
    expect(judgement.forget).toBeUndefined();
  });
});

describe('warning', () => {
  test('files that could not be read are named from the root of the volume', () => {
    const said = unreadable(3, '/volumes/0/appdata/x', '/volumes/0', 'relative');
    const { outcome, forget } = judgeBackup(ended(3, said), summary(), item);
    expect(outcome).toMatchObject({
      state: 'Warning',
      reason: 'UnreadableFiles',
      snapshot: 'f00d',
      message: '3 files or directories could not be read (appdata/x, ., relative): permission denied.',
    });
    expect(forget).toBeUndefined();
  });

  test('more than are named', () => {
    const { outcome } = judgeBackup(
      ended(3, unreadable(70, '/volumes/0/a', '/volumes/0/b')),
      summary(),
      item,
    );
    expect(outcome.message).toBe('70 files or directories could not be read (a, b, …): permission denied.');
  });

  test('one', () => {
    const { outcome } = judgeBackup(ended(3, unreadable(1, '/volumes/0/a')), summary(), item);
    expect(outcome.message).toBe('1 file or directory could not be read (a): permission denied.');
  });

  test('errors count, whatever the exit code says', () => {
    expect(judgeBackup(ended(0, unreadable(1, 'a')), summary(), item).outcome.reason).toBe('UnreadableFiles');
    expect(judgeBackup(ended(3), summary(), item).outcome.reason).toBe('UnreadableFiles');
  });

  test('text that nobody expected', () => {
    expect(
      judgeBackup(ended(0, { text: ['/b does not exist, skipping'] }), summary(), item).outcome,
    ).toMatchObject({
      state: 'Warning',
      reason: 'ResticWarned',
      snapshot: 'f00d',
      message: 'A snapshot was made, but restic said: /b does not exist, skipping',
    });
  });
});

describe('failure, though there is a snapshot: it is to be forgotten', () => {
  test('exit 0 without a file', () => {
    expect(judgeBackup(ended(0), EMPTY, item)).toEqual({
      outcome: {
        state: 'Failed',
        reason: 'NoFiles',
        message:
          'The volume of claim data holds no file, which is what a failed mount looks like. If it may be empty, set allowEmpty: true on the item.',
      },
      forget: 'f00d',
    });
  });

  test.each([false, true])('exit 3 without a file, allowEmpty: %s', (allowEmpty) => {
    expect(judgeBackup(ended(3, unreadable(1, '/volumes/0')), EMPTY, { ...item, allowEmpty })).toEqual({
      outcome: {
        state: 'Failed',
        reason: 'UnreadableFiles',
        message: 'Nothing of claim data could be read: permission denied. No snapshot is kept of it.',
      },
      forget: 'f00d',
    });
  });
});

describe('not even a directory: restic makes no snapshot', () => {
  const fatal = 'Fatal: unable to save snapshot: snapshot is empty';

  test('of an empty volume', () => {
    const { outcome, forget, stop } = judgeBackup(ended(1, { fatal }), undefined, item);
    expect(outcome).toMatchObject({ state: 'Failed', reason: 'NoFiles' });
    expect([forget, stop]).toEqual([undefined, undefined]);
  });

  test('of a volume that may be empty', () => {
    expect(judgeBackup(ended(1, { fatal }), undefined, { ...item, allowEmpty: true })).toEqual({
      outcome: {
        state: 'Success',
        message: 'The volume is empty: no snapshot was made.',
        files: 0,
        bytes: 0,
      },
    });
  });

  test('of a volume that could not be read', () => {
    const how = ended(1, { ...unreadable(1, 'x'), fatal });
    const { outcome } = judgeBackup(how, undefined, { ...item, allowEmpty: true });
    expect(outcome).toMatchObject({ state: 'Failed', reason: 'UnreadableFiles' });
  });
});

describe('failure without a snapshot', () => {
  test.each<[string, BackupSummary | undefined]>([
    ['no summary', undefined],
    ['no snapshot', summary({ snapshot_id: undefined })],
    ['a dry run, whose snapshot does not exist', summary({ dry_run: true })],
  ])('exit 0 and %s', (_, last) => {
    expect(judgeBackup(ended(0, { text: ['odd'] }), last, item)).toEqual({
      outcome: {
        state: 'Failed',
        reason: 'BackupFailed',
        message: 'restic ended with 0 and made no snapshot of claim data: odd.',
      },
    });
  });

  test.each<[string, Ended, string, string]>([
    [
      '1',
      ended(1, { fatal: 'Fatal: unable to save snapshot: no space left' }),
      'BackupFailed',
      'restic ended with 1 when backing up claim data: unable to save snapshot: no space left',
    ],
    [
      'killed',
      ended(null),
      'BackupFailed',
      'restic was killed when backing up claim data and gave no reason.',
    ],
  ])('%s lies with the item: the next one is tried', (_, how, reason, message) => {
    expect(judgeBackup(how, summary(), item)).toEqual({ outcome: { state: 'Failed', reason, message } });
  });

  test.each<[string, Ended, string, string]>([
    [
      '1 after our signal',
      ended(1, {}, 'cancelled'),
      'Cancelled',
      'Stopped from outside when backing up claim data; the repository is as it was before.',
    ],
    [
      'killed for want of progress',
      ended(null, {}, 'stalled'),
      'StorageUnreachable',
      'restic made no progress for 300 s when backing up claim data and was stopped: the S3 system hangs or is too slow.',
    ],
    [
      '10',
      ended(10, { fatal: 'Fatal: repository does not exist: no config' }),
      'RepositoryMissing',
      'restic found no repository when backing up claim data: repository does not exist: no config',
    ],
    [
      '11',
      ended(11, { fatal: 'Fatal: already locked by PID 7 on node-1' }),
      'RepositoryLocked',
      'Another process holds a lock on the repository (already locked by PID 7 on node-1). If none is alive, remove the lock with restic unlock.',
    ],
    [
      '12',
      ended(12, { fatal: 'Fatal: wrong password or no key found' }),
      'WrongPassword',
      'The password of resticPasswordSecret does not open the repository: put back the one it was made with.',
    ],
    [
      '1, access denied',
      ended(1, { fatal: 'Fatal: unable to open config file: Access Denied.' }),
      'CredentialsRefused',
      'The S3 system refused the credentials when backing up claim data: unable to open config file: Access Denied.',
    ],
  ])('%s lies with the repository: the next items would meet it, too', (_, how, reason, message) => {
    expect(judgeBackup(how, undefined, item)).toEqual({
      outcome: { state: 'Failed', reason, message },
      stop: true,
    });
  });
});
