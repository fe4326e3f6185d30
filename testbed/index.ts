import { boot } from './boot';
import { binary } from './build/binaries';
import { cleanUp } from './cleanup';
import { kubectl } from './cluster/kubectl';
import { answersOk } from './cluster/probe';
import { faults } from './csi/parts';
import { API_URL, NODES, paths } from './layout';
import { exclusively } from './machine/lock';
import { readRecord } from './machine/record';
import { isRunning, killPart, PARTS, type Part, startPart } from './parts';
import type { OnProgress } from './progress';
import { createBucket, S3 } from './s3';

export { DRIVERS } from './layout';
export { PARTS, type Part } from './parts';
export type { OnProgress } from './progress';

/** A running testbed. It outlives the program that started it, until `down`. */
export interface Testbed {
  /** The path of the administrator's kubeconfig. */
  readonly kubeconfig: string;
  /** An S3 store; its endpoint is reachable from the host and from pods. */
  readonly s3: {
    readonly endpoint: string;
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly region: string;
  };
  /** The absolute path of a binary that the testbed was built with. */
  readonly bin: (name: 'kubectl' | 'restic' | string) => string;
  readonly nodes: readonly string[];
  /** Gives what kubectl printed; an error carries what it complained about. */
  kubectl(args: string[], options?: { input?: string }): Promise<string>;
  /** Kills a part at once, as SIGKILL or a power cut would. */
  kill(part: Part): Promise<void>;
  /** Starts a killed part and waits until it serves. */
  start(part: Part): Promise<void>;
  restart(part: Part): Promise<void>;
  createBucket(name: string): Promise<void>;
  /** Makes a CSI call such as `NodeUnstageVolume` fail with a message, until it is cleared. */
  readonly faults: { set(rpc: string, message: string): void; clear(rpc?: string): void };
}

/** Long enough for another program's first build. */
const PATIENCE = 20 * 60;

/** Starts a testbed, or joins the one that is running; builds what it needs first. */
export async function up(options: { readonly onProgress?: OnProgress } = {}): Promise<Testbed> {
  mustBeRoot();
  return exclusively(PATIENCE, async () => {
    if (isThere()) {
      // Parts may have been killed, on purpose or by themselves.
      for (const part of PARTS) await startPart(part);
      return testbed();
    }
    await boot(options.onProgress);
    return testbed();
  });
}

/** Joins the running testbed, whichever of its parts are down. */
export async function attach(): Promise<Testbed> {
  if (isThere()) return testbed();
  throw new Error('No testbed is running: start one with `npm run testbed -- up`.');
}

/** Stops the testbed and leaves no process, mount, loop device, bridge or cgroup of it. */
export async function down(): Promise<void> {
  mustBeRoot();
  await exclusively(120, cleanUp);
}

/** Whether a testbed is there, though parts of it may be down. After a crash of the machine only its record is. */
const isThere = () => readRecord()?.state === 'running' && (isRunning('etcd') || isRunning('kube-apiserver'));

/** Whether a testbed is there whose API server answers. */
export async function isServing(): Promise<boolean> {
  if (readRecord()?.state !== 'running' || !isRunning('kube-apiserver')) return false;
  return answersOk(`${API_URL}/readyz`).catch(() => false);
}

function testbed(): Testbed {
  return {
    kubeconfig: paths.adminKubeconfig,
    s3: S3,
    bin: binary,
    nodes: NODES,
    kubectl,
    kill: (part) => exclusively(PATIENCE, () => killPart(part)),
    start: (part) => exclusively(PATIENCE, () => startPart(part)),
    restart: (part) =>
      exclusively(PATIENCE, async () => {
        await killPart(part);
        await startPart(part);
      }),
    createBucket,
    faults,
  };
}

function mustBeRoot(): void {
  if (process.getuid?.() !== 0) {
    throw new Error('The testbed mounts volumes and makes a network bridge: run it as root.');
  }
}
