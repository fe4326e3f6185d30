import {
  type ObjectCounts,
  type ObjectNews,
  type ReportLine,
  type ResultLine,
  showKey,
} from '../../api/report';
import type { RestoreBucketTask } from '../../api/task';
import type { Entry } from './manifest';
import type { Wanted } from './restore-fetch';

/** So many objects are told one by one: kubelets keep some megabytes of a log. */
const MOST_NEWS = 10_000;
/** So many keys stand in a sentence. */
const NAMED = 3;
const PROGRESS_MS = 1000;

/** What became of an object that is now, or would be, in the bucket as the snapshot has it. */
type Good = 'written' | 'replaced' | 'there';

/** Counts what becomes of the objects, tells of those about which there is more to tell, and of the progress. */
export class RestoreReport {
  readonly counts: ObjectCounts;
  readonly #task: Pick<RestoreBucketTask, 'to' | 'dryRun'>;
  readonly #wanted: Wanted;
  readonly #print: (line: ReportLine) => void;
  /** Of what was written, or would be. */
  #bytes = 0;
  #done = { files: 0, bytes: 0 };
  #told = 0;
  readonly #began = Date.now();
  #progressAt = 0;
  readonly #named = new Map<ObjectNews, string[]>();
  /** Of the first object that was not restored. */
  #why = '';

  constructor(
    task: Pick<RestoreBucketTask, 'to' | 'dryRun'>,
    wanted: Wanted,
    print: (line: ReportLine) => void,
  ) {
    this.#task = task;
    this.#wanted = wanted;
    this.#print = print;
    const none = { written: 0, replaced: 0, there: 0, inTheWay: 0, failed: 0, stale: 0, others: 0 };
    this.counts = { wanted: wanted.objects, ...none };
  }

  good(entry: Entry, what: Good): void {
    this.counts[what]++;
    if (what !== 'there') this.#bytes += entry.size;
    if (what === 'replaced')
      this.#news(
        entry.key,
        'replaced',
        `another object ${this.#task.dryRun ? 'would be' : 'was'} written over.`,
      );
    if (entry.stale !== undefined) {
      this.counts.stale++;
      this.#news(
        entry.key,
        'stale',
        `this is an earlier state; that of the snapshot's time could not be read: ${entry.stale}`,
      );
    }
    this.#progress(entry);
  }

  inTheWay(entry: Entry, how: string): void {
    this.counts.inTheWay++;
    this.#news(entry.key, 'inTheWay', `another object is there (${how}), and was left.`);
    this.#progress(entry);
  }

  failed(entry: Entry, why: string): void {
    this.counts.failed++;
    this.#why ||= why;
    this.#news(entry.key, 'failed', why);
    this.#progress(entry);
  }

  /** An object that was thought to be there, and is not. */
  lost(entry: Entry, why: string): void {
    this.counts.failed++;
    this.#why ||= why;
    this.#news(entry.key, 'failed', why);
  }

  /** @param stopped why it did not come to its end */
  result(snapshot: string, stopped?: string): ResultLine {
    const { counts } = this;
    const { dryRun, to } = this.#task;
    const figures = {
      snapshot,
      files: counts.written + counts.replaced,
      bytes: this.#bytes,
      objects: counts,
    };
    const sentences = [
      ...(stopped ? [stopped, `${figures.files} of ${counts.wanted} objects were written before.`] : []),
      ...(counts.failed
        ? [`${this.#some('failed', counts.failed)} could not be restored: ${this.#why}`]
        : []),
      ...(counts.inTheWay && !dryRun
        ? [
            `Of ${this.#some('inTheWay', counts.inTheWay)} the bucket ${to.bucket} has another, which was left: --overwrite writes over it.`,
          ]
        : []),
    ];
    if (sentences.length === 0) return { type: 'result', state: 'Success', ...figures };
    return {
      type: 'result',
      state: 'Failed',
      reason: 'RestoreFailed',
      message: sentences.join(' '),
      ...figures,
    };
  }

  #some(what: ObjectNews, count: number): string {
    const named = (this.#named.get(what) ?? []).map(showKey).join(', ');
    return `${count} ${count === 1 ? 'object' : 'objects'} (${named}${count > NAMED ? ', …' : ''})`;
  }

  #news(key: string, what: ObjectNews, message: string): void {
    const named = this.#named.get(what) ?? [];
    if (named.length < NAMED) this.#named.set(what, [...named, key]);
    if (++this.#told <= MOST_NEWS) this.#print({ type: 'object', key, what, message });
  }

  #progress({ size }: Entry): void {
    this.#done.files++;
    this.#done.bytes += size;
    const now = Date.now();
    const { objects: totalFiles, bytes: totalBytes } = this.#wanted;
    if (now - this.#progressAt < PROGRESS_MS && this.#done.files < totalFiles) return;
    this.#progressAt = now;
    const share = totalBytes > 0 ? this.#done.bytes / totalBytes : this.#done.files / totalFiles;
    this.#print({
      type: 'progress',
      step: 'writing',
      percent: Math.floor(share * 1000) / 10,
      ...this.#done,
      totalBytes,
      totalFiles,
      seconds: Math.round((now - this.#began) / 1000),
    });
  }
}
