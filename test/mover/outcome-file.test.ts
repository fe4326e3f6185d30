import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeOutcome, encodeOutcome, type Outcome } from '../../src/api';
import { OutcomeFile } from '../../src/mover/outcome-file';

const directory = mkdtempSync(join(tmpdir(), 'outcome-file-'));
const path = join(directory, 'termination-log');
afterAll(() => rmSync(directory, { recursive: true }));

const short: Outcome = { version: 1, items: [{ state: 'Success', files: 1 }] };
const long: Outcome = {
  version: 1,
  partial: true,
  items: [{ state: 'Failed', reason: 'NoFiles', message: 'x'.repeat(900) }],
};

test('each report takes the place of the one before, whole, in the same file', () => {
  writeFileSync(path, '');
  const { ino } = statSync(path);
  const file = new OutcomeFile(path);
  for (const outcome of [short, long, short]) {
    file.write(outcome);
    expect(readFileSync(path, 'utf8')).toBe(encodeOutcome(outcome));
  }
  expect(statSync(path).ino).toBe(ino);
});

test('a report that was cut short in the middle of the change is whole none the less', () => {
  // What lies there between the two steps of a change: the new report, and blanks up to the end of the old one.
  const between = encodeOutcome(short).padEnd(encodeOutcome(long).length, ' ');
  expect(decodeOutcome(between)).toEqual(short);
});

test('where there is no file yet, one is made', () => {
  const fresh = join(directory, 'fresh');
  new OutcomeFile(fresh).write(short);
  expect(decodeOutcome(readFileSync(fresh, 'utf8'))).toEqual(short);
});
