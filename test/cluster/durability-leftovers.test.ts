import { rmSync } from 'node:fs';
import { serviceBackup } from '../../demo/command-line';
import { JOB_NAMESPACE, OPERATOR_NAMESPACE } from '../../demo/deploy';
import { nameOf } from '../../demo/round';
import { until } from '../../demo/steps';
import { ANNOTATION, LABEL, TASK_LABEL } from '../../src/api';
import { CONTRACT_VERSION } from '../../src/api/contract';
import { inBucket } from './bucket-tree';
import { FaultLab, NAMESPACE, ON_NODE_1, ON_NODE_2 } from './fault-lab';
import { jobsLeft, ledgerOf } from './ledger';
import { scaleOperator } from './on-operator';
import { Gate, isData } from './s3-fault';
import { begin, type Stories } from './stories';

jest.setTimeout(180_000);

let lab: FaultLab;

interface Leftover {
  name: string;
  /** Shell words that the container runs. */
  does: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

/** A Job that no operator of this version made, or that none remembers. */
const leftover = ({ name, does, labels = {}, annotations = {} }: Leftover) => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: `dur-left-${name}`, namespace: JOB_NAMESPACE, labels, annotations },
  spec: {
    backoffLimit: 0,
    template: {
      metadata: { labels, annotations },
      spec: {
        restartPolicy: 'Never',
        terminationGracePeriodSeconds: 1,
        containers: [{ name: 'mover', image: 'docker.io/library/busybox:1.36', command: ['sh', '-c', does] }],
      },
    },
  },
});

const RUNS = 'sleep 3600';
/** As a mover of another version of the contract reports. */
const REPORTED = `echo '${JSON.stringify({ v: CONTRACT_VERSION + 1, i: [] })}' > /dev/termination-log`;

const marksOf = (uid: string, service: string, run: string) => ({
  labels: { [LABEL.task]: TASK_LABEL.backup, [LABEL.serviceBackup]: uid, [LABEL.run]: run },
  annotations: { [ANNOTATION.serviceBackup]: service, [LABEL.node]: 'node-1' },
});

const leftovers = (uid: string, service: string): Leftover[] => {
  const ofRun = marksOf(uid, service, 'aaaaaaaan');
  const ofNobody = marksOf(
    '00000000-0000-0000-0000-000000000000',
    `${NAMESPACE}/dur-left-nobody`,
    'aaaaaaaan',
  );
  const ofNamesake = marksOf('00000000-0000-0000-0000-000000000001', service, 'aaaaaaaan');
  const { [ANNOTATION.serviceBackup]: _, ...unsaid } = ofRun.annotations;
  return [
    { name: 'of-a-former-run', does: RUNS, ...ofRun },
    { name: 'of-a-former-version', does: REPORTED, ...ofRun },
    { name: 'of-nobody', does: RUNS, ...ofNobody },
    { name: 'of-nobody-ended', does: 'true', ...ofNobody },
    { name: 'of-a-namesake', does: RUNS, ...ofNamesake },
    { name: 'without-its-name', does: RUNS, labels: ofRun.labels, annotations: unsaid },
    { name: 'of-another-version', does: RUNS, labels: { [LABEL.task]: TASK_LABEL.backup } },
  ];
};

/** Those that are still there. */
async function still(of: Leftover[]): Promise<string[]> {
  const names = of.map(({ name }) => `job/dur-left-${name}`);
  const out = await lab.cluster.kubectl([
    'get',
    ...names,
    '-n',
    JOB_NAMESPACE,
    '--ignore-not-found',
    '-o',
    'name',
  ]);
  return out.split('\n').filter(Boolean);
}

let made: Leftover[];

