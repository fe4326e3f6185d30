import type { Owner } from '../../src/api';
import type { OwnerObject } from '../../src/mover/owner';
import { type Asked, decide, type Seen } from '../../src/mover/ownership';

const me: Owner = { cluster: 'cluster-a', namespace: 'wiki', name: 'backup', uid: 'uid-1' };
const mine: OwnerObject = { version: 1, ...me };
const theirs: OwnerObject = { ...mine, cluster: 'cluster-b' };
const now = new Date('2026-11-21T12:00:00Z');
const theirName = 'cluster-b/wiki/backup';
const REPOSITORY = ['config', 'keys/1', 'service-backup.json'];

const decision = (seen: Partial<Seen>, asked: Partial<Asked> = {}) =>
  decide({ bucket: 'wiki', config: false, keys: [], ...seen }, { owner: me, intent: 'write', now, ...asked });
const refusal = (seen: Partial<Seen>, asked: Partial<Asked> = {}) => {
  try {
    return decision(seen, asked);
  } catch (error) {
    const { reason, message } = error as { reason: string; message: string };
    return { reason, message };
  }
};

describe('the repository is used', () => {
  test('ours, and there', () => {
    expect(decision({ owner: mine, config: true }, { knownId: 'abc' })).toEqual({
      act: 'use',
      owner: 'as it is',
    });
  });

  test('a declaration made again under the same name goes on with it', () => {
    const owner = { ...mine, uid: 'an older uid' };
    expect(decision({ owner, config: true })).toEqual({ act: 'use', owner: 'replace' });
  });

  test('adopted from the owner that adoptFrom names', () => {
    expect(decision({ owner: theirs, config: true }, { adoptFrom: theirName })).toEqual({
      act: 'use',
      owner: 'replace',
    });
  });

  test('adopted once: the line that stays in git changes nothing', () => {
    expect(decision({ owner: mine, config: true }, { adoptFrom: theirName })).toEqual({
      act: 'use',
      owner: 'as it is',
    });
  });

  test('unowned, and adopted as such', () => {
    const seen = { config: true, keys: ['config', 'keys/1'] };
    expect(decision(seen, { adoptFrom: 'unowned' })).toEqual({ act: 'use', owner: 'claim' });
  });

  test('who looks after it wants it to be ours, and adopts as a backup does', () => {
    const seen = { owner: theirs, config: true };
    expect(decision(seen, { intent: 'tend', adoptFrom: theirName })).toEqual({
      act: 'use',
      owner: 'replace',
    });
    expect(refusal(seen, { intent: 'tend' })).toMatchObject({ reason: 'RepositoryOwnedByAnother' });
  });

  test('reading changes no owner', () => {
    const owner = { ...mine, uid: 'an older uid' };
    expect(decision({ owner, config: true }, { intent: 'read' })).toEqual({ act: 'use', owner: 'as it is' });
  });
});

describe('the repository is initialised', () => {
  test('in an empty bucket of which nothing is known, after a claim', () => {
    expect(decision({})).toEqual({ act: 'initialise', owner: 'claim' });
  });

  test.each([undefined, '2026-11-21T11:50:00Z'])(
    'where there is only our own claim, left by a Job that was killed (claimed %s)',
    (claimed) => {
      const seen = { owner: { ...mine, claimed }, keys: ['service-backup.json'] };
      expect(decision(seen)).toEqual({ act: 'initialise', owner: 'replace' });
    },
  );

  test('never while another Job may be at it', () => {
    const owner = { ...mine, claimed: '2026-11-21T11:50:01Z' };
    expect(refusal({ owner, keys: ['keys/1', 'service-backup.json'] })).toEqual({
      reason: 'RepositoryLocked',
      message:
        'Another Job claimed the bucket wiki at 2026-11-21T11:50:01Z and may be initialising it, which must be done alone. ' +
        'If it was killed, the first run later than 10 minutes after that will do it.',
    });
  });

  test.each(['read', 'tend'] as const)('never by a task that makes no backup: %s', (intent) => {
    expect(refusal({}, { intent })).toEqual({
      reason: 'RepositoryMissing',
      message: 'The bucket wiki holds no repository yet: no backup was ever made into it.',
    });
  });

  test.each<[string, Partial<Seen>, Partial<Asked>]>([
    ['status knows a repository', {}, { knownId: '0123456789abcdef' }],
    ['status knows a repository, and our claim is there', { owner: mine }, { knownId: '0123456789abcdef' }],
    ['the owner object knows a repository', { owner: { ...mine, repository: '0123456789abcdef' } }, {}],
  ])('never when %s', (_, seen, asked) => {
    expect(refusal(seen, asked)).toEqual({
      reason: 'RepositoryMissing',
      message:
        'The bucket wiki should hold the repository 01234567, and its config object is gone. Nothing was initialised in its ' +
        'place: restore the bucket, or look whether s3Host and bucket are the right ones.',
    });
  });

  test('never beside the remains of one', () => {
    expect(refusal({ owner: mine, keys: ['keys/1', 'service-backup.json'] })).toEqual({
      reason: 'RepositoryDamaged',
      message:
        'The bucket wiki holds the beginning of a repository (keys/1) without its config object: it was initialised ' +
        'incompletely, or damaged. If no backup was ever made into it, empty the bucket by hand.',
    });
  });

  test('never among objects of others', () => {
    expect(refusal({ keys: ['cat.jpg', 'dog.jpg', 'emu.jpg', 'fox.jpg'] })).toEqual({
      reason: 'BucketNotEmpty',
      message:
        'The bucket wiki holds objects that are no repository of ours (cat.jpg, dog.jpg, emu.jpg): nothing was written. Use an empty bucket.',
    });
  });
});

describe("another's repository is refused", () => {
  test.each<[string, Partial<OwnerObject>]>([
    ['another cluster with the same manifests', { cluster: 'cluster-b' }],
    ['another namespace', { namespace: 'gitea' }],
    ['another declaration', { name: 'second' }],
  ])('%s', (_, difference) => {
    const owner = { ...mine, ...difference };
    expect(refusal({ owner, config: true, keys: REPOSITORY })).toMatchObject({
      reason: 'RepositoryOwnedByAnother',
    });
    expect(refusal({ owner, config: true }, { intent: 'read' })).toMatchObject({
      reason: 'RepositoryOwnedByAnother',
    });
  });

  test('the message prints what adoptFrom must say', () => {
    expect(refusal({ owner: theirs, config: true })).toEqual({
      reason: 'RepositoryOwnedByAnother',
      message:
        'The repository in the bucket wiki belongs to cluster-b/wiki/backup, and this is cluster-a/wiki/backup: nothing was ' +
        "written. To take it over for good, set adoptFrom: 'cluster-b/wiki/backup'; else use another bucket.",
    });
  });

  test.each(['unowned', 'cluster-c/wiki/backup', 'cluster-b/wiki', 'cluster-a/wiki/backup'])(
    'when adoptFrom says %s',
    (adoptFrom) => {
      expect(refusal({ owner: theirs, config: true }, { adoptFrom })).toMatchObject({
        reason: 'RepositoryOwnedByAnother',
      });
    },
  );

  test('a repository that nobody owns waits for a word, too', () => {
    for (const adoptFrom of [undefined, theirName]) {
      expect(refusal({ config: true, keys: ['config', 'keys/1'] }, { adoptFrom })).toEqual({
        reason: 'RepositoryUnowned',
        message:
          'The bucket wiki holds a restic repository that no ServiceBackup owns: nothing was written. To take it over, set ' +
          "adoptFrom: 'unowned'; else use another bucket.",
      });
    }
  });
});
