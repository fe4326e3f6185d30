import {
  isReason,
  MAX_UNCOVERED,
  type Maintenance,
  REASONS,
  type ServiceBackup,
  type ServiceBackupStatus,
} from '../api';
import { isApprovable } from '../operator/acknowledgement';
import { heldOf, mendOf } from './held-retention';
import { itemsTable, type View } from './items-table';
import { nameOf } from './service-reference';
import { countOf } from './sizes';
import { paintState } from './tables';
import { formatClock, formatTime, tellDuration } from './times';

/** One ServiceBackup: what its last run (or the one under way) did, item by item; what waits for a person; what comes next. */
export function serviceReport(service: ServiceBackup, view: View): string {
  const status = service.status ?? {};
  return [
    headline(service, view),
    ...explanation(status),
    ...workOnRepository(status, view),
    ...skipped(status, view),
    ...held(service, view),
    itemsTable(service, view),
    ...uncovered(status, view),
    ...footer(service, view),
  ].join('\n');
}

function headline({ metadata, status }: ServiceBackup, { timeZone, paint }: View): string {
  const state = status?.state;
  const run = status?.run
    ? `run of ${formatClock(status.run.startedAt, timeZone)} under way, ${countOf(status.run.groups.length, 'Job')} so far`
    : lastRun(status, timeZone);
  const failures = status?.consecutiveFailures ?? 0;
  return [
    nameOf(metadata),
    paintState(state, paint)(state ?? 'Unknown'),
    run,
    ...(failures > 1 ? [paint.bad(`${failures} runs in a row without success`)] : []),
  ].join('   ');
}

function lastRun(status: ServiceBackupStatus | undefined, timeZone: string): string {
  const last = status?.lastBackup;
  if (!last) return 'no run yet';
  const seconds = (Date.parse(last.timestamp) - Date.parse(last.startedAt)) / 1000;
  const nodes = new Set(status?.items?.flatMap((item) => item.placement?.node || []));
  const where = nodes.size > 0 ? `, ${countOf(nodes.size, 'node')}` : '';
  return `run of ${formatTime(last.startedAt, timeZone)}, ${tellDuration(seconds)}${where}`;
}

/** Why it stands so, or what a run waits for. What an item failed for stands in its row, and only there. */
function explanation({ reason, message, items = [], run }: ServiceBackupStatus): string[] {
  const inItsRow = [...items, ...(run?.done ?? [])].some((item) => item.message === message);
  if (reason === 'ItemsFailed' || (message && inItsRow)) return [];
  const text = message ?? (isReason(reason) ? `${reason}: ${REASONS[reason].means}` : reason);
  return text ? [`  ${text}`] : [];
}

/** Retention, check and prune: of the run under way, or else of the last one. */
function workOnRepository({ run, lastBackup }: ServiceBackupStatus, { timeZone }: View): string[] {
  const retention = run ? run.retention?.message : lastBackup?.retention;
  const jobs = run?.maintenance?.map((job) => tellMaintenance(job, timeZone));
  const maintenance = run ? jobs : [lastBackup?.maintenance ?? []].flat();
  return [
    ...(retention ? [`  retention: ${retention}`] : []),
    ...(maintenance ?? []).map((line) => `  maintenance: ${line}`),
  ];
}

function tellMaintenance(job: Maintenance, timeZone: string): string {
  if (job.message) return job.message;
  const tasks = [
    ...(job.recall ? [`read-back of ${countOf(job.recall.length, 'item')}`] : []),
    ...(job.retention ? ['retention'] : []),
    ...(job.check ? [job.part ? `check of part ${job.part} of ${job.parts}` : 'check'] : []),
    ...(job.prune ? ['prune'] : []),
  ].join(', ');
  return job.finishedAt
    ? `${tasks}: ${job.reason ?? 'done'}`
    : `${tasks}: since ${formatClock(job.startedAt, timeZone)}, Job ${job.job}`;
}

/** A tick of which no run was made, until one has been made since. */
function skipped({ skipped: tick, lastBackup }: ServiceBackupStatus, { paint }: View): string[] {
  if (!tick?.message || (lastBackup && lastBackup.startedAt > tick.tick)) return [];
  return [paint.warn(`  ${tick.message}`)];
}

function held(service: ServiceBackup, { paint }: View): string[] {
  const finding = heldOf(service);
  if (!finding) return [];
  const { run, reason, message } = finding;
  // The line of what retention did ends with why it did no more.
  const told = !service.status?.run && service.status?.lastBackup?.retention?.includes(message);
  const found = `  retention is held since run ${run} (${reason})${told ? '' : `: ${message}`}`;
  const next = !isApprovable(finding)
    ? mendOf(finding)
    : finding.acknowledged
      ? 'it is acknowledged: the next run goes by it'
      : `if it is meant to be so: service-backup acknowledge ${nameOf(service.metadata)}`;
  return [paint.warn(found), ...(next ? [`  ${next}`] : [])];
}

/** Of the claims beside those that labels select: status names the first of them. */
function uncovered({ uncovered: claims = [] }: ServiceBackupStatus, { paint }: View): string[] {
  if (claims.length === 0) return [];
  const more = claims.length < MAX_UNCOVERED ? '' : ', …';
  return [paint.warn(`  claims that no ServiceBackup covers: ${claims.join(', ')}${more}`)];
}

/** What is no news: hints, and when the next things happen. */
function footer({ metadata, status }: ServiceBackup, { timeZone, paint }: View): string[] {
  const { repository, nextBackup, conditions = [] } = status ?? {};
  const at = (instant: string) => formatTime(instant, timeZone);
  const lines: string[] = [];
  if (conditions.some(({ type, status: is }) => type === 'RecoveryKeyMissing' && is === 'True'))
    lines.push(
      `no recovery key, so whoever loses the password Secret loses the backups: service-backup recovery-key ${nameOf(metadata)}`,
    );
  const { check, prune } = repository ?? {};
  if (check)
    lines.push(
      `last check: ${at(check.timestamp)}, part ${check.part} of ${check.parts}: ${ended(check, 'whole')}`,
    );
  if (prune) lines.push(`last prune: ${at(prune.timestamp)}: ${ended(prune, 'done')}`);
  if (nextBackup) lines.push(`next run: ${at(nextBackup)}`);
  return lines.map((line) => paint.dim(`  ${line}`));
}

const ended = ({ state, reason }: { state: string; reason?: string }, good: string): string =>
  state === 'Success' ? good : (reason ?? state);
