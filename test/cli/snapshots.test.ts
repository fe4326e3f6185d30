import { noneOf } from '../../src/cli/snapshots';

test('a service without snapshots says so', () => {
  expect(noneOf('wiki/backup', undefined, [])).toBe('wiki/backup has no snapshots yet.');
});

test('an item without snapshots says which items have some', () => {
  expect(noneOf('wiki/backup', 'config', [{ item: 'pages' }, { item: 'data' }, { item: 'pages' }])).toBe(
    'wiki/backup has no snapshots of item config; there are some of data, pages.',
  );
});
