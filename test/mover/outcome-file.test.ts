import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeOutcome, encodeOutcome, type Outcome } from '../../src/api';
import { OutcomeFile } from '../../src/mover/outcome-file';

const { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } = fs;

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

test('who is killed in the middle of the change leaves a whole report', () => {
  const file = new OutcomeFile(path);
  file.write(long);
  const end = jest.spyOn(fs, 'ftruncateSync').mockImplementationOnce(() => {
    throw new Error('killed');
  });
  expect(() => file.write(short)).toThrow('killed');
  end.mockRestore();
  expect(decodeOutcome(readFileSync(path, 'utf8'))).toEqual(short);
});

test('where there is no file yet, one is made', () => {
  const fresh = join(directory, 'fresh');
  new OutcomeFile(fresh).write(short);
  expect(decodeOutcome(readFileSync(fresh, 'utf8'))).toEqual(short);
});
