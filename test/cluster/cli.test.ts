import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { until } from '../../demo/steps';
import {
  asServiceAccount,
  BUCKET,
  closeLab,
  inClaim,
  JOB_NAMESPACE,
  type Lab,
  leftovers,
  NAMESPACE,
  nothingLeft,
  openLab,
  seedBucket,
  serviceBackup,
  start,
} from './cli-lab';
import { described, descriptionOf, plain } from './mover/service-objects';

jest.setTimeout(120_000);

const SERVICE = `${NAMESPACE}/backup`;
let lab: Lab;
beforeAll(async () => {
  lab = await openLab();
}, 120_000);
afterAll(() => lab && closeLab(lab));

const exists = async (claim: string) =>
  (await lab.kubectl(['get', 'pvc', claim, '-n', NAMESPACE, '--ignore-not-found', '-o', 'name'])) !== '';
const temporaryClaim = () =>
  until('the temporary claim', 30, async () => {
    const name = await lab.kubectl([
      'get',
      'pvc',
      '-n',
      JOB_NAMESPACE,
      '-o',
      'jsonpath={.items[*].metadata.name}',
    ]);
    return name || undefined;
  });

describe('status', () => {
  test('shows a service that was never backed up', async () => {
    const { code, stdout } = await serviceBackup(lab, 'status', SERVICE);

    expect(code).toBe(0);
    expect(stdout).toMatch(/^cli-lab\/backup .*no run yet\n/);
    expect(stdout).toMatch(/pvc data .*not backed up yet/);
  });

  test('shows every service, as JSON too', async () => {
    const { code, stdout } = await serviceBackup(lab, 'status', '--json');

    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toContainEqual(
      expect.objectContaining({ namespace: NAMESPACE, name: 'backup' }),
    );
  });

  test('of a service that does not exist is an error', async () => {
    expect(await serviceBackup(lab, 'status', 'cli-lab/nothing')).toEqual({
      code: 1,
      stdout: '',
      stderr:
        "error: There is no ServiceBackup cli-lab/nothing: 'service-backup status' lists those of the cluster.\n",
    });
  });
});

describe('snapshots', () => {
  test('are a table, oldest first, and leave no Job behind', async () => {
    const { code, stdout } = await serviceBackup(lab, 'snapshots', SERVICE);

    expect(code).toBe(0);
    const [first, second] = lab.snapshots.map((id) => id.slice(0, 8));
    expect(stdout.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['ID', 'ITEM', 'TIME', 'FILES', 'SIZE', 'RUN'],
      [first, 'data', '2026-11-18 01:40', '2', '30 B', 'r0'],
      [second, 'data', '2026-11-19 01:40', '3', '977 KiB', 'r1'],
      [''],
    ]);
    await nothingLeft(lab);
  });

  test('are whole as JSON', async () => {
    const { code, stdout } = await serviceBackup(lab, 'snapshots', SERVICE, '--json');

    expect(code).toBe(0);
    const { service, snapshots } = JSON.parse(stdout);
    expect(service).toBe(SERVICE);
    expect(snapshots.map(({ id }: { id: string }) => id)).toEqual(lab.snapshots);
  });
});

