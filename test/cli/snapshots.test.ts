import { noneOf, unreadableOf } from '../../src/cli/snapshots';

test('a service without snapshots says so', () => {
  expect(noneOf('wiki/backup', undefined, [])).toBe('wiki/backup has no snapshots yet.');
});

test('an item without snapshots says which items have some', () => {
  expect(noneOf('wiki/backup', 'config', [{ item: 'pages' }, { item: 'data' }, { item: 'pages' }])).toBe(
    'wiki/backup has no snapshots of item config; there are some of data, pages.',
  );
});

test('snapshots that cannot be read are told of beside the list', () => {
  expect(unreadableOf('wiki-backup', 'could not load snapshot 1f')).toBe(
    '  warning: the bucket wiki-backup holds snapshots that cannot be read, and are not listed: could not load snapshot 1f',
  );
});
