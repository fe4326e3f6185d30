import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { reasonsPage } from '../../scripts/reasons';
import { REASON_GROUPS, REASONS } from '../../src/api';

const ROOT = join(__dirname, '..', '..');
const page = readFileSync(join(ROOT, 'docs', 'reasons.md'), 'utf8');

test('docs/reasons.md is what the code says; `npm run reasons` makes it', () => {
  expect(page).toBe(reasonsPage());
});

test('every group is a heading, and every reason is a row of three cells below its own', () => {
  const sections = page.split(/^## /m).slice(1);
  expect(sections.map((section) => section.split('\n')[0])).toEqual(REASON_GROUPS.map(({ title }) => title));
  for (const [at, { reasons }] of REASON_GROUPS.entries()) {
    const rows = sections[at]!.split('\n').filter((line) => line.startsWith('| `'));
    expect(rows.map((row) => /^\| `(\w+)`/.exec(row)?.[1])).toEqual(Object.keys(reasons));
    for (const row of rows) expect(row.split(/(?<!\\)\|/)).toHaveLength(5);
  }
});

/** Tests that make the fault, or the facts from which it is told: not those of the list itself. */
const tests = readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !name.startsWith('api/'))
  .map((name) => readFileSync(join(ROOT, 'test', name), 'utf8'));

test.each(Object.keys(REASONS))('%s is met by a test', (reason) => {
  const quoted = new RegExp(`['"\`]${reason}\\b|\\b${reason}['"\`]`);
  expect(tests.some((text) => quoted.test(text))).toBe(true);
});
