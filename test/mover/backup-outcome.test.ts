import { type BackupSummary, judgeBackup } from '../../src/mover/backup-outcome';
import type { Ended } from '../../src/mover/restic';
import type { Said } from '../../src/mover/said';

const item = { name: 'data', path: '/volumes/0', allowEmpty: false, onUnreadable: 'Warn' as const };
const at = { endpoint: 'https://s3.example.net', bucket: 'wiki' };
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
  ...(stopped === 'stalled' && { stalledFor: 200 }),
  said: { errors: 0, errorItems: [], text: [], ...said },
  at,
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
      message:
        '3 files or directories of claim data could not be read (permission denied): appdata/x, ., relative.',
    });
    expect(forget).toBeUndefined();
  });

  test('more than are named', () => {
    const { outcome } = judgeBackup(
      ended(3, unreadable(70, '/volumes/0/a', '/volumes/0/b')),
      summary(),
      item,
    );
    expect(outcome.message).toBe(
      '70 files or directories of claim data could not be read (permission denied): a, b, ….',
    );
  });

  test('one, and its long name by its end', () => {
    const name = `${'d'.repeat(200)}/file`;
    const { outcome } = judgeBackup(ended(3, unreadable(1, `/volumes/0/${name}`)), summary(), item);
    expect(outcome.message).toBe(
      `1 file or directory of claim data could not be read (permission denied): …${name.slice(-79)}.`,
    );
  });

  test('unreadable files and unexpected text are both told', () => {
    const said = { ...unreadable(1, '/volumes/0/a'), text: ['odd'] };
    expect(judgeBackup(ended(3, said), summary(), item).outcome).toMatchObject({
      reason: 'UnreadableFiles',
      message: '1 file or directory of claim data could not be read (permission denied): a. restic said: odd',
    });
  });

  test('errors count, whatever the exit code says', () => {
    expect(judgeBackup(ended(0, unreadable(1, 'a')), summary(), item).outcome.reason).toBe('UnreadableFiles');
    expect(judgeBackup(ended(3), summary(), item).outcome.reason).toBe('UnreadableFiles');
  });

  test('an older snapshot that cannot be read', () => {
    const text =
      'Ignoring "2a45b8d4": failed to load snapshot 2a45b8d4: LoadRaw(<snapshot/2a45b8d4dd>): invalid data returned';
    expect(judgeBackup(ended(0, { text: [text] }), summary(), item).outcome).toMatchObject({
      state: 'Warning',
      reason: 'RepositoryDamaged',
      snapshot: 'f00d',
      message: `A snapshot was made, but restic said: ${text}`,
    });
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

describe('more than half is gone', () => {
  const before = { bytes: 20_000, files: 20 };
  const now = summary({ total_files_processed: 6, total_bytes_processed: 7000 });
  const shrank =
    'Claim data shrank to 7000 bytes in 6 files, from 20000 bytes in 20 files at its last good backup: nothing is forgotten of it. ' +
    'If it is meant to be so, acknowledge it (service-backup acknowledge); else restore.';

  test('a warning, with the snapshot and both figures', () => {
    const judgement = judgeBackup(ended(0), now, { ...item, previous: before });
    expect(judgement.forget).toBeUndefined();
    expect(judgement.outcome).toMatchObject({
      state: 'Warning',
      reason: 'SuspiciousShrink',
      message: shrank,
      snapshot: 'f00d',
      files: 6,
      bytes: 7000,
    });
  });

  test.each<[string, Ended, string]>([
    [
      'files that could not be read',
      ended(3, unreadable(1, '/volumes/0/a')),
      '1 file or directory of claim data could not be read (permission denied): a.',
    ],
    ['text that nobody expected', ended(0, { text: ['odd'] }), 'restic said: odd'],
  ])('it outweighs %s, which are told, too', (_, how, also) => {
    expect(judgeBackup(how, now, { ...item, previous: before }).outcome).toMatchObject({
      state: 'Warning',
      reason: 'SuspiciousShrink',
      message: `${shrank} ${also}`,
    });
  });

  test('files that must be readable outweigh it', () => {
    const strict = { ...item, onUnreadable: 'Fail' as const, previous: before };
    const { outcome } = judgeBackup(ended(3, unreadable(1, '/volumes/0/a')), now, strict);
    expect(outcome).toMatchObject({ state: 'Failed', reason: 'UnreadableFiles' });
    expect(outcome.message).toContain(shrank);
  });

  test('no file at all where there were some is no success, though it may be empty', () => {
    const mayBeEmpty = { ...item, allowEmpty: true, previous: { bytes: 1, files: 1 } };
    const kept = judgeBackup(ended(0), EMPTY, mayBeEmpty);
    expect(kept.outcome).toMatchObject({ state: 'Warning', reason: 'SuspiciousShrink', snapshot: 'f00d' });
    expect(kept.forget).toBeUndefined();

    const fatal = 'Fatal: unable to save snapshot: snapshot is empty';
    expect(judgeBackup(ended(1, { fatal }), undefined, mayBeEmpty).outcome).toEqual({
      state: 'Warning',
      reason: 'SuspiciousShrink',
      message:
        'Claim data shrank to 0 bytes in 0 files, from 1 bytes in 1 file at its last good backup: nothing is forgotten of it. ' +
        'If it is meant to be so, acknowledge it (service-backup acknowledge); else restore. The volume is empty: no snapshot was made.',
      files: 0,
      bytes: 0,
    });
  });

  test('what was empty before may be empty', () => {
    const previous = { bytes: 0, files: 0 };
    expect(judgeBackup(ended(0), EMPTY, { ...item, allowEmpty: true, previous }).outcome.state).toBe(
      'Success',
    );
  });
});

describe('files that must be readable', () => {
  test('the item fails; the snapshot of the others is kept, with its figures', () => {
    const strict = { ...item, onUnreadable: 'Fail' as const };
    const judgement = judgeBackup(ended(3, unreadable(1, '/volumes/0/a')), summary(), strict);
    expect(judgement).toEqual({
      outcome: {
        state: 'Failed',
        reason: 'UnreadableFiles',
        message:
          '1 file or directory of claim data could not be read (permission denied): a. The snapshot of the others is kept.',
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
      ended(1, { fatal: 'Fatal: unable to save snapshot: of "timeout/no space left on device.txt"' }),
      'BackupFailed',
      'restic ended with 1 when backing up claim data: unable to save snapshot: of "timeout/no space left on device.txt"',
    ],
    [
      'ended by a signal',
      { ...ended(null), signal: 'SIGSEGV' },
      'BackupFailed',
      'restic was killed by SIGSEGV when backing up claim data and gave no reason.',
    ],
    [
      'killed, and not by us',
      { ...ended(null), signal: 'SIGKILL' },
      'OutOfMemory',
      'restic was killed when backing up claim data, which is what a lack of memory looks like: give the PodTemplate of the mover a higher memory limit, or the node more memory.',
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
      'StorageNotAnswering',
      'The S3 system https://s3.example.net, which holds the bucket wiki, does not answer: restic made no progress for 200 s when backing up claim data and was stopped. ' +
        'Look at it, and at what lies between: a firewall that drops packets looks so, too.',
    ],
    [
      'killed when it tried over and over',
      ended(
        1,
        { retried: 'Save(<data/79185a4975>): client.PutObject: Please reduce your request rate.' },
        'stalled',
      ),
      'StorageUnavailable',
      'The S3 system https://s3.example.net, which holds the bucket wiki, answers with errors of its own: restic made no progress for 200 s when backing up claim data and was stopped ' +
        '(Save(<data/79185a4975>): client.PutObject: Please reduce your request rate.). Look at its log.',
    ],
    [
      '10',
      ended(10, { fatal: 'Fatal: repository does not exist: no config' }),
      'RepositoryMissing',
      'restic found no repository in the bucket wiki at https://s3.example.net when backing up claim data: repository does not exist: no config',
    ],
    [
      '11',
      {
        ...ended(11, { fatal: 'unable to create lock in backend: already locked\nby PID 7' }),
        held: 'Who holds it.',
      },
      'RepositoryLocked',
      'Who holds it.',
    ],
    [
      '12',
      ended(12, { fatal: 'Fatal: wrong password or no key found' }),
      'WrongPassword',
      'The password of resticPasswordSecret does not open the repository in the bucket wiki: put back the one it was made with.',
    ],
    [
      '1, access denied',
      ended(1, { fatal: 'Fatal: unable to open config file: Access Denied.' }),
      'CredentialsRefused',
      'The S3 system https://s3.example.net refused the credentials for the bucket wiki: unable to open config file: Access Denied. (when backing up claim data). ' +
        'Let the key list, read, write and delete there.',
    ],
    [
      '1, a write refused',
      ended(1, { fatal: 'Fatal: unable to save snapshot: client.PutObject: Access Denied.' }),
      'BucketNotWritable',
      'The bucket wiki at https://s3.example.net can be read, but not written: unable to save snapshot: client.PutObject: Access Denied. (when backing up claim data). ' +
        'Let the key write (PutObject) and delete (DeleteObject) there; look whether the bucket is full, or locked against changes.',
    ],
    [
      '1, no space for what it works with',
      ended(1, {
        fatal:
          'Fatal: unable to save snapshot: Write: write /tmp/restic-temp-pack-1: no space left on device',
      }),
      'DiskFull',
      'The disk of the node, on which the mover works, is full: unable to save snapshot: Write: write /tmp/restic-temp-pack-1: no space left on device (when backing up claim data). ' +
        "Free space there; the mover's cache and temporary files lie in its emptyDir volumes.",
    ],
    [
      '1, an index that is not what it was',
      ended(1, { text: ['LoadRaw(<index/342fd80eba>): invalid data returned'] }),
      'RepositoryDamaged',
      'The repository in the bucket wiki at https://s3.example.net is damaged: LoadRaw(<index/342fd80eba>): invalid data returned (when backing up claim data). ' +
        "Nothing is forgotten or pruned in it until a check finds it whole. Follow restic's manual on damaged repositories, on a copy of the bucket.",
    ],
  ])('%s lies with the repository: the next items would meet it, too', (_, how, reason, message) => {
    expect(judgeBackup(how, undefined, item)).toEqual({
      outcome: { state: 'Failed', reason, message },
      stop: true,
    });
  });
});
