import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Bench, describeTree, fill } from './harness';

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.start();
});
afterAll(() => bench.stop());

test('two volumes are backed up, and the second run finds the parents though paths have changed', async () => {
  const bucket = bench.createBucket();
  const data = bench.volume('data');
  const config = bench.volume('config');
  fill(data.source);
  writeFileSync(join(config.source, 'settings'), 'a=1\n');
  const before = describeTree(data.source);

  const first = await bench.run(bench.backupTask(bucket, [data.item, config.item]));

  expect(first).toMatchObject({ code: 0, outcome: { items: [{ state: 'Success' }, { state: 'Success' }] } });
  expect(first.outcome?.items[0]).toMatchObject({ files: 6, filesNew: 6, filesUnmodified: 0 });
  expect(first.outcome?.repository).toMatch(/^[0-9a-f]{64}$/);

  const elsewhere = bench.volume('config');
  writeFileSync(join(elsewhere.source, 'other'), 'b=2\n');
  const second = await bench.run(
    bench.backupTask(bucket, [elsewhere.item, data.item], {
      run: 'run-2',
      repository: bench.repository(bucket, { knownId: first.outcome?.repository }),
    }),
  );

  expect(second.outcome?.items[1]).toMatchObject({ state: 'Success', filesNew: 0, filesUnmodified: 6 });
  expect(describeTree(data.source)).toBe(before);
  const snapshots = bench.resticSnapshots(bucket);
  expect(snapshots.map(({ hostname }) => hostname)).toEqual([
    'wiki/backup/data',
    'wiki/backup/config',
    'wiki/backup/config',
    'wiki/backup/data',
  ]);
  expect(snapshots[0]?.tags).toEqual([
    'run=run-1',
    'cluster=cluster-a',
    'type=pvc',
    'root=2770:999:998:1609459200.500000000',
  ]);
}, 60_000);
