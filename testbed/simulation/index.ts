import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { build, isBuilt } from '../build/binaries';
import { tool } from '../build/tool';
import { makeCertificates, SERVER_NAMES } from '../cluster/certificates';
import { exclusively } from '../machine/lock';
import { Processes, startTimeOf } from '../machine/processes';
import { type OnProgress, Progress } from '../progress';
import { answersOk, CONTROL_PLANE, PEER_USER } from './control-plane';
import { API_URL, LOCK, LOOPBACK, paths, STATE } from './layout';

/** Long enough for another program's first build. */
const PATIENCE = 20 * 60;

/** Of the control plane, and of operators that run against it. */
export const processes = new Processes({ records: paths.processes, logs: paths.logs });

/**
 * Starts a control plane without nodes, for tests of scale and of crashes: etcd, API server, the controllers of Jobs, scheduler,
 * and kwok in the kubelets' place. A new one each time: what a former one left is cleared away first.
 */
export async function up(options: { readonly onProgress?: OnProgress } = {}): Promise<void> {
  const progress = new Progress(options.onProgress);
  try {
    progress.step('Building the control plane');
    if (!isBuilt()) await exclusively(PATIENCE, () => build((what) => progress.waitFor(what)));
    await exclusively(
      PATIENCE,
      async () => {
        const program = await tool('kwok', (what) => progress.waitFor(what));
        progress.step('Starting a simulated control plane');
        mustBeFree();
        await cleanUp();
        mkdirSync(STATE, { recursive: true });
        writeFileSync(paths.owner, JSON.stringify({ pid: process.pid, startTime: startTimeOf(process.pid) }));
        await certify();
        for (const name of ['etcd', 'kube-apiserver']) await progress.track(name, start(name, program));
        const others = ['kube-controller-manager', 'kube-scheduler', 'kwok'];
        await Promise.all(others.map((name) => progress.track(name, start(name, program))));
      },
      LOCK,
    );
  } finally {
    progress.end();
  }
}

/** It serves one program at a time, and does not outlive it by intent: a second one would take it away from the first. */
function mustBeFree(): void {
  if (!existsSync(paths.owner)) return;
  const { pid, startTime } = JSON.parse(readFileSync(paths.owner, 'utf8')) as {
    pid: number;
    startTime: string;
  };
  if (pid !== process.pid && startTimeOf(pid) === startTime)
    throw new Error(`The simulation in ${STATE} is in use by process ${pid}: wait until that has ended.`);
}

/** Ends the simulation and leaves nothing of it. */
export const down = (): Promise<void> => exclusively(120, cleanUp, LOCK);

/** Only what is recorded as the simulation's own is killed. */
async function cleanUp(): Promise<void> {
  await Promise.all(processes.recorded().map(({ name }) => processes.kill(name)));
  if (existsSync(STATE)) await rm(STATE, { recursive: true, force: true, maxRetries: 5 });
}

async function start(name: string, kwokProgram: string): Promise<void> {
  const part = CONTROL_PLANE[name]!;
  processes.start({ name, command: part.command(kwokProgram) });
  await processes.serving(name, 90, () => answersOk(part.health));
}

const certify = () =>
  makeCertificates({
    directory: paths.pki,
    server: API_URL,
    kubeconfig: paths.kubeconfig,
    identities: [
      { name: 'apiserver', user: 'kube-apiserver', addresses: [`IP:${LOOPBACK}`, ...SERVER_NAMES] },
      { name: 'admin', user: 'admin', group: 'system:masters' },
      { name: 'peer', user: PEER_USER, group: 'system:masters' },
      { name: 'controller-manager', user: 'system:kube-controller-manager' },
      { name: 'scheduler', user: 'system:kube-scheduler' },
    ],
  });
