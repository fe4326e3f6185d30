import type { ItemStatus, RunGroup, ServiceBackupStatus } from '../api/service-backup';
import { shortened } from './failure';
import { isGroup, type Step, stepsOf } from './step';

/**
 * What a status may take, as JSON in UTF-8. The API server's own limit is far beyond; lists and watches of thousands are not. Only 64 claims
 * with names of more than 100 characters, selected by labels, may take more.
 */
export const STATUS_BYTES = 65_536;

export const bytesOf = (status: ServiceBackupStatus): number => Buffer.byteLength(JSON.stringify(status));

/** Gives up some detail, in place. */
type Cut = (status: ServiceBackupStatus) => void;

/**
 * What gives way, in this order, until the rest fits. Never: names, states, reasons, snapshots, sizes (the next backup is compared
 * with them), last successes, conditions, of the step under way its Job, node and items, and what
 * is tried again how often and when, and what selectors found.
 */
const CUTS: readonly Cut[] = [
  messages(256),
  because,
  figures('filesNew', 'filesChanged', 'filesUnmodified'),
  settledNames,
  messages(80),
  figures('bytesAdded', 'seconds', 'consistency'),
  figures('placement'),
  figures('message'),
  (status) => delete status.uncovered,
  (status) => eachStep(status, (step) => isGroup(step) && delete step.because),
  figures('job'),
  (status) => finishedGroups(status, (group) => Object.assign(group, { node: '', job: '' })),
  (status) => finishedGroups(status, (group) => Object.assign(group, { items: [] })),
  (status) => {
    for (const retry of status.run?.retries ?? []) delete retry.job;
  },
  messages(0),
  earlierGroups,
];

/** The status as it is written: whole, or without the detail for which there is no room. */
export function fitted(status: ServiceBackupStatus): ServiceBackupStatus {
  if (bytesOf(status) <= STATUS_BYTES) return status;
  const smaller = structuredClone(status);
  for (const cut of CUTS) {
    cut(smaller);
    if (bytesOf(smaller) <= STATUS_BYTES) break;
  }
  return smaller;
}

/** Sentences for people, wherever they stand. */
function messages(length: number): Cut {
  const cut = (value: unknown): void => {
    if (value === null || typeof value !== 'object') return;
    for (const [field, inner] of Object.entries(value)) {
      const isText = ['message', 'retention', 'maintenance'].includes(field) && typeof inner === 'string';
      if (isText) Object.assign(value, { [field]: shortened(inner, length) });
      else cut(inner);
    }
  };
  return cut;
}

function figures(...fields: (keyof ItemStatus)[]): Cut {
  return (status) =>
    eachItem(status, (item) => {
      for (const field of fields) delete item[field];
    });
}

/** What decided the place of what has been read: people look at it when something is wrong, which is before it is over. */
function because(status: ServiceBackupStatus): void {
  finishedGroups(status, (group) => delete group.because);
  eachItem(status, (item) => item.placement && Object.assign(item.placement, { because: '' }));
}

/** Groups that are over, but the last: each try again makes one more. They are counted, since the next Job's name must be a new one. */
function earlierGroups({ run }: ServiceBackupStatus): void {
  if (!run) return;
  const last = run.groups.findLast(({ finishedAt }) => finishedAt);
  const kept = run.groups.filter((group) => group === last || !group.finishedAt);
  run.earlier = (run.earlier ?? 0) + run.groups.length - kept.length;
  run.groups = kept;
}

/** In steps that are over, names of items whose fate is settled; the others are counted when a volume moves about. */
function settledNames(status: ServiceBackupStatus): void {
  const done = new Set(status.run?.done.map(({ name }) => name));
  finishedGroups(status, (group) =>
    Object.assign(group, { items: group.items.filter((name) => !done.has(name)) }),
  );
  eachStep(status, (step) => !isGroup(step) && step.finishedAt && delete step.recall);
}

const eachItem = ({ items = [], run }: ServiceBackupStatus, change: (item: ItemStatus) => unknown) => {
  for (const item of [...items, ...(run?.done ?? [])]) change(item);
};
const eachStep = ({ run }: ServiceBackupStatus, change: (step: Step) => unknown) => {
  for (const step of stepsOf(run)) change(step);
};
const finishedGroups = (status: ServiceBackupStatus, change: (group: RunGroup) => unknown) =>
  eachStep(status, (step) => isGroup(step) && step.finishedAt && change(step));
