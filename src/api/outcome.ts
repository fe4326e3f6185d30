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

/** What a Job reports to the operator. */
export interface Outcome {
  version: number;
  /** Id of the repository, once it is known to be ours. */
  repository?: string;
  /** Nothing was done for any item, for this reason. */
  failure?: Failure;
  /** One for each item of the task, in its order; empty when `failure` is set. */
  items: ItemOutcome[];
  /** Snapshots that retention kept and forgot, or why it could not. */
  retention?: { kept: number; forgotten: number; failure?: Failure };
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
interface Wire {
  v: number;
  r?: string;
  f?: [string, string];
  i: WireItem[];
  t?: [number, number, string?, string?];
}

/** Cuts a text to so many characters, showing that it was cut. */
const cut = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, Math.max(0, length - 1))}…`;

function toWire(outcome: Outcome, messageLength: number): Wire {
  const { failure, retention } = outcome;
  return {
    v: outcome.version,
    ...(outcome.repository && { r: outcome.repository }),
    ...(failure && { f: [failure.reason, cut(failure.message, Math.max(messageLength, 256))] }),
    i: outcome.items.map((item) => [
      STATE_LETTER[item.state],
      item.reason ?? '',
      item.snapshot?.slice(0, SNAPSHOT_DIGITS) ?? '',
      NUMBERS.map((name) => item[name] ?? null),
      cut(item.message ?? '', messageLength),
    ]),
    ...(retention && {
      t: retention.failure
        ? [
            retention.kept,
            retention.forgotten,
            retention.failure.reason,
            cut(retention.failure.message, messageLength),
          ]
        : [retention.kept, retention.forgotten],
    }),
  };
}

/**
 * The outcome as a termination message: compact, and always within the kubelet's 4096 bytes. Messages are cut first;
 * states, reasons, snapshot ids and figures of 20 items always fit.
 */
export function encodeOutcome(outcome: Outcome): string {
  for (let length = 1024; ; length = Math.floor(length / 2)) {
    const encoded = JSON.stringify(toWire(outcome, length));
    if (Buffer.byteLength(encoded) <= TERMINATION_MESSAGE_BYTES || length === 0) return encoded;
  }
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
  if (wire.r !== undefined) outcome.repository = String(wire.r);
  if (wire.f !== undefined) {
    const failure = failureOf(wire.f);
    if (!failure) return undefined;
    outcome.failure = failure;
  }
  if (wire.t !== undefined) {
    const retention = retentionOf(wire.t);
    if (!retention) return undefined;
    outcome.retention = retention;
  }
  return outcome;
}

function failureOf(entry: unknown): Failure | undefined {
  if (!Array.isArray(entry)) return undefined;
  const [reason, message] = entry as unknown[];
  return isReason(reason) ? { reason, message: String(message ?? '') } : undefined;
}

function retentionOf(entry: unknown): Outcome['retention'] {
  if (!Array.isArray(entry)) return undefined;
  const [kept, forgotten, ...rest] = entry as unknown[];
  if (typeof kept !== 'number' || typeof forgotten !== 'number') return undefined;
  if (rest.length === 0) return { kept, forgotten };
  // A failure for a reason that is not known here is still a failure.
  const failure = failureOf(rest);
  return failure && { kept, forgotten, failure };
}

function itemOf(entry: unknown): ItemOutcome | undefined {
  if (!Array.isArray(entry)) return undefined;
  const [letter, reason, snapshot, numbers, message] = entry as WireItem;
  const state = LETTER_STATE.get(letter);
  if (!state || !Array.isArray(numbers)) return undefined;
  if (reason !== '' && !isReason(reason)) return undefined;
  const item: ItemOutcome = { state };
  if (reason !== '' && isReason(reason)) item.reason = reason;
  if (message) item.message = message;
  if (snapshot) item.snapshot = snapshot;
  NUMBERS.forEach((name, at) => {
    const value = numbers[at];
    if (typeof value === 'number') item[name] = value;
  });
  return item;
}
