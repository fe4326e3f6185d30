import { progressFrom } from '../../src/mover/progress';

test('a status line of restic is progress', () => {
  const line =
    '{"message_type":"status","seconds_elapsed":3,"percent_done":0.71239,"total_files":10,"files_restored":7,"total_bytes":1000,"bytes_restored":712}';
  expect(progressFrom(line)).toEqual({
    type: 'progress',
    percent: 71.2,
    bytes: 712,
    totalBytes: 1000,
    files: 7,
    totalFiles: 10,
    seconds: 3,
  });
});

test('restic leaves out what is zero', () => {
  expect(progressFrom('{"message_type":"status","percent_done":0}')).toEqual({
    type: 'progress',
    percent: 0,
    bytes: 0,
    totalBytes: 0,
    files: 0,
    totalFiles: 0,
    seconds: 0,
  });
});

test('the summary is none, and neither is text', () => {
  expect(progressFrom('{"message_type":"summary","total_files":10}')).toBeUndefined();
  expect(progressFrom('restoring …')).toBeUndefined();
});
