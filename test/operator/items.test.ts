import type { Item, SelectedClaim } from '../../src/api/service-backup';
import {
  claimKey,
  claimsElsewhere,
  claimsOf,
  itemNames,
  itemsNow,
  optionsOf,
  restorable,
  selectorText,
  typeOf,
} from '../../src/operator/items';
import { backup, item, run } from './fixtures';

const app: Item = { type: 'pvc', selector: { matchLabels: { app: 'wiki' } } };
const named = (name: string): Item => ({ type: 'pvc', name });
const found = (...names: string[]): SelectedClaim[] => names.map((name) => ({ name, by: 'app=wiki' }));

describe('the text of a selector', () => {
  test('is its labels, sorted', () => {
    expect(selectorText({ matchLabels: { tier: 'db', app: 'wiki' } })).toBe('app=wiki,tier=db');
  });

  test('is short enough for a status, and still that of no other selector', () => {
    const long = (end: string) => ({
      matchLabels: { [`x.example.net/${'n'.repeat(60)}`]: 'v'.repeat(62) + end },
    });
    const [one, other] = [selectorText(long('a')), selectorText(long('b'))];
    expect(one).toHaveLength(128);
    expect(one).toMatch(/^x\.example\.net\/n.*…[0-9a-f]{16}$/);
    expect(one).not.toBe(other);
  });
});

describe('the items of a run', () => {
  const declared = (...backups: Item[]) => backup([], { spec: { backups } });

  test('are named claims, and selected ones where their selector stands', () => {
    expect(itemNames(declared(named('a'), app, named('z')), found('data-0', 'data-1'))).toEqual([
      'a',
      'data-0',
      'data-1',
      'z',
    ]);
  });

  test('keep what a selector found that was taken out in mid-run', () => {
    expect(itemNames(declared(named('a')), found('data-0'))).toEqual(['a', 'data-0']);
  });

  test('name a selector itself where it failed', () => {
    expect(itemNames(declared(app), found('data-0'), [item('app=wiki')])).toEqual(['app=wiki', 'data-0']);
  });
});

describe('a claim of another namespace', () => {
  const elsewhere = (name: string, namespace: string): Item => ({ type: 'pvc', name, namespace });
  const backups = [
    named('data'),
    elsewhere('data', 'blog'),
    { ...elsewhere('data', 'wiki'), exclude: ['x'] },
  ];
  const declared = backup([], { spec: { backups } });

  test('is called by its namespace, too; one that names its own is the same as without', () => {
    expect(itemNames(declared)).toEqual(['data', 'blog/data']);
    expect(claimsElsewhere(declared)).toEqual([{ namespace: 'blog', name: 'data' }]);
  });

  test('is found again by its name', () => {
    expect(claimKey('blog/data', 'wiki')).toEqual({ namespace: 'blog', name: 'data' });
    expect(claimKey('data', 'wiki')).toEqual({ namespace: 'wiki', name: 'data' });
  });

  test('is read as its own item says', () => {
    const quiet = { ...elsewhere('data', 'blog'), allowEmpty: true };
    const both = backup([], { spec: { backups: [named('data'), quiet] } });
    expect(optionsOf(both, 'blog/data')).toMatchObject({ allowEmpty: true });
    expect(optionsOf(both, 'data')).toEqual(named('data'));
  });
});

describe('a bucket', () => {
  const backups: Item[] = [{ type: 's3', name: 'data', exclude: ['x'] }, named('data')];
  const declared = backup([], { spec: { backups } });

  test('is called by its kind, too: a claim may have the same name', () => {
    expect(itemNames(declared)).toEqual(['s3:data', 'data']);
    expect(itemsNow(declared)).toEqual(['s3:data', 'data']);
    expect(['s3:data', 'data', 'app=wiki'].map(typeOf)).toEqual(['s3', 'pvc', 'pvc']);
  });

  test('can be restored, but is no claim that somebody could cover', () => {
    expect(restorable(declared)).toEqual(['s3:data', 'data']);
    expect(claimsOf(declared)).toEqual(['data']);
    expect(claimsElsewhere(declared)).toEqual([]);
  });

  test('is read as its own item says', () => {
    expect(optionsOf(declared, 's3:data')).toMatchObject({ exclude: ['x'] });
    expect(optionsOf(declared, 'data')).toEqual(named('data'));
  });
});

describe('what a ServiceBackup covers now', () => {
  const spec = { backups: [named('a'), app] };
  const covers = (status: Parameters<typeof backup>[1] & object, changes = spec) =>
    claimsOf(backup([], { ...status, spec: changes }));

  test('is what the last run selected, until the next has asked', () => {
    const selected = found('data-0');
    expect(covers({ status: { selected } })).toEqual(['a', 'data-0']);
    expect(covers({ status: { selected, run: run() } })).toEqual(['a', 'data-0']);
    expect(covers({ status: { run: { ...run(), selected: found('data-1') } } })).toEqual(['a', 'data-1']);
  });

  test('is not what a selector found that is no longer declared', () => {
    expect(covers({ status: { selected: found('data-0') } }, { backups: [named('a')] })).toEqual(['a']);
  });

  test('is no selector that failed, which is an item nevertheless', () => {
    const failed = backup([], { spec, status: { selected: [], items: [item('a'), item('app=wiki')] } });
    expect(claimsOf(failed)).toEqual(['a']);
    expect(itemsNow(failed)).toEqual(['a', 'app=wiki']);
  });

  test('is not told by the failure of the last run, once the run under way has asked', () => {
    const anew = { run: { ...run(), selected: found('data-0') }, items: [item('app=wiki')] };
    expect(itemsNow(backup([], { spec, status: anew }))).toEqual(['a', 'data-0']);
  });
});

describe('the options of a claim', () => {
  const options = (backups: Item[], selected = found('data-0')) =>
    optionsOf(backup([], { spec: { backups }, status: { run: { ...run(), selected } } }), 'data-0');
  const quiet: Item = { ...app, exclude: ['*.tmp'], allowEmpty: true, onUnreadable: 'Fail' };

  test('are those of the selector that found it', () => {
    const other: Item = { type: 'pvc', selector: { matchLabels: { app: 'other' } }, exclude: ['*'] };
    expect(options([other, quiet])).toMatchObject({
      exclude: ['*.tmp'],
      allowEmpty: true,
      onUnreadable: 'Fail',
    });
  });

  test('are those of its name, if it is named as well', () => {
    expect(options([quiet, { ...named('data-0'), exclude: ['cache/'] }])).toMatchObject({
      exclude: ['cache/'],
    });
  });

  test('leave nothing out when the selector was taken out in mid-run', () => {
    expect(options([{ ...quiet, selector: { matchLabels: { app: 'blog' } } }])).toEqual({});
  });
});
