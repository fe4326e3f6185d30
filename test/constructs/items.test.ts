import { Item, ServiceBackup } from 'service-backup';
import { appWith, manifests, mistakes, one } from './app';

const appOf = (...backups: Item[]) =>
  appWith((chart) => void new ServiceBackup(chart, 'backup', { backupBucketName: 'a-bucket', backups }));
const mistakesOf = (...backups: Item[]) => mistakes(appOf(...backups));
const said = (sentence: string) => `1 problem in this app:\nnextcloud/backup: ${sentence}`;
const selecting = (matchLabels: Record<string, string>) => Item.volumes({ matchLabels });

test('claims are selected by their labels, with the options of a volume', () => {
  const item = Item.volumes({ matchLabels: { app: 'wiki' } }, { exclude: ['*.part'], onUnreadable: 'Fail' });
  expect(item.selector).toEqual({ matchLabels: { app: 'wiki' } });
  expect(one(manifests(appOf(item, Item.volume('data'))), 'ServiceBackup').spec.backups).toEqual([
    { type: 'pvc', selector: { matchLabels: { app: 'wiki' } }, exclude: ['*.part'], onUnreadable: 'Fail' },
    { type: 'pvc', name: 'data' },
  ]);
});

test('labels that Kubernetes accepts are accepted', () => {
  expect(mistakesOf(selecting({ 'app.kubernetes.io/name': 'Wiki_1.0', tier: '', 'a-B_c.9': 'x' }))).toBe('');
});

test('a selector must name a label', () => {
  expect(mistakesOf(selecting({}))).toBe(
    said(
      'backups[0].selector.matchLabels is empty and would select every claim of the namespace: use at least one label.',
    ),
  );
});

test('a selector must not name more than 16 labels', () => {
  const labels = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, n) => [`label-${n}`, 'x']));
  expect(mistakesOf(selecting(labels(16)))).toBe('');
  expect(mistakesOf(selecting(labels(17)))).toBe(
    said('backups[0].selector.matchLabels has 17 labels: use at most 16.'),
  );
});

test.each(['my app', '-app', 'Example.Net/app', 'a/b/c', '/app', '', 'x'.repeat(64)])(
  "a selector must not name the label '%s'",
  (key) => {
    expect(mistakesOf(selecting({ [key]: 'wiki' }))).toBe(
      said(
        `backups[0].selector.matchLabels has the key '${key}', which no label can have: use at most 63 letters, digits, '-', '_' and '.', after a prefix like 'example.net/' if need be.`,
      ),
    );
  },
);

test.each(['my wiki', '.wiki', 'wiki-', 'x'.repeat(64), 1])(
  "a selector must not ask for the value '%s'",
  (value) => {
    expect(mistakesOf(selecting({ app: value as string }))).toBe(
      said(
        `backups[0].selector.matchLabels has '${value}' for 'app', which no label can have: use a text of at most 63 letters, digits, '-', '_' and '.', which begins and ends with a letter or digit.`,
      ),
    );
  },
);

test('the same claims must not be selected twice', () => {
  expect(mistakesOf(selecting({ app: 'wiki', tier: 'db' }), selecting({ tier: 'db', app: 'wiki' }))).toBe(
    said("backups[1] selects the claims with 'app=wiki,tier=db' a second time: remove one."),
  );
  expect(mistakesOf(selecting({ app: 'wiki' }), selecting({ app: 'wiki', tier: 'db' }))).toBe('');
});

test.each<[string, string[], string]>([
  [
    'an empty one',
    ['a', ''],
    "backups[0].exclude[1] is empty: write a pattern, e.g. 'cache/', or remove it.",
  ],
  [
    'a very long one',
    ['x'.repeat(1025)],
    "backups[0].exclude[0] has 1025 characters: use at most 1024, e.g. with a '*'.",
  ],
  [
    'too many',
    Array.from({ length: 101 }, (_, n) => `dir-${n}/`),
    "backups[0].exclude has 101 patterns: use at most 100, e.g. with a '*'.",
  ],
])('patterns must not be %s', (_, exclude, sentence) => {
  expect(mistakesOf(Item.volume('data', { exclude }))).toBe(said(sentence));
});

test('what is done with unreadable files must be one of two words', () => {
  expect(mistakesOf(Item.volume('data', { onUnreadable: 'warn' as 'Warn' }))).toBe(
    said("backups[0].onUnreadable is 'warn': use 'Warn' or 'Fail'."),
  );
});
