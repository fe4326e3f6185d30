import { recallItem } from '../../src/mover/recall';
import type { ResticSnapshot } from '../../src/mover/snapshots';

const task = {
  run: 'r-2',
  repository: {
    endpoint: 'https://s3.example.net',
    region: 'us-east-1',
    bucket: 'wiki',
    owner: { cluster: 'c', namespace: 'wiki', name: 'backup', uid: 'u' },
    stallSeconds: 200,
  },
};
const snapshot = (id: string, changes: Partial<ResticSnapshot> = {}): ResticSnapshot => ({
  id: id.padEnd(64, '0'),
  time: '2026-11-21T01:40:00Z',
  hostname: 'wiki/backup/data',
  paths: ['/volumes/0'],
  tags: ['run=r-2', 'type=pvc'],
  summary: {
    backup_start: '2026-11-21T01:40:00Z',
    backup_end: '2026-11-21T01:40:07.6Z',
    files_new: 1,
    files_changed: 2,
    files_unmodified: 3,
    data_added_packed: 50,
    total_files_processed: 6,
    total_bytes_processed: 700,
  },
  ...changes,
});
const recall = (found: ResticSnapshot[], unreadable?: string) =>
  recallItem('data', task, { found, ...(unreadable && { unreadable }) });

test('a snapshot of the run: a warning, with its figures', () => {
  expect(recall([snapshot('a1', { tags: ['run=r-1'] }), snapshot('a2')])).toEqual({
    state: 'Warning',
    reason: 'OutcomeLost',
    message:
      'The report on claim data was lost. This run made the snapshot a2000000 of it; whether every file could be read is not known.',
    snapshot: 'a2'.padEnd(64, '0'),
    bytes: 700,
    bytesAdded: 50,
    files: 6,
    filesNew: 1,
    filesChanged: 2,
    filesUnmodified: 3,
    seconds: 8,
  });
});

test('of two attempts the newer one counts', () => {
  expect(recall([snapshot('a1'), snapshot('a2')]).snapshot).toMatch(/^a2/);
});

test('a snapshot without figures, as older versions of restic made them', () => {
  expect(recall([snapshot('a1', { summary: undefined })])).toEqual({
    state: 'Warning',
    reason: 'OutcomeLost',
    message: expect.stringContaining('This run made the snapshot a1000000 of it'),
    snapshot: 'a1'.padEnd(64, '0'),
  });
});

test.each<[string, ResticSnapshot[]]>([
  ['none at all', []],
  ['one of another run', [snapshot('a1', { tags: ['run=r-20', 'run=r'] })]],
  ['one of another item', [snapshot('a1', { hostname: 'wiki/backup/data2' })]],
  ["another tool's", [snapshot('a1', { hostname: 'wiki', tags: null })]],
])('no snapshot of the run: a failure (%s)', (_, found) => {
  expect(recall(found)).toEqual({
    state: 'Failed',
    reason: 'OutcomeLost',
    message:
      'The report on claim data was lost, and this run made no snapshot of it: wait for the next run, or set a new runNow.',
  });
});

test('what cannot be read is told', () => {
  expect(recall([], 'Ignoring "2a45": invalid data returned').message).toContain(
    'but there are snapshots that cannot be read (Ignoring "2a45": invalid data returned)',
  );
});

test('a snapshot without a file, which the mover did not live to forget, is no backup', () => {
  const empty = snapshot('a1');
  expect(recall([{ ...empty, summary: { ...empty.summary!, total_files_processed: 0 } }])).toEqual({
    state: 'Failed',
    reason: 'OutcomeLost',
    message:
      'The report on claim data was lost, and the snapshot that this run made of it (a1000000) holds no file: forget it by hand, or "latest" means it.',
  });
});

test('of a bucket the objects are told, without its manifest; there may be none', () => {
  const made = snapshot('a1', {
    hostname: 'wiki/backup/s3:files',
    tags: ['run=r-2', 'type=s3', 'objects=5:600'],
  });
  const of = (found: ResticSnapshot) => recallItem('s3:files', task, { found: [found] });
  expect(of(made)).toMatchObject({
    state: 'Warning',
    files: 5,
    bytes: 600,
    message: expect.stringMatching(
      /^The report on bucket files was lost\. This run made the snapshot a1000000/,
    ),
  });
  expect(of({ ...made, tags: ['run=r-2', 'objects=0:0'] })).toMatchObject({ state: 'Warning', files: 0 });
});
