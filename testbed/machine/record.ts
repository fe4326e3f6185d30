import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { paths, STATE } from '../layout';
import { missingDirectories } from './directories';
import { readSysctls, type Sysctls } from './network';

/** What is needed to leave the machine as it was found; written before anything is changed. */
export interface MachineRecord {
  readonly state: 'starting' | 'running';
  readonly startedAt: string;
  readonly bridge: string;
  /** The kernel settings as they were before. */
  readonly sysctls: Sysctls;
  /** Mount points that were not there before. */
  readonly directories: readonly string[];
}

export function readRecord(): MachineRecord | undefined {
  if (!existsSync(paths.record)) return undefined;
  return JSON.parse(readFileSync(paths.record, 'utf8')) as MachineRecord;
}

export function writeRecord(record: MachineRecord): void {
  mkdirSync(STATE, { recursive: true });
  writeFileSync(`${paths.record}.new`, JSON.stringify(record, null, 2));
  renameSync(`${paths.record}.new`, paths.record);
}

export const newRecord = (bridge: string, mountPoints: readonly string[]): MachineRecord => ({
  state: 'starting',
  startedAt: new Date().toISOString(),
  bridge,
  sysctls: readSysctls(),
  directories: missingDirectories(mountPoints),
});