describe('restore', () => {
  const restore = (...flags: string[]) => serviceBackup(lab, 'restore', SERVICE, ...flags);

  test('hands a volume with the data of that day to a new claim, and leaves nothing else', async () => {
    const { code, stdout, stderr } = await restore(
      '--as-of',
      '2026-11-18',
      '--to-claim',
      'restored',
      '--json',
    );

    expect([code, stderr]).toEqual([0, expect.stringContaining('up to the end of 2026-11-18 (')]);
    const answer = JSON.parse(stdout);
    expect(answer).toMatchObject({
      service: SERVICE,
      item: 'data',
      snapshot: lab.snapshots[0],
      time: '2026-11-18T01:40:07.000Z',
      claim: 'restored',
      namespace: NAMESPACE,
      files: 2,
      bytes: 30,
    });
    await nothingLeft(lab);
    const volume = JSON.parse(await lab.kubectl(['get', 'pv', answer.volume, '-o', 'json']));
    expect(volume.spec.persistentVolumeReclaimPolicy).toBe('Delete');
    expect(JSON.stringify(volume.metadata)).not.toContain('handover');
    expect(
      await inClaim(
        lab,
        'restored',
        'cd /data; cat page.txt; stat -c "%n %a %u:%g %h" page.txt; readlink link; ls',
      ),
    ).toBe('the first page\npage.txt 640 1000:1001 2\npage.txt\nlink\nlost+found\npage.txt\nprivate\n');
  });

  test('refuses a claim that exists, before anything is made', async () => {
    const { code, stderr } = await restore('--to-claim', 'data');

    expect(code).toBe(1);
    expect(stderr).toContain(
      'Claim cli-lab/data exists already, and nothing is ever restored over data: choose a name that is free by --to-claim.',
    );
    expect(await leftovers(lab)).toEqual([]);
  });

  test('of a time that no snapshot is as old as is an error, never the newest, and leaves nothing behind', async () => {
    const { code, stdout, stderr } = await restore('--as-of', '2026-11-17', '--to-claim', 'too-early');

    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(
      /No snapshot of item data is as old as 2026-11-17T23:59:59.999Z.* \(NoSuchSnapshot\)/,
    );
    expect(stderr).toContain('Nothing is left behind.');
    await nothingLeft(lab);
    expect(await exists('too-early')).toBe(false);
  });

  test('that is interrupted removes what it made; a second one to the same claim does not begin meanwhile', async () => {
    const child = start(lab, ['restore', SERVICE, '--to-claim', 'interrupted']);
    const claim = await temporaryClaim();
    const second = await restore('--to-claim', 'interrupted');
    child.kill('SIGINT');
    const { code, stdout, stderr } = await child.answer;

    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('The restore was interrupted. Nothing is left behind.');
    expect(second.stderr).toContain(
      `A restore to this claim is under way already, or was left by a call that was killed: Job cli-lab-jobs/${claim}. Wait for it, or give it up by 'kubectl delete job -n cli-lab-jobs ${claim}'.`,
    );
    await nothingLeft(lab);
    expect(await exists('interrupted')).toBe(false);
  });

  test('that dies in the middle of the hand-over loses nothing, and the same command finishes it', async () => {
    const flags = ['--snapshot', lab.snapshots[1]!.slice(0, 8), '--to-claim', 'finished'];
    const child = start(lab, ['restore', SERVICE, ...flags]);
    // A pod on the temporary claim, beside the Job's, holds the hand-over up.
    const claim = await temporaryClaim();
    const node = await until('the pod to have a node', 30, async () => {
      const name = await lab.kubectl([
        'get',
        'pods',
        '-n',
        JOB_NAMESPACE,
        '-o',
        'jsonpath={.items[*].spec.nodeName}',
      ]);
      return name || undefined;
    });
    await lab.kubectl(['create', '-f', '-'], holderOf(claim, node));
    const volume = await until('the volume to be kept', 60, async () => {
      const name = await lab.kubectl([
        'get',
        'pv',
        '-l',
        'servicebackup.io/handover',
        '-o',
        'jsonpath={.items[*].metadata.name}',
      ]);
      return name || undefined;
    });
    child.kill('SIGKILL');
    await child.answer;

    const another = await restore('--to-claim', 'finished');
    expect(another.code).toBe(1);
    expect(another.stderr).toContain(
      `its data is on PersistentVolume ${volume}: finish it by the command that began it`,
    );

    await lab.kubectl(['delete', 'pod', 'holder', '-n', JOB_NAMESPACE, '--now']);
    const { code, stdout, stderr } = await restore(...flags);

    expect([code, stderr]).toEqual([
      0,
      expect.stringContaining('and could not hand it over: going on there'),
    ]);
    expect(stdout).toMatch(/^restored data as claim cli-lab\/finished: 977 KiB in 3 files, snapshot /);
    expect(await inClaim(lab, 'finished', 'wc -c < /data/later.txt')).toBe('1000000\n');
    await nothingLeft(lab);
  });

  test('asks for size and storage class when the original claim is gone', async () => {
    const { code, stderr } = await restore('--item', 'attic', '--to-claim', 'x');

    expect(code).toBe(1);
    expect(stderr).toContain('There is no claim cli-lab/attic any more to take size and storage class from');
  });
});

