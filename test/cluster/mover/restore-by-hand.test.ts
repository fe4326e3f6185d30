import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { moto } from '../../../testbed/build/moto';
import { BucketBench } from './bucket-bench';
import { Bench, describeTree, fill, PASSWORD } from './harness';
import { hostileObjects } from './hostile-keys';
import { described, descriptionOf, putAll } from './service-objects';

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.start();
});
afterAll(() => bench.stop());

const PAGE = join(__dirname, '../../../docs/restore-by-hand.md');
/** The commands of the page, block by block, of those that are marked so; what is marked `sh mount` needs FUSE and two terminals. */
const blocks = (mark: 'sh' | 'sh bucket') =>
  [...readFileSync(PAGE, 'utf8').matchAll(/```([^\n]*)\n([\s\S]*?)```/g)].flatMap(([, kind, block]) =>
    kind === mark ? [block ?? ''] : [],
  );

/** Runs them. What the page gives as an example is replaced by what is here; what it computes stays. */
function follow(commands: string[], here: Record<string, string | undefined>, paths: string[]): string {
  const script = commands
    .join('\n')
    .replace(/^export (\w+)=(.*)$/gm, (line, name: string) =>
      name in here ? `export ${name}='${here[name]}'` : line,
    );
  expect(script).toContain(`export RESTIC_PASSWORD='${PASSWORD}'`);
  return execFileSync('bash', ['-euo', 'pipefail', '-c', script], {
    cwd: bench.directory,
    env: { PATH: [...paths, process.env.PATH].join(':'), HOME: bench.directory },
    encoding: 'utf8',
  });
}

test('the commands of docs/restore-by-hand.md restore what the mover backed up', async () => {
  const bucket = bench.createRepository();
  const { source, item } = bench.volume('data');
  fill(source);
  mkdirSync(join(source, 'etc'));
  writeFileSync(join(source, 'etc', 'settings.conf'), 'a = 1\n');
  const original = describeTree(source);
  const backup = await bench.run(bench.backupTask(bucket, [item]));
  expect(backup.outcome?.items).toMatchObject([{ state: 'Success' }]);
  const other = bench.volume('other');
  writeFileSync(join(other.source, 'not this one'), 'x');
  await bench.run(bench.backupTask(bucket, [other.item]));

  const target = join(bench.directory, 'restored');
  const here: Record<string, string | undefined> = {
    ...bench.resticEnv(bucket),
    AWS_DEFAULT_REGION: 'us-east-1',
    ITEM: 'wiki/backup/data',
    TARGET: target,
  };
  const printed = follow(blocks('sh'), here, [dirname(bench.restic)]);

  expect(printed).toContain('wiki/backup/other');
  expect(describeTree(target)).toBe(original);
  expect(readFileSync(join(bench.directory, 'found'), 'utf8')).toBe('a = 1\n');
  expect(readFileSync(join(`${target}-etc`, 'settings.conf'), 'utf8')).toBe('a = 1\n');
}, 60_000);

test('and of a bucket: one object, all with their checksums, back into a bucket, and as files', async () => {
  const service = await BucketBench.start(bench);
  const into = await bench.serviceBucket('versitygw');
  const objects = hostileObjects('versitygw');
  await putAll(service.service, objects);
  expect((await service.run()).outcome?.items).toMatchObject([{ state: 'Success' }]);
  service.stop();
  const tree = join(bench.directory, 'restored-files');
  const printed = follow(
    [blocks('sh')[0] ?? '', ...blocks('sh bucket')],
    {
      ...bench.resticEnv(service.repository),
      AWS_DEFAULT_REGION: 'us-east-1',
      ITEM: `wiki/backup/s3:${service.bucket}`,
      KEY: 'a/b.c',
      TARGET: join(bench.directory, 'restored-bucket'),
      S3_ENDPOINT: bench.endpoint,
      S3_BUCKET: into.bucket,
      TREE: tree,
    },
    [dirname(bench.restic), dirname((await moto())[0])],
  );
  expect(readFileSync(join(bench.directory, 'object'), 'utf8')).toBe('body of a/b.c');
  expect(printed).not.toContain('damaged');
  expect(readFileSync(join(tree, 'a/b.c'), 'utf8')).toBe('body of a/b.c');
  expect(printed).toContain("left out: 'marker/' no path");
  // The one that the page says cannot be written so.
  expect(printed.match(/not written: .*/g)).toEqual([
    "not written: 'beside/utf-8' Parameter validation failed:",
  ]);
  expect(await described(into)).toEqual(descriptionOf(objects.filter(({ key }) => key !== 'beside/utf-8')));
}, 60_000);
