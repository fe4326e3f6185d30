import { CONTRACT_VERSION } from './contract';
import { TERMINATION_MESSAGE_BYTES } from './group';
import { isReason, type Reason } from './reasons';
import type { Figures, Result } from './service-backup';

/** How one item ended, in the order of the task's items. */
export type ItemOutcome = { state: Result; reason?: Reason; message?: string } & Figures;

/** What a failure says. */
export interface Failure {
  reason: Reason;
  message: string;
}

/** What a Job reports to the operator. It is written after each item, so that a mover that is killed has told of those before. */
export interface Outcome {
  version: number;
  /** True until the mover's own end: items that are missing were not finished. */
  partial?: boolean;
  /** Id of the repository, once it is known to be ours. */
  repository?: string;
  /** Whether the repository has a recovery key. */
  recoveryKey?: boolean;
  /** Nothing (more) was done for any item, for this reason. */
  failure?: Failure;
  /** One for each item of the task (of a maintain task: that it recalls), in its order; fewer when partial, or when `failure` is set. */
  items: ItemOutcome[];
  /** Snapshots that retention kept and forgot, and why it forgot no others: AcknowledgementNeeded, RetentionFailed. */
  retention?: { kept: number; forgotten: number; failure?: Failure };
  /** That the repository, and the task's part of its data, are whole; or why not: RepositoryDamaged, CheckFailed. */
  check?: { failure?: Failure };
  /** What was freed, in bytes, or why nothing could be. */
  prune?: { freed: number; failure?: Failure };
  /** What people should know of, in sentences: e.g. that the lock of a dead Job was removed. */
  notes?: string[];
}

const STATE_LETTER = { Success: 'S', Warning: 'W', Failed: 'F' } as const;
const LETTER_STATE = new Map<unknown, Result>([
  ['S', 'Success'],
  ['W', 'Warning'],
  ['F', 'Failed'],
]);
const NUMBERS = [
  'bytes',
  'bytesAdded',
  'files',
  'filesNew',
  'filesChanged',
  'filesUnmodified',
  'seconds',
] as const;
/** Enough of restic's 64 digits: a collision within a repository is out of the question. */
const SNAPSHOT_DIGITS = 16;

type WireItem = [
  state: string,
  reason: string,
  snapshot: string,
  numbers: (number | null)[],
  message: string,
];
type WireFailure = [reason: string, message: string];
interface Wire {
  v: number;
  p?: 1;
  r?: string;
  k?: 0 | 1;
  f?: WireFailure;
  i: WireItem[];
  t?: [number, number, ...([] | WireFailure)];
  c?: [] | WireFailure;
  u?: [number, ...([] | WireFailure)];
  n?: string[];
}

/** Notes are the first to give way: at most so many, each as short as the shortest message may become before it is lost. */
const NOTES_KEPT = 3;
const NOTE_LENGTH = 160;
/** What a message is cut to at first; status takes no more. */
const LONGEST_MESSAGE = 1024;

/** Cuts a text to so many characters, showing that it was cut. */
const cut = (text: string, length: number): string =>
  text.length <= length ? text : length <= 0 ? '' : `${text.slice(0, length - 1)}…`;

function toWire(outcome: Outcome, length: number): Wire {
  const { partial, repository, recoveryKey, failure, retention, check, prune, notes } = outcome;
  const fail = (why: Failure | undefined): [] | WireFailure =>
    why ? [why.reason, cut(why.message, length)] : [];
  return {
    v: outcome.version,
    ...(partial && { p: 1 }),
    ...(repository && { r: repository }),
    ...(recoveryKey !== undefined && { k: recoveryKey ? 1 : 0 }),
    ...(failure && { f: [failure.reason, cut(failure.message, Math.max(length, 256))] }),
    i: outcome.items.map((item) => [
      STATE_LETTER[item.state],
      item.reason ?? '',
      item.snapshot?.slice(0, SNAPSHOT_DIGITS) ?? '',
      NUMBERS.map((name) => item[name] ?? null),
      cut(item.message ?? '', length),
    ]),
    ...(retention && { t: [retention.kept, retention.forgotten, ...fail(retention.failure)] }),
    ...(check && { c: fail(check.failure) }),
    ...(prune && { u: [prune.freed, ...fail(prune.failure)] }),
    ...(notes?.length &&
      length > 0 && {
        n: notes.slice(0, NOTES_KEPT).map((note) => cut(note, Math.min(length, NOTE_LENGTH))),
      }),
  };
}