const STORIES: Stories = {
  'Jobs that a former run or version left, running or ended, are ended at the first look': async () => {
    let left: string[] = [];
    await until(
      'the end of what was left',
      20,
      async () => {
        left = await still(made);
        return left.length === 0 || undefined;
      },
      () => left.join(', '),
    );
  },

  'a Job goes when its outcome is in status; the last failed one stays until the next': async () => {
    const failed = await lab.ended('fails');
    expect(failed).toMatchObject({ state: 'Failed', reason: 'BucketMissing' });
    expect(await jobsLeft(lab, 'fails')).toEqual([`job.batch/${failed.items![0]!.job}`]);
    const again = await lab.runAgain('fails');
    expect(again.items![0]!.job).not.toBe(failed.items![0]!.job);
    expect(await jobsLeft(lab, 'fails')).toEqual([`job.batch/${again.items![0]!.job}`]);
    await lab.makeBuckets('fails');
    expect((await lab.runAgain('fails')).state).toBe('Success');
    expect(await jobsLeft(lab, 'fails')).toEqual([]);
  },

  'an old runNow that a GitOps tool puts back starts nothing': async () => {
    const service = lab.service('former');
    const seen = async () => {
      const { generation } = JSON.parse(
        await lab.cluster.kubectl(['get', 'sb', service.name, '-n', NAMESPACE, '-o', 'json']),
      ).metadata;
      return lab.witness.until('the change to be seen', 20, () => {
        const { status } = lab.witness.backup(service)!;
        return status?.observedGeneration === generation && !status?.run ? status : undefined;
      });
    };
    const first = lab.witness.backup(service)!.status!.lastBackup!.run;
    await lab.runNow('former', 'second');
    const second = (await lab.ended('former', 60, first)).lastBackup!.run;
    for (const old of ['first', 'second', 'first']) {
      await lab.apply(lab.declaration('former', [ON_NODE_2], { runNow: old }));
      expect(await seen()).toMatchObject({ lastBackup: { run: second } });
    }
    expect(await ledgerOf(lab, 'former')).toHaveLength(2);
  },

  'a list and a restore do not wait for the night: they run while as many backups run as may': async () => {
    const [slow, list, restored] = ['slow', 'waits', 'restored'].map((name) => lab.service(name));
    await lab.openJob('slow');
    await until('the middle of the slow backup', 60, async () => nightly.asked.find(isData));
    await lab.runNow('waits', 'first');
    await lab.witness.until('another one to wait for its turn', 20, () =>
      lab.witness.backup(list!)?.status?.message?.includes('turn') ? true : undefined,
    );
    const { kubeconfig } = lab.cluster;
    const to = ['--item', ON_NODE_2, '--to-claim', restored!.name];
    const answers = await Promise.all([
      serviceBackup({ kubeconfig }, ['snapshots', nameOf(lab.service('former'))]),
      serviceBackup({ kubeconfig }, ['restore', nameOf(lab.service('former')), ...to]),
    ]);
    expect(answers).toMatchObject([{ code: 0 }, { code: 0 }]);
    expect(lab.witness.backup(list!)?.status?.run).toMatchObject({ groups: [] });
    expect(lab.witness.backup(slow!)?.status?.lastBackup).toBeUndefined();
    gate.open();
    for (const name of ['slow', 'waits']) expect((await lab.ended(name)).state).toBe('Success');
  },

  'a BackupConfig that arrives late wakes all that name it, and so does a change of its schedule':
    async () => {
      const names = ['late-one', 'late-two', 'late-three'];
      const next = (previous: (string | undefined)[]) =>
        lab.witness.until('a next backup of all', 10, () => {
          const found = names.map((name) => lab.witness.backup(lab.service(name))?.status?.nextBackup);
          return found.every((at, index) => at && at !== previous[index]) ? (found as string[]) : undefined;
        });
      for (const name of names) await lab.notReady(name, 'ConfigMissing', ['dur-left-late']);
      const config = (schedule: string) =>
        lab.config('late', (settings) =>
          Object.assign(settings, { schedule, timeZone: 'Etc/UTC', jitterSeconds: 0 }),
        );
      // In the third month from now.
      const month = ((new Date().getUTCMonth() + 3) % 12) + 1;
      await lab.apply(config(`30 1 1 ${month} *`));
      const announced = await next([]);
      expect(announced.map((at) => at.slice(8, 16))).toEqual(names.map(() => '01T01:30'));
      await lab.apply(config(`45 2 2 ${month} *`));
      const changed = await next(announced);
      expect(changed.map((at) => at.slice(8, 16))).toEqual(names.map(() => '02T02:45'));
    },
};

const gate = new Gate(isData);
let nightly: Awaited<ReturnType<FaultLab['s3']>>;
let begun: Record<string, Promise<void>> = {};
beforeAll(async () => {
  lab = await FaultLab.open('dur-left');
  const { cluster } = lab;
  nightly = await lab.s3(gate.behaviour);
  await cluster.kubectl([
    'delete',
    'backupconfig',
    'dur-left-late',
    '-n',
    OPERATOR_NAMESPACE,
    '--ignore-not-found',
  ]);
  await lab.makeBuckets('former', 'slow', 'waits');
  // A testbed that was kept may have it.
  rmSync(inBucket(lab.bucket('fails')), { recursive: true, force: true });
  await lab.apply(lab.declaration('former', [ON_NODE_2]));
  await lab.ended('former');
  await scaleOperator(cluster, 0);
  const service = lab.service('former');
  made = leftovers(lab.witness.backup(service)!.metadata.uid, nameOf(service));
  await lab.apply(...made.map(leftover));
  const ended = ['former-version', 'nobody-ended'].map(
    (name) => `job/dur-left-of-${name.replace(/^former/, 'a-former')}`,
  );
  await cluster.kubectl(['wait', ...ended, '-n', JOB_NAMESPACE, '--for=condition=complete', '--timeout=30s']);
  await lab.apply(
    lab.config('night', (settings) => {
      settings.maxParallelJobs = 1;
      settings.s3BackupConfig.s3Host = nightly.url;
    }),
    lab.declaration('slow', [ON_NODE_1], { backupConfig: 'dur-left-night' }),
    lab.declaration('waits', [ON_NODE_2], { backupConfig: 'dur-left-night', runNow: undefined }),
    lab.declaration('fails', [ON_NODE_2]),
    ...['late-one', 'late-two', 'late-three'].map((name) =>
      lab.declaration(name, [ON_NODE_1], {
        backupConfig: 'dur-left-late',
        suspend: false,
        runNow: undefined,
      }),
    ),
  );
  await scaleOperator(cluster, 1);
  begun = begin(STORIES);
}, 90_000);
afterAll(async () => {
  if (!lab) return;
  gate.open();
  await scaleOperator(lab.cluster, 1);
  await lab.cluster.kubectl([
    'delete',
    'pvc',
    'dur-left-restored',
    '-n',
    NAMESPACE,
    '--ignore-not-found',
    '--wait=false',
  ]);
  await lab.close();
});

test.each(Object.keys(STORIES))('%s', (name) => begun[name]);
