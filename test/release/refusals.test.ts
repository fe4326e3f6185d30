import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { version } from '../../package.json';
import { isDay, sectionOf } from '../../scripts/release/changelog';
import { type Candidate, unfit, untimely } from '../../scripts/release/refusals';

const CHANGELOG = `# Changelog

## [1.1.0] - 2026-12-24

### Added

- Buckets.

## [1.0.0] - unreleased

## [0.9.0]

- Without a day.
`;

const candidate = (changes: Partial<Candidate> = {}): Candidate => ({
  version: '1.1.0',
  changelog: CHANGELOG,
  tags: ['v1.0.0'],
  uncommitted: [],
  releasedKinds: [],
  kinds: [],
  ...changes,
});

test('what is committed, told of and new is released', () => {
  expect([unfit(candidate()), untimely(candidate())]).toEqual([[], []]);
});

test.each([
  ['no section', '2.0.0'],
  ['an empty section', '1.0.0'],
  ['a section without a day', '0.9.0'],
])('a version that has %s in CHANGELOG.md is refused', (_, version) => {
  expect(unfit(candidate({ version }))).toEqual([
    `CHANGELOG.md has no section '## [${version}] - …' with a word in it: write there what users get, or correct the version in package.json.`,
  ]);
});

test('kinds that take less than the released ones are refused', () => {
  const spec = { scope: 'Namespaced', names: { kind: 'Backup' }, versions: [] };
  const releasedKinds = [{ metadata: { name: 'backups.example.org' }, spec }];
  expect(unfit(candidate({ releasedKinds }))).toEqual([
    'backups.example.org: the kind is gone: objects of the last release have it otherwise, so leave it as it was.',
  ]);
});

test('a version that was released is not released again', () => {
  expect(untimely(candidate({ tags: ['v1.0.0', 'v1.1.0'] }))).toEqual([
    '1.1.0 was released already (tag v1.1.0): give package.json the next version, and CHANGELOG.md a section for it.',
  ]);
});

test.each(['unreleased', '2026-13-01', 'soon'])('a release on the day %s is refused', (day) => {
  expect(untimely(candidate({ changelog: CHANGELOG.replace('2026-12-24', day) }))).toEqual([
    `CHANGELOG.md says '${day}' of 1.1.0: write the day of the release, as 2027-01-31.`,
  ]);
});

test.each([
  [['a.ts'], 'a.ts'],
  [['a.ts', 'b.ts', 'c.ts'], 'a.ts and 2 more'],
])('a tree with %j uncommitted is not what can be built again', (uncommitted, named) => {
  expect(untimely(candidate({ uncommitted }))).toEqual([
    `The working tree is not what is committed (${named}): commit it, or put it away.`,
  ]);
});

test('CHANGELOG.md has a section of the version in package.json, and of each a day', () => {
  const changelog = readFileSync(join(__dirname, '../../CHANGELOG.md'), 'utf8');
  expect(sectionOf(changelog, version)?.text).toContain('### Added');
  const headings = changelog.split('\n').filter((line) => line.startsWith('## '));
  for (const [at, heading] of headings.entries()) {
    const day = / - (.+)$/.exec(heading)?.[1] ?? '';
    // The newest one may still be in the making.
    expect([heading, isDay(day) || (at === 0 && day === 'unreleased')]).toEqual([heading, true]);
  }
});
