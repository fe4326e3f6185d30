import { checkPlan, type ForgetGroup, keepFlags } from '../../src/mover/retention';

const ids = (...names: string[]) => names.map((id) => ({ id }));
const group = (changes: Partial<ForgetGroup> = {}): ForgetGroup => ({
  host: 'wiki/backup/data',
  keep: ids('new', 'old'),
  remove: ids('older'),
  ...changes,
});
const check =
  (...groups: ForgetGroup[]) =>
  () =>
    checkPlan(groups, ['wiki/backup/data', 'wiki/backup/config'], ['new']);

describe('the policy becomes flags', () => {
  test('every field that is above zero', () => {
    expect(keepFlags({ last: 1, hourly: 0, daily: 7, yearly: 1 })).toEqual([
      '--keep-last',
      '1',
      '--keep-daily',
      '7',
      '--keep-yearly',
      '1',
    ]);
  });

  test('a policy of zeros gives none, and restic is then not asked', () => {
    expect(keepFlags({ daily: 0 })).toEqual([]);
    expect(keepFlags({})).toEqual([]);
  });
});

describe('what restic plans is checked before it is done', () => {
  test('old ones go, new ones stay', () => {
    expect(check(group(), group({ host: 'wiki/backup/config', remove: null }))).not.toThrow();
  });

  test.each<[string, Partial<ForgetGroup>, string]>([
    [
      'nothing would be kept',
      { keep: null },
      'The policy would keep no snapshot of wiki/backup/data: nothing was forgotten.',
    ],
    [
      'nothing would be kept (empty)',
      { keep: [] },
      'The policy would keep no snapshot of wiki/backup/data: nothing was forgotten.',
    ],
    [
      'a host that nobody named',
      { host: 'gitea/backup/data' },
      'restic would also touch the snapshots of gitea/backup/data: nothing was forgotten.',
    ],
    [
      'the snapshot of this run',
      { remove: ids('newest') },
      'The policy would forget the snapshot of wiki/backup/data that was made just now (are there snapshots from the future?): nothing was forgotten.',
    ],
  ])('%s', (_, changes, message) => {
    expect(check(group(), group(changes))).toThrow(
      expect.objectContaining({ reason: 'RetentionFailed', message }),
    );
  });
});
