import type { RetentionPolicy } from '../api/backup-config';
import { RETENTION_FIELDS } from '../api/contract';
import type { Failure } from '../api/outcome';

/** A snapshot that is in the repository. */
export interface Known {
  id: string;
  hostname: string;
  time: string;
}

/** An item that this run backed up with Success. */
export interface Good {
  name: string;
  /** restic's host of it. */
  host: string;
  /** The snapshot that this run made of it: its id, or at least 16 digits of it. */
  snapshot: string;
}

export interface Limits {
  maxForgetPercent: number;
  /** Somebody approved that the policy forgets more than that. */
  acknowledged: boolean;
  /** The policy, in words. */
  policy: string;
}

/** What is to be forgotten, of which item, and what is not, and why. */
export interface Plan {
  /** Of the items that pass. */
  items: { name: string; remove: string[]; kept: number }[];
  failures: Failure[];
}

/** What `restic forget --dry-run --json --group-by host` prints. It is not believed: any of it may be missing or wrong. */
interface Proposal {
  host?: unknown;
  keep?: unknown;
  remove?: unknown;
}

/** How many snapshots a proposal keeps that removes none, as most nights; undefined if it removes any, or cannot be read. */
export function keepsAll(answer: unknown): number | undefined {
  if (!Array.isArray(answer)) return undefined;
  let kept = 0;
  for (const { keep, remove } of answer.map((entry: Proposal | null) => entry ?? {})) {
    if (!Array.isArray(keep) || (Array.isArray(remove) ? remove.length > 0 : remove !== null))
      return undefined;
    kept += keep.length;
  }
  return kept;
}

/** Shorter, and two snapshots might be meant. */
const SHORTEST_ID = 16;

/** Only what is above zero: restic takes a policy of zeros for one that keeps nothing. */
export const keepFlags = (policy: RetentionPolicy): string[] =>
  RETENTION_FIELDS.flatMap((name) =>
    (policy[name] ?? 0) > 0 ? [`--keep-${name}`, String(policy[name])] : [],
  );

/** A policy as people read it: `keep-daily 7, keep-weekly 6`. */
export const policyInWords = (policy: RetentionPolicy): string =>
  keepFlags(policy).join(' ').replace(/ --/g, ', ').replace(/^--/, '');

/**
 * Decides by id what is forgotten. restic proposes, by the policy; this looks at each id, against a list of what is really there. Of an
 * item nothing is forgotten
 *
 * - if the proposal names a snapshot that is not the item's own (another host's, or none at all);
 * - if it names the snapshot that this run made, which is the last good one, or the newest of the item;
 * - if it says of one and the same snapshot that it is kept and removed;
 * - if it names more than `maxForgetPercent` of the item's snapshots (one is always allowed), unless that was acknowledged.
 *
 * What is wrong with one item does not stop the others; a proposal for a host that nobody asked about stops all.
 */
export function planRetention(
  answer: unknown,
  known: readonly Known[],
  items: readonly Good[],
  limits: Limits,
): Plan {
  const proposals: Proposal[] = Array.isArray(answer) ? answer.map((entry: unknown) => entry ?? {}) : [];
  const stranger = proposals.find(({ host }) => !items.some((item) => item.host === host));
  if (stranger || !Array.isArray(answer)) {
    const what = stranger
      ? `would also touch the snapshots of ${String(stranger.host)}`
      : 'gave no plan that can be read';
    return { items: [], failures: [refused(`restic ${what}: nothing was forgotten.`)] };
  }
  const plan: Plan = { items: [], failures: [] };
  for (const item of items) {
    const mine = known.filter(({ hostname }) => hostname === item.host);
    const own = proposals.filter(({ host }) => host === item.host);
    const remove = [...new Set(own.flatMap((proposal) => idsOf(proposal.remove)))];
    const keep = own.flatMap((proposal) => idsOf(proposal.keep));
    const failure = objection(item, mine, remove, keep) ?? tooMany(item, mine, remove, limits);
    if (failure) plan.failures.push(failure);
    else plan.items.push({ name: item.name, remove: remove as string[], kept: mine.length - remove.length });
  }
  return plan;
}

/** Ids of a list; what is none of a snapshot becomes undefined, and so an objection. */
const idsOf = (list: unknown): unknown[] =>
  list === null || list === undefined
    ? []
    : Array.isArray(list)
      ? list.map((entry) => (entry as { id?: unknown } | null)?.id)
      : [list];

function objection(
  { name, snapshot }: Good,
  mine: readonly Known[],
  remove: readonly unknown[],
  keep: readonly unknown[],
): Failure | undefined {
  if (remove.length === 0) return undefined;
  const of = `of item ${name}`;
  const made = snapshot.length >= SHORTEST_ID ? mine.filter(({ id }) => id.startsWith(snapshot)) : [];
  if (made.length !== 1)
    return refused(
      `The snapshot ${snapshot.slice(0, 8)} ${of}, which this run made, is not in the repository: nothing was forgotten of it.`,
    );
  const strange = remove.filter((id) => !mine.some((one) => one.id === id));
  if (strange.length > 0)
    return refused(
      `restic would forget what is no snapshot ${of} (${String(strange[0]).slice(0, 16)}): nothing was forgotten of it.`,
    );
  const newest = mine.reduce((a, b) => (Date.parse(b.time) > Date.parse(a.time) ? b : a));
  if (remove.includes(made[0]?.id) || remove.includes(newest.id))
    return refused(
      `The policy would forget the newest snapshot ${of} (are there snapshots from the future?): nothing was forgotten of it.`,
    );
  if (remove.some((id) => keep.includes(id)))
    return refused(`restic would both keep and forget a snapshot ${of}: nothing was forgotten of it.`);
  return undefined;
}

function tooMany(
  { name }: Good,
  mine: readonly Known[],
  remove: readonly unknown[],
  limits: Limits,
): Failure | undefined {
  const { maxForgetPercent, acknowledged, policy } = limits;
  const most = Math.max(1, Math.floor((maxForgetPercent * mine.length) / 100));
  if (acknowledged || remove.length <= most) return undefined;
  return {
    reason: 'AcknowledgementNeeded',
    message: `Retention would forget ${remove.length} of ${mine.length} snapshots of item ${name} at once (${policy}), and maxForgetPercent (${maxForgetPercent} %) allows ${most}: nothing was forgotten of it. Correct the policy; or, if it is meant so, acknowledge it (service-backup acknowledge).`,
  };
}

const refused = (message: string): Failure => ({ reason: 'RetentionFailed', message });
