import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { App, Chart } from 'cdk8s';
import { CONTRACT_VERSION, decodeOutcome, TERMINATION_MESSAGE_PATH } from '../../src/api';
import { bundle, commandOf } from '../../src/constructs/bundle';
import { built } from './built';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'bundle-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** Runs the container's command on a file that holds `found`, where `deployed` was deployed. */
function run(deployed: Buffer, found: Buffer) {
  const file = join(directory, 'program.js.gz');
  writeFileSync(file, found);
  const [, ...argv] = commandOf(file, deployed, ['--max-semi-space-size=1'], 'refused');
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8' });
  return { status, stdout, stderr, file };
}
const program = (text: string) => gzipSync(text);

test('the program runs as the main program does: with its file, its arguments, and everything of Node', () => {
  const bytes = program(
    "console.log(process.argv[1] === __filename, process.argv.length, require('node:os').EOL.length, module.children.length); process.exitCode = 7",
  );
  const { status, stdout, stderr } = run(bytes, bytes);
  expect({ stdout, stderr, status }).toEqual({ stdout: 'true 2 1 0\n', stderr: '', status: 7 });
});

test('a program that was not deployed does not run', () => {
  const { status, stdout, stderr, file } = run(
    program('console.log("good")'),
    program('console.log("evil")'),
  );
  expect(stdout).toBe('');
  expect(status).toBe(1);
  expect(stderr).toMatch(
    new RegExp(
      `^${file} is not the program that was deployed: its sha256 is not [0-9a-f]{64}, but [0-9a-f]{64}\n$`,
    ),
  );
  // Here is no termination message, and none is made.
  expect(existsSync(TERMINATION_MESSAGE_PATH)).toBe(false);
});

test('a program that is not there is told of as one that was changed', () => {
  const [, ...argv] = commandOf('/nowhere/mover.js.gz', program('1'), [], 'refused');
  const { status, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8' });
  expect(status).toBe(1);
  expect(stderr).toMatch(/^\/nowhere\/mover\.js\.gz is not the program .*ENOENT/);
});

test('a refusal names the ConfigMap and the mend: of a Job as an outcome, of the operator as a sentence', () => {
  built();
  const chart = new Chart(new App(), 'c');
  const [mover, operator] = [
    bundle(chart, 'mover', { namespace: 'jobs' }),
    bundle(chart, 'operator', { namespace: 'ops' }),
  ];
  const message = (configMap: string, namespace: string) =>
    `ConfigMap ${configMap} in namespace ${namespace} holds another program than was deployed, and nothing of it was run: find out who changed it, delete it, and apply the manifests again.`;
  expect(decodeOutcome(mover.commandIn('jobs', []).at(-1)!)).toEqual({
    version: CONTRACT_VERSION,
    items: [],
    failure: { reason: 'ProgramChanged', message: message(mover.configMap, 'jobs') },
  });
  expect(operator.commandIn('ops', []).at(-1)).toBe(message(operator.configMap, 'ops'));
});

test('the bytes that are compared are the bytes that run: the file is read once', () => {
  const [, , loader] = commandOf('/bundle/x.js.gz', Buffer.from('x'), [], '');
  expect(loader!.match(/readFileSync/g)).toHaveLength(1);
});

test('an error in the program ends it, and names its file', () => {
  const bytes = program('throw new Error("broken")');
  const { status, stderr } = run(bytes, bytes);
  expect(status).toBe(1);
  expect(stderr).toContain('Error: broken');
  expect(stderr).toContain('program.js.gz');
  expect(readFileSync(join(directory, 'program.js.gz'))).toEqual(bytes);
});
