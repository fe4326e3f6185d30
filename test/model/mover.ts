import { encodeOutcome, type ItemOutcome, type Outcome } from '../../src/api/outcome';
import { type Agenda, HOUR, SECOND } from './agenda';
import type { Container } from './container';
import type { Repository } from './repository';

/** What becomes of an item that is read: told once, then it goes well again. */
export type Fate = 'Passing' | 'Final' | 'Warning' | 'Slow';
/** What becomes of the report of the next mover that ends. */
export type ReportFate = 'Lost' | 'Malformed' | 'Killed' | 'OutOfMemory' | 'Short';

export interface Surroundings {
  agenda: Agenda;
  repository: Repository;
  fates: Map<string, Fate>;
  reportFates: ReportFate[];
  /** Called when it takes the repository for itself. */
  onExclusive(container: Container): void;
  /** The container has ended: its kubelet's turn. */
  onEnd(container: Container): void;
}

const OPENS = 2 * SECOND;
const READS = 20 * SECOND;
const CLEANS = 10 * SECOND;
/** restic's --retry-lock, in tries. */
const TRIES = 4;

/** What a mover does in truth, whether or not anybody is told: the contract of task and outcome (docs/adr/0003). */
export class Mover {
  private readonly outcome: Outcome = { version: 1, partial: true, items: [] };
  private readonly container: Container;
  private readonly at: Surroundings;

  constructor(container: Container, at: Surroundings) {
    this.container = container;
    this.at = at;
    this.later(OPENS, () => this.open(TRIES));
  }

  /** What goes on only as long as nobody kills it. */
  private later(delay: number, what: () => void): void {
    this.at.agenda.after(delay, () => this.container.running && what());
  }

  private open(tries: number): void {
    const { repository, agenda } = this.at;
    if (!repository.reachable) {
      this.fail('StorageUnreachable', 'The S3 system cannot be reached.');
      return;
    }
    this.outcome.repository = 'repo-id';
    if (repository.lock(this.container, false, agenda.now)) {
      this.container.atWork = true;
      this.readNext(0);
    } else if (tries > 0) this.later(10 * SECOND, () => this.open(tries - 1));
    else this.fail('RepositoryLocked', 'Locked.');
  }

  private readNext(index: number): void {
    const { items, recall } = this.container.work;
    const name = items[index];
    if (name === undefined) {
      for (const item of recall) this.outcome.items.push(this.recalled(item));
      this.tell();
      this.cleanUp();
      return;
    }
    const slow = this.at.fates.get(name) === 'Slow';
    if (slow) this.at.fates.delete(name);
    this.later(slow ? 3 * HOUR : READS, () => {
      this.outcome.items.push(this.read(name));
      this.tell();
      this.readNext(index + 1);
    });
  }

  private read(name: string): ItemOutcome {
    const { fates, repository } = this.at;
    if (!repository.reachable)
      return { state: 'Failed', reason: 'StorageUnreachable', message: 'It went away.' };
    const fate = fates.get(name);
    fates.delete(name);
    if (fate === 'Final') return { state: 'Failed', reason: 'NoFiles', message: 'No file.' };
    if (fate === 'Passing') return { state: 'Failed', reason: 'StorageUnavailable', message: 'Status 503.' };
    const snapshot = repository.add(this.container.work.run, name);
    const figures = { snapshot, bytes: 1000, files: 10, seconds: 20 };
    if (fate !== 'Warning') return { state: 'Success', ...figures };
    return { state: 'Warning', reason: 'UnreadableFiles', message: 'One file.', ...figures };
  }

  private recalled(name: string): ItemOutcome {
    const found = this.at.repository.made(this.container.work.run, name);
    if (!found) return { state: 'Failed', reason: 'OutcomeLost', message: 'No snapshot.' };
    const { id: snapshot } = found;
    return { state: 'Warning', reason: 'OutcomeLost', message: 'Found.', snapshot, bytes: 1000, files: 10 };
  }

