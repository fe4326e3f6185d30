import { isKubeError } from '../kube/error';

type Lack = 'right' | 'kind';

const SENTENCES: Record<Lack, (message: string) => string> = {
  right: (message) =>
    `its rights (${message}): apply the manifests of BackupOperator again. A cluster has one; of several, the one that was applied last has the rights`,
  kind: (message) => `its kinds (${message}): apply the CRDs of BackupOperator`,
};

/** The API server knows who asks, or that it does not, and says no. */
export const isRefusal = (error: unknown): boolean =>
  isKubeError(error, 'Forbidden') || isKubeError(error, 'Unauthorized');

/**
 * What the API server says that this installation lacks: a right, or a kind of ours. Unlike a server that is away it does not pass by
 * itself, so it is told once, and keeps the operator from being ready.
 */
export class Lacks {
  private readonly known = new Map<Lack, Map<string, string>>();
  private readonly tell: { lost(sentence: string): void; back(): void };

  constructor(tell: { lost(sentence: string): void; back(): void }) {
    this.tell = tell;
  }

  /** True if the error says that something is lacking. `resource`: plural of the kind that was asked for. */
  note(resource: string, error: unknown): boolean {
    const lack = isRefusal(error) ? 'right' : isKubeError(error, 'NotFound') ? 'kind' : undefined;
    if (!lack) return false;
    const message = lack === 'right' ? (error as Error).message : `the cluster has no ${resource}`;
    const same = this.known.get(lack);
    if (same) same.set(resource, message);
    else {
      this.known.set(lack, new Map([[resource, message]]));
      this.tell.lost(SENTENCES[lack](message));
    }
    return true;
  }

  /** The API server has given what was asked of this resource. */
  given(resource: string): void {
    const before = this.known.size;
    for (const [lack, same] of this.known) {
      same.delete(resource);
      if (same.size === 0) this.known.delete(lack);
    }
    if (before > 0 && this.known.size === 0) this.tell.back();
  }

  /** A sentence for each lack. */
  get sentences(): string[] {
    return [...this.known].map(([lack, same]) => SENTENCES[lack]([...same.values()][0]!));
  }
}
