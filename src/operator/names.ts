import { createHash } from 'node:crypto';
import { podNamesOf } from '../api/contract';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** A Job's pod gets a hyphen and five letters more, and its name is its host name: 63 characters. */
export const LONGEST_JOB_NAME = 57;

/** Which run of which ServiceBackup a Job is made for, and as which of its steps. */
export interface JobIdentity {
  /** UID of kube-system. */
  cluster: string;
  namespace: string;
  name: string;
  uid: string;
  run: string;
  /** Number of the Job in its run, from 1: groups first, then what looks after the repository. */
  step: number;
}

/**
 * The name of a Job: a function of what it is for, so that making it twice is making it once. It carries the cluster's
 * hash, since restic's locks name the pod that holds them, and clusters may share an S3 system.
 */
export function jobName({ cluster, namespace, name, uid, run, step }: JobIdentity): string {
  const head = podNamesOf(cluster);
  const tail = `-${sha256(uid).slice(0, 8)}-${run}-${step}`;
  return `${head}${slug(`${namespace}-${name}`, LONGEST_JOB_NAME - head.length - tail.length)}${tail}`;
}

/** The name of a Job that a person started: two of one `purpose` cannot run side by side. */
export const jobNameByHand = (
  cluster: string,
  task: 'list' | 'restore' | 'recovery-key',
  purpose: string,
): string => `${podNamesOf(cluster)}${task}-${sha256(purpose).slice(0, 16)}`;

/** Letters, digits and hyphens of a name, for people to recognise it by. */
function slug(text: string, length: number): string {
  const words = text.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  return words.slice(0, length).replace(/^-+|-+$/g, '') || 'x';
}

/** A value that a label may have: the text itself, or a hash of it when it is too long. */
export const labelValue = (text: string): string =>
  text.length <= 63
    ? text
    : `${text.slice(0, 46).replace(/[^A-Za-z0-9]+$/, '')}-${sha256(text).slice(0, 16)}`;

/**
 * Id of a run: its start to the millisecond, so that two runs that a person starts within a second are two; sortable. One tick
 * gives one id, whoever computes it and however often.
 */
export const runId = (at: Date, trigger: 'Schedule' | 'RunNow'): string =>
  `${at.getTime().toString(36).padStart(8, '0')}${trigger === 'Schedule' ? 's' : 'n'}`;

/** The instant that a run's id was made of, in milliseconds. */
export const instantOfRun = (id: string): number => Number.parseInt(id.slice(0, -1), 36);