describe('restore of a bucket', () => {
  const restore = (...flags: string[]) =>
    serviceBackup(lab, 'restore', SERVICE, '--item', 's3:files', '--size', '64Mi', ...flags);
  const target = `${BUCKET}-files`;
  beforeAll(async () => {
    await seedBucket(lab);
    await lab.testbed.createBucket(target);
  });

  test('writes its objects into a bucket that exists, those that are asked for, and leaves nothing else', async () => {
    const { code, stdout, stderr } = await restore('--to-bucket', target, '--prefix', 'a/', '--json');

    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(/snapshot [0-9a-f]{8} of .* · 6 B in 3 objects/),
    ]);
    expect(JSON.parse(stdout)).toMatchObject({
      service: SERVICE,
      item: 's3:files',
      bucket: target,
      prefix: 'a/',
      state: 'Success',
      files: 2,
      bytes: 6,
      objects: { wanted: 2, written: 2, there: 0 },
      news: [],
    });
    const { endpoint, accessKeyId, secretAccessKey } = lab.testbed.s3;
    const at = { endpoint, region: 'us-east-1', addressing: 'path', bucket: target } as const;
    expect(await described({ ...at, accessKeyId, secretAccessKey })).toEqual(
      descriptionOf([plain('a/b', 'a b'), plain('a/c', 'a c')]),
    );
    await nothingLeft(lab);
  });

  test('goes on where another ended', async () => {
    const { code, stdout } = await restore('--to-bucket', target);

    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(
        /^restored s3:files to bucket .*: 0 B in 1 object, snapshot .*\n {2}2 are there already, the same in all\n$/,
      ),
    ]);
  });

  test('into the bucket of the backups is refused', async () => {
    const { code, stdout, stderr } = await restore('--to-bucket', BUCKET, '--overwrite');

    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(
      `error: The restore failed: The bucket ${BUCKET} holds the backups themselves: nothing was written. Restore into another bucket. (TargetIsRepository)`,
    );
    await nothingLeft(lab);
  });
});

test.each([
  [
    ['--kubeconfig', '/nowhere'],
    'There is no kubeconfig /nowhere: name another by --kubeconfig or KUBECONFIG.',
  ],
  [['--context', 'moon'], /^The kubeconfig has no context 'moon': use one of '.*'\.$/],
  [
    ['--operator-namespace', 'elsewhere'],
    "There is no BackupConfig default in namespace elsewhere: name the operator's namespace by --operator-namespace.",
  ],
])('the wrong cluster is told as a sentence: %j', async (flags, sentence) => {
  const { code, stdout, stderr } = await serviceBackup(lab, 'snapshots', SERVICE, ...flags);

  expect([code, stdout]).toEqual([1, '']);
  expect(stderr.trim().replace('error: ', '')).toEqual(
    typeof sentence === 'string' ? sentence : expect.stringMatching(sentence),
  );
});

describe('what the person may not do', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'cli-rights-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  test('is told as a sentence', async () => {
    const KUBECONFIG = await asServiceAccount(lab, 'default', folder);

    expect(await start(lab, ['status', SERVICE], { KUBECONFIG }).answer).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'error: system:serviceaccount:cli-lab:default may not get servicebackups.servicebackup.io in namespace cli-lab: ask who administers the cluster for that right, or choose another context by --context.\n',
    });
  });

  test('is told before the restore begins, not when it should be handed over', async () => {
    const KUBECONFIG = await asServiceAccount(lab, 'guest', folder);
    const { code, stderr } = await start(lab, ['restore', SERVICE, '--to-claim', 'x'], { KUBECONFIG }).answer;

    expect([code, stderr]).toEqual([
      1,
      'error: To hand the restored volume over you would have to be allowed to update persistentvolumes, delete persistentvolumeclaims in namespace cli-lab-jobs, delete jobs in namespace cli-lab-jobs: ask who administers the cluster.\n',
    ]);
    expect(await leftovers(lab)).toEqual([]);
  });
});

describe('a Job that cannot start', () => {
  test('says what it waits for, and leaves nothing behind', async () => {
    const { code, stderr } = await serviceBackup(lab, 'restore', 'cli-lab/no-secret', '--to-claim', 'x');

    expect(code).toBe(1);
    expect(stderr).toMatch(
      /error: Job cli-lab-jobs\/sb-\w+-restore-\w+ did not start within 5 s: it still waits for pod .*\. Nothing is left behind\.\n$/,
    );
    await nothingLeft(lab);
  });

  test('for want of a PodTemplate is not made', async () => {
    const { code, stderr } = await serviceBackup(lab, 'snapshots', 'cli-lab/no-template');

    expect([code, stderr]).toEqual([
      1,
      'error: There is no PodTemplate service-backup-maintenance in namespace cli-lab-nowhere, of which the Job would be made: deploy the operator again.\n',
    ]);
  });
});

const holderOf = (claim: string, nodeName: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'holder', namespace: JOB_NAMESPACE },
  spec: {
    nodeName,
    containers: [
      {
        name: 'holder',
        image: 'docker.io/library/busybox:1.36',
        command: ['sh', '-c', 'trap exit TERM; while :; do sleep 3600 & wait; done'],
        volumeMounts: [{ name: 'data', mountPath: '/data', readOnly: true }],
      },
    ],
    volumes: [{ name: 'data', persistentVolumeClaim: { claimName: claim } }],
  },
});
