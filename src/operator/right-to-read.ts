import type { ServiceBackup } from '../api/kinds';
import { RESOURCES } from '../kube/resources';
import type { Rest } from '../kube/rest';
import type { Clock } from './clock';
import { isRefusal } from './lacks';

/** It is asked later and later whether the right is there again. Milliseconds. */
const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 10_000;

export interface RightToReadOptions {
  kube: Rest;
  clock: Clock;
  /** Also when it is refused once more. */
  onRefused(error: unknown): void;
  onGiven(): void;
}

/** The right to read ServiceBackups. Without it nothing can be done for any, so that one is asked for until it is given. */
export class RightToRead {
  private readonly options: RightToReadOptions;
  private next?: () => void;
  private stopped = false;

  constructor(options: RightToReadOptions) {
    this.options = options;
  }

  get isRefused(): boolean {
    return this.next !== undefined;
  }

  /** `key`: of the ServiceBackup for which something was refused. It may be about this one alone, e.g. by a policy of the cluster. */
  async ask(key: string, pause = FIRST_PAUSE): Promise<void> {
    const { clock, onRefused, onGiven } = this.options;
    const refusal = await this.refusalOf(key);
    if (this.stopped) return;
    this.next?.();
    this.next = undefined;
    if (refusal) {
      this.next = clock.after(pause, () => void this.ask(key, Math.min(pause * 2, LONGEST_PAUSE)));
      onRefused(refusal);
    } else onGiven();
  }

  stop(): void {
    this.stopped = true;
    this.next?.();
  }

  private async refusalOf(key: string): Promise<unknown> {
    const [namespace, name] = key.split('/') as [string, string];
    try {
      await this.options.kube.get<ServiceBackup>(RESOURCES.serviceBackups, name, namespace);
    } catch (error) {
      if (isRefusal(error)) return error;
    }
    return undefined;
  }
}