/**
 * The outcome as a termination message: compact, and always within the kubelet's 4096 bytes. Messages are cut, the longest
 * first; states, reasons, snapshot ids and figures of 20 items always fit.
 */
export function encodeOutcome(outcome: Outcome): string {
  const encode = (length: number) => JSON.stringify(toWire(outcome, length));
  const fits = (text: string) => Buffer.byteLength(text) <= TERMINATION_MESSAGE_BYTES;
  const whole = encode(LONGEST_MESSAGE);
  if (fits(whole)) return whole;
  // The greatest length to which all can be cut: what is shorter stays whole.
  let [short, long] = [0, LONGEST_MESSAGE];
  while (long - short > 1) {
    const length = Math.floor((short + long) / 2);
    if (fits(encode(length))) short = length;
    else long = length;
  }
  return encode(short);
}

/**
 * Reads a termination message. Anything but a whole, well-formed outcome gives `undefined`: it is then unknown how the
 * Job ended, and nobody may guess.
 */
export function decodeOutcome(message: string): Outcome | undefined {
  let wire: Wire;
  try {
    wire = JSON.parse(message) as Wire;
  } catch {
    return undefined;
  }
  if (wire === null || typeof wire !== 'object' || wire.v !== CONTRACT_VERSION || !Array.isArray(wire.i))
    return undefined;
  const items: ItemOutcome[] = [];
  for (const entry of wire.i) {
    const item = itemOf(entry);
    if (!item) return undefined;
    items.push(item);
  }
  const outcome: Outcome = { version: wire.v, items };
  if (wire.p === 1) outcome.partial = true;
  if (wire.r !== undefined) {
    if (!isId(wire.r)) return undefined;
    outcome.repository = wire.r;
  }
  if (wire.k !== undefined) outcome.recoveryKey = wire.k === 1;
  if (wire.f !== undefined) {
    const failure = failureOf(wire.f);
    if (!failure) return undefined;
    outcome.failure = failure;
  }
  if (wire.t !== undefined) {
    const figures = withFailure(wire.t, 2);
    if (!figures) return undefined;
    const [kept = 0, forgotten = 0] = figures.numbers;
    outcome.retention = { kept, forgotten, ...figures.failure };
  }
  if (wire.c !== undefined) {
    const figures = withFailure(wire.c, 0);
    if (!figures) return undefined;
    outcome.check = { ...figures.failure };
  }
  if (wire.u !== undefined) {
    const figures = withFailure(wire.u, 1);
    if (!figures) return undefined;
    const [freed = 0] = figures.numbers;
    outcome.prune = { freed, ...figures.failure };
  }
  if (Array.isArray(wire.n)) outcome.notes = wire.n.map(String);
  return outcome;
}

/** What status takes for one; else its write would be refused, and the run never end. */
const isFigure = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isId = (value: unknown): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= 64;

function failureOf(entry: unknown): Failure | undefined {
  if (!Array.isArray(entry)) return undefined;
  const [reason, message] = entry as unknown[];
  return isReason(reason) && typeof message === 'string' ? { reason, message } : undefined;
}

/** So many numbers, and perhaps a failure. A failure for a reason that is not known here is still a failure: all is unknown then. */
function withFailure(
  entry: unknown,
  count: number,
): { numbers: number[]; failure?: { failure: Failure } } | undefined {
  if (!Array.isArray(entry)) return undefined;
  const [numbers, rest] = [entry.slice(0, count), entry.slice(count)] as [unknown[], unknown[]];
  if (numbers.length < count || !numbers.every(isFigure)) return undefined;
  if (rest.length === 0) return { numbers: numbers as number[] };
  const failure = failureOf(rest);
  return failure && { numbers: numbers as number[], failure: { failure } };
}

function itemOf(entry: unknown): ItemOutcome | undefined {
  if (!Array.isArray(entry)) return undefined;
  const [letter, reason, snapshot, numbers, message] = entry as WireItem;
  const state = LETTER_STATE.get(letter);
  if (!state || !Array.isArray(numbers)) return undefined;
  if (reason !== '' && !isReason(reason)) return undefined;
  const item: ItemOutcome = { state };
  if (reason !== '' && isReason(reason)) item.reason = reason;
  if (typeof message !== 'string' || (snapshot !== '' && !isId(snapshot))) return undefined;
  if (message) item.message = message;
  if (snapshot) item.snapshot = snapshot;
  for (const [at, name] of NUMBERS.entries()) {
    const value = numbers[at] ?? undefined;
    if (value === undefined) continue;
    if (!isFigure(value)) return undefined;
    item[name] = value;
  }
  return item;
}
