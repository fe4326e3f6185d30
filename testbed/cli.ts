import { spawnSync } from 'node:child_process';
import { Command } from 'commander';
import { prepare } from './boot';
import { attach, down, isServing, PARTS, type Part, up } from './index';
import { STATE } from './layout';
import { exclusively } from './machine/lock';
import { readRecord } from './machine/record';
import { isRunning } from './parts';
import { printProgress } from './print-progress';

const program = new Command('testbed')
  .enablePositionalOptions()
  .description('A real Kubernetes of two nodes on this machine, without images from a registry.');

const part = (name: string): Part => {
  const known = PARTS.find((one) => one === name);
  if (!known) throw new Error(`There is no part "${name}". The parts are ${PARTS.join(', ')}.`);
  return known;
};

program
  .command('up')
  .description('start a testbed, or join the one that is running')
  .action(async () => {
    const printer = printProgress();
    const testbed = await up({ onProgress: printer.onProgress }).finally(printer.end);
    console.log(`The testbed is up after ${printer.seconds()} s.`);
    console.log(`  KUBECONFIG=${testbed.kubeconfig}`);
    console.log(`  kubectl    ${testbed.bin('kubectl')}`);
    console.log(
      `  S3         ${testbed.s3.endpoint}  (${testbed.s3.accessKeyId} / ${testbed.s3.secretAccessKey})`,
    );
  });

program
  .command('build')
  .description('build the binaries and images, and start nothing')
  .action(async () => {
    const printer = printProgress();
    await exclusively(20 * 60, () => prepare(printer.onProgress)).finally(printer.end);
    console.log(`Built after ${printer.seconds()} s.`);
  });

program
  .command('down')
  .description('stop the testbed and leave nothing of it')
  .action(async () => {
    const started = Date.now();
    await down();
    console.log(`The testbed is down after ${((Date.now() - started) / 1000).toFixed(1)} s.`);
  });

program
  .command('status')
  .description('tell whether a testbed is running, and which of its parts')
  .action(async () => {
    const record = readRecord();
    if (!record) return console.log('No testbed is running.');
    const state = (await isServing()) ? 'running' : `${record.state}, but its API server does not answer`;
    console.log(`The testbed of ${record.startedAt} in ${STATE} is ${state}.`);
    for (const name of PARTS) console.log(`  ${isRunning(name) ? 'running' : 'down   '}  ${name}`);
  });

for (const verb of ['kill', 'start', 'restart'] as const) {
  program
    .command(`${verb} <part>`)
    .description(`${verb} one of: ${PARTS.join(', ')}`)
    .action(async (name: string) => {
      const known = part(name);
      await (await attach())[verb](known);
    });
}

program
  .command('kubectl')
  .description('run kubectl as the administrator')
  .argument('[arguments...]')
  .allowUnknownOption()
  .helpOption(false)
  .passThroughOptions()
  .action(async (args: string[]) => {
    const { bin, kubeconfig } = await attach();
    // With the terminal itself, so that `exec -it` and `logs -f` work.
    const { status } = spawnSync(bin('kubectl'), [`--kubeconfig=${kubeconfig}`, ...args], {
      stdio: 'inherit',
    });
    process.exitCode = status ?? 1;
  });

// A reader such as `head` may have enough before all is printed.
process.stdout.on('error', () => process.exit());
program.parseAsync().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
