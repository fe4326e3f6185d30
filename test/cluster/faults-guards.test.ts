import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { serviceBackup } from '../../demo/command-line';
import { attach } from '../../testbed';
import { keysOf } from './bucket-tree';
import { type Fault, FaultLab, NAMESPACE, ON_NODE_1, ON_NODE_2 } from './fault-lab';
import { begin, type Stories } from './stories';

jest.setTimeout(240_000);

let lab: FaultLab;
const PASSWORD = 'correct horse battery staple';

const command = (word: string, name: string, ...flags: string[]) =>
  serviceBackup(lab.cluster, [word, `${NAMESPACE}/${lab.service(name).name}`, ...flags]);
const retentionHeld = (name: string) => lab.condition(lab.witness.backup(lab.service(name)), 'RetentionHeld');
const snapshotsOf = (name: string) => keysOf(lab.bucket(name), 'snapshots/');

/** restic as a person has it, on a bucket of the lab. */
async function restic(name: string, password: string, ...args: string[]): Promise<string> {
  const testbed = await attach();
  const directory = mkdtempSync(join(tmpdir(), 'faults-'));
  const env = {
    ...process.env,
    RESTIC_REPOSITORY: `s3:${testbed.s3.endpoint}/${lab.bucket(name)}`,
    RESTIC_PASSWORD: password,
    RESTIC_CACHE_DIR: join(directory, 'cache'),
    AWS_ACCESS_KEY_ID: testbed.s3.accessKeyId,
    AWS_SECRET_ACCESS_KEY: testbed.s3.secretAccessKey,
  };
  try {
    writeFileSync(join(directory, 'file'), 'content');
    return (await promisify(execFile)(testbed.bin('restic'), args, { env, cwd: directory })).stdout;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const STORIES: Stories = {
  'a volume without a file is no success, until it may be empty': async () => {
    const empty: Fault = {
      name: 'empty',
      claim: ON_NODE_2,
      spec: { backups: [{ type: 'pvc', name: ON_NODE_2, exclude: ['*'] }] },
      reason: 'NoFiles',
      says: ['database', 'allowEmpty: true'],
    };
    await lab.make([empty]);
    await lab.told(empty);
    expect(snapshotsOf('empty')).toEqual([]);
    await lab.change('empty', {
      backups: [{ type: 'pvc', name: ON_NODE_2, exclude: ['*'], allowEmpty: true }],
    });
    expect((await lab.runAgain('empty')).state).toBe('Success');
  },

  'an item that shrinks by more than half keeps its history, until somebody says that it is meant so':
    async () => {
      await lab.apply(lab.declaration('shrink', [ON_NODE_1], { resticRetentionPolicy: { last: 1 } }));
      expect((await lab.ended('shrink')).state).toBe('Success');
      await lab.change('shrink', { backups: [{ type: 'pvc', name: ON_NODE_1, exclude: ['photos'] }] });
      for (let run = 1; run <= 2; run++) {
        const status = await lab.runAgain('shrink');
        expect(status).toMatchObject({ state: 'Warning', reason: 'SuspiciousShrink' });
        expect(retentionHeld('shrink')).toMatchObject({ status: 'True', reason: 'SuspiciousShrink' });
      }
      expect(snapshotsOf('shrink')).toHaveLength(3);
      await lab.event(lab.service('shrink'), 'SuspiciousShrink');

      expect(await command('acknowledge', 'shrink', '--yes')).toMatchObject({ code: 0 });
      expect((await lab.runAgain('shrink')).state).toBe('Success');
      expect(retentionHeld('shrink')).toMatchObject({ status: 'False' });
      expect(snapshotsOf('shrink').length).toBeLessThan(4);
    },

  'a policy that would forget most of a history waits for somebody who wants it so': async () => {
    await lab.apply(lab.declaration('policy', [ON_NODE_2], { resticRetentionPolicy: { last: 100 } }));
    expect((await lab.ended('policy')).state).toBe('Success');
    const host = `${NAMESPACE}/${lab.service('policy').name}/${ON_NODE_2}`;
    for (const day of ['01', '02', '03', '04', '05'])
      await restic('policy', PASSWORD, 'backup', '.', '--host', host, '--time', `2026-01-${day} 01:30:00`);
    await lab.change('policy', { resticRetentionPolicy: { last: 1 } });
    const status = await lab.runAgain('policy');
    expect(status).toMatchObject({ state: 'Warning', reason: 'AcknowledgementNeeded' });
    expect(status.items).toMatchObject([{ state: 'Success' }]);
    expect(retentionHeld('policy')).toMatchObject({ status: 'True', reason: 'AcknowledgementNeeded' });
    expect(snapshotsOf('policy')).toHaveLength(7);
    await lab.event(lab.service('policy'), 'AcknowledgementNeeded');

    expect(await command('acknowledge', 'policy', '--yes')).toMatchObject({ code: 0 });
    expect((await lab.runAgain('policy')).state).toBe('Success');
    expect(retentionHeld('policy')).toMatchObject({ status: 'False' });
    expect(snapshotsOf('policy')).toHaveLength(1);
  },

  'without a recovery key the service says so, until one is made that opens the repository': async () => {
    await lab.apply(
      lab.config('key', (settings) => {
        settings.recoveryKey = 'Offered';
      }),
      lab.declaration('key', [ON_NODE_1], { backupConfig: lab.service('key').name }),
    );
    expect((await lab.ended('key')).state).toBe('Success');
    const missing = () => lab.condition(lab.witness.backup(lab.service('key')), 'RecoveryKeyMissing')?.status;
    expect(missing()).toBe('True');
    const made = await command('recovery-key', 'key', '--json');
    expect(made).toMatchObject({ code: 0 });
    const { password } = JSON.parse(made.stdout) as { password: string };
    const listed = JSON.parse(await restic('key', password, 'snapshots', '--json', '--no-lock'));
    expect(listed).toHaveLength(1);
    expect((await lab.runAgain('key')).state).toBe('Success');
    expect(missing()).toBe('False');
  },
};

let begun: Record<string, Promise<void>> = {};
beforeAll(async () => {
  lab = await FaultLab.open('guards');
  await lab.makeBuckets('shrink', 'policy', 'key');
  begun = begin(STORIES);
}, 60_000);
afterAll(() => lab?.close());

test.each(Object.keys(STORIES))('%s', (name) => begun[name]);
