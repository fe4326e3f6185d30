import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Bench, describeTree, fill, PASSWORD } from './harness';

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.start();
});
afterAll(() => bench.stop());

const PAGE = join(__dirname, '../../../docs/restore-by-hand.md');
/** The commands of the page, block by block; what is marked `sh mount` needs FUSE and two terminals. */
const blocks = () =>
  [...readFileSync(PAGE, 'utf8').matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block]) => block ?? '');

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
  // What the page gives as an example is replaced by what is here; what it computes stays.
  const script = blocks()
    .join('\n')
    .replace(/^export (\w+)=(.*)$/gm, (line, name: string) =>
      name in here ? `export ${name}='${here[name]}'` : line,
    );
  expect(script).toContain(`export RESTIC_PASSWORD='${PASSWORD}'`);

  const printed = execFileSync('bash', ['-euo', 'pipefail', '-c', script], {
    cwd: bench.directory,
    env: { PATH: `${join(bench.restic, '..')}:${process.env.PATH}`, HOME: bench.directory },
    encoding: 'utf8',
  });

  expect(printed).toContain('wiki/backup/other');
  expect(describeTree(target)).toBe(original);
  expect(readFileSync(join(bench.directory, 'found'), 'utf8')).toBe('a = 1\n');
  expect(readFileSync(join(`${target}-etc`, 'settings.conf'), 'utf8')).toBe('a = 1\n');
}, 60_000);
