import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Cluster } from '../demo/cluster';

export interface Change {
  line: string;
  /** Milliseconds of this machine's clock when the change was seen. */
  at: number;
}

/** `kubectl get --watch`: every state of the objects with the moment at which it was seen. */
export class Changes {
  private readonly seen: Change[] = [];
  private readonly child: ChildProcess;

  constructor(cluster: Pick<Cluster, 'kubeconfig' | 'kubectlPath'>, what: string[], jsonpath: string) {
    const env = { ...process.env, ...(cluster.kubeconfig && { KUBECONFIG: cluster.kubeconfig }) };
    this.child = spawn(
      cluster.kubectlPath,
      ['get', ...what, '--watch', '-o', `jsonpath=${jsonpath}{"\\n"}`],
      { env },
    );
    createInterface({ input: this.child.stdout! }).on('line', (line) =>
      this.seen.push({ line, at: Date.now() }),
    );
  }

  /** The first state, seen already or to come, that fits. */
  async next(what: string, seconds: number, fits: (line: string) => boolean): Promise<Change> {
    const deadline = Date.now() + seconds * 1000;
    for (;;) {
      const found = this.seen.find(({ line }) => fits(line));
      if (found) return found;
      if (Date.now() > deadline) throw new Error(`${what}: not seen within ${seconds} s`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  end(): void {
    this.child.kill();
  }
}