  private cleanUp(): void {
    const { work } = this.container;
    this.letGo();
    const parts = [
      ...(work.retention
        ? [(failure?: Outcome['failure']) => Object.assign(this.outcome, retained(failure))]
        : []),
      ...(work.check
        ? [(failure?: Outcome['failure']) => Object.assign(this.outcome, { check: failed(failure) })]
        : []),
      ...(work.prune
        ? [
            (failure?: Outcome['failure']) =>
              Object.assign(this.outcome, { prune: { freed: 0, ...failed(failure) } }),
          ]
        : []),
    ];
    const next = (): void => {
      const part = parts.shift();
      if (part) this.alone(part, next, TRIES);
      else this.end();
    };
    next();
  }

  /** Takes the repository for itself, as restic does: nobody else may hold a lock. */
  private alone(part: (failure?: Outcome['failure']) => void, next: () => void, tries: number): void {
    const { repository, agenda, onExclusive } = this.at;
    if (!repository.reachable) {
      part({ reason: 'StorageUnreachable', message: 'It went away.' });
      next();
      return;
    }
    if (!repository.lock(this.container, true, agenda.now)) {
      if (tries > 0) this.later(10 * SECOND, () => this.alone(part, next, tries - 1));
      else {
        part({ reason: 'RepositoryLocked', message: 'Locked.' });
        next();
      }
      return;
    }
    this.container.atWork = true;
    onExclusive(this.container);
    this.later(CLEANS, () => {
      this.letGo();
      part();
      next();
    });
  }

  private letGo(): void {
    this.at.repository.unlock(this.container);
    this.container.atWork = false;
  }

  private tell(): void {
    this.container.report = encodeOutcome(this.outcome);
  }

  private fail(reason: NonNullable<Outcome['failure']>['reason'], message: string): void {
    this.outcome.failure = { reason, message };
    this.end(1);
  }

  /** SIGTERM. */
  cancel(): void {
    if (this.container.running) this.fail('Cancelled', 'Stopped by SIGTERM.');
  }

  private end(exitCode = 0): void {
    const { container, at } = this;
    const { partial: _, ...whole } = this.outcome;
    container.report = encodeOutcome(whole);
    at.repository.unlock(container);
    const failed = exitCode !== 0 || whole.items.some(({ state }) => state === 'Failed');
    const exit = { exitCode: failed ? 1 : 0, reason: failed ? 'Error' : 'Completed' };
    finish(container, at, { ...exit, ...mangled(at.reportFates.shift(), container, exit.exitCode) });
  }
}

const failed = (failure: Outcome['failure']) => (failure ? { failure } : {});
const retained = (failure: Outcome['failure']) => ({
  retention: { kept: 3, forgotten: 0, ...failed(failure) },
});

/** Reports get lost on nodes whose disk is full, are cut, or never written since the mover was killed at its end. */
function mangled(fate: ReportFate | undefined, { report }: Container, exitCode: number) {
  if (fate === 'Lost') return { message: '' };
  if (fate === 'Malformed') return { message: report.slice(0, report.length / 2) };
  if (fate === 'Short') return { message: encodeOutcome({ version: 1, repository: 'repo-id', items: [] }) };
  if (fate === 'OutOfMemory') return { message: '', exitCode: 137, reason: 'OOMKilled' };
  if (fate === 'Killed') return { message: '', exitCode: 137, reason: 'Error' };
  return { message: report, exitCode };
}

/** It runs no more. Without an exit nobody will ever know how it ended. */
export function finish(
  container: Container,
  { agenda, onEnd }: Pick<Surroundings, 'agenda' | 'onEnd'>,
  exit?: NonNullable<Container['exit']>,
): void {
  if (!container.running) return;
  Object.assign(container, { running: false, atWork: false, endedAt: agenda.now, ...(exit && { exit }) });
  onEnd(container);
}
