import { readFileSync } from 'node:fs';
import {
  apply,
  JOB_NAMESPACE,
  OPERATOR_NAMESPACE,
  waitForDeployments,
  writeSecrets,
} from '../../demo/deploy';
import { nameOf } from '../../demo/round';
import { fillVolumes } from '../../demo/scene';
import { until } from '../../demo/steps';
import type { ServiceBackupStatus } from '../../src/api';
import { OWNER_KEY } from '../../src/mover/owner';
import { contentOf, inBucket, keysOf } from './bucket-tree';
import { withEvidence } from './evidence';
import { FaultLab, ON_NODE_1 } from './fault-lab';
import { logOf, operators } from './on-operator';
import { type FaultyS3, Gate } from './s3-fault';

jest.setTimeout(300_000);

const CRDS = ['servicebackups.servicebackup.io', 'backupconfigs.servicebackup.io'];
/** A deletion that waits for more than pods to end hangs. Seconds. */
const SOON = 40;
const NAMES = ['guestbook', 'wiki'] as const;
type Name = (typeof NAMES)[number];
const CLAIMS = { guestbook: ON_NODE_1, wiki: 'pages' };

let lab: FaultLab;
let s3: FaultyS3;
let last: Record<Name, ServiceBackupStatus>;
let restored = true;

const remove = async (...what: string[]) => {
  restored = false;
  await lab.cluster.kubectl(['delete', ...what, `--timeout=${SOON}s`]);
};
/** That what was told to go is gone. */
const gone = (...what: string[]) =>
  lab.cluster.kubectl(['wait', ...what, '--for=delete', `--timeout=${SOON}s`]);
const config = () =>
  lab.config('slow', (settings) => {
    settings.s3BackupConfig.s3Host = s3.url;
    settings.prune = { suspend: true };
  });
const declaration = (name: Name) =>
  lab.declaration(
    name,
    [CLAIMS[name]],
    { backupConfig: lab.service('slow').name, resticRetentionPolicy: { last: 100 } },
    name,
  );

/** Everything but locks: a mover that is killed leaves one, a run makes one. */
const objectsOf = (name: Name) =>
  Object.fromEntries(
    Object.entries(contentOf(lab.bucket(name))).filter(([key]) => !key.startsWith('locks/')),
  );
const objects = () => [objectsOf('guestbook'), objectsOf('wiki'), contentOf('guestbook-backup')];
const ownerOf = (name: Name) => JSON.parse(readFileSync(inBucket(lab.bucket(name), OWNER_KEY), 'utf8'));
const snapshots = (name: Name) => keysOf(lab.bucket(name), 'snapshots/');

/** Jobs of the lab that are there. */
async function jobs(): Promise<{ name: string; service: string; active?: number; deadline?: number }[]> {
  const list = await lab.cluster.kubectl(['get', 'jobs', '-n', JOB_NAMESPACE, '-o', 'json']);
  const { items } = JSON.parse(list) as {
    items: {
      metadata: { name: string; annotations?: Record<string, string> };
      spec: { activeDeadlineSeconds?: number };
      status: { active?: number };
    }[];
  };
  const ours = NAMES.map((name) => nameOf(lab.service(name, name)));
  return items
    .map(({ metadata, spec, status }) => ({
      name: metadata.name,
      service: Object.values(metadata.annotations ?? {}).find((value) => ours.includes(value)) ?? '',
      active: status.active,
      deadline: spec.activeDeadlineSeconds,
    }))
    .filter(({ service }) => service !== '');
}
const jobsGone = (name: Name) =>
  until(
    `the Job of ${name} to be swept`,
    20,
    async () =>
      (await jobs()).every(({ service }) => service !== nameOf(lab.service(name, name))) || undefined,
  );

/** Begins a run of each, and comes back when each has its snapshot to write, and waits. */
async function inTheMiddle(): Promise<void> {
  const gate = new Gate(({ method, path }) => method === 'PUT' && path.includes('/snapshots/'));
  s3.behaviour = gate.behaviour;
  s3.asked.length = 0;
  for (const name of NAMES) await lab.runNow(name, `middle-${Date.now()}`, name);
  await until('the middle of both runs', 60, async () => {
    const held = s3.asked.filter(({ method, path }) => method === 'PUT' && path.includes('/snapshots/'));
    return (
      NAMES.every((name) => held.some(({ path }) => path.startsWith(`/${lab.bucket(name)}/`))) || undefined
    );
  });
}

/** What is applied again is what was applied; Secrets and data come from elsewhere. */
async function install(): Promise<void> {
  await apply(lab.cluster, () => {});
  await writeSecrets(lab.cluster);
  await waitForDeployments(lab.cluster, [OPERATOR_NAMESPACE, 'guestbook', 'wiki'], 120, () => {});
  restored = true;
}

/** Declares the lab's services again, and waits for a run of each that ends well. */
async function resume(): Promise<void> {
  s3.behaviour = () => 'pass';
  await lab.apply(config(), ...NAMES.map(declaration));
  for (const name of NAMES) last[name] = await lab.ended(name, 90, last[name]?.lastBackup?.run, name);
  for (const name of NAMES) expect(last[name]).toMatchObject({ state: 'Success' });
}

/** What was in the buckets is there, byte for byte; and each has a new snapshot, in the same repository, whose owner is the new object. */
function expectResumed(before: ReturnType<typeof objects>, former: typeof last): void {
  NAMES.forEach((name, at) => {
    const { [OWNER_KEY]: _, ...kept } = before[at]!;
    expect(objectsOf(name)).toMatchObject(kept);
    expect(snapshots(name)).toHaveLength(
      Object.keys(kept).filter((key) => key.startsWith('snapshots/')).length + 1,
    );
    expect(last[name].repository?.id).toBe(former[name].repository?.id);
    const { metadata } = lab.witness.backup(lab.service(name, name))!;
    expect(ownerOf(name)).toMatchObject({ namespace: name, name: metadata.name, uid: metadata.uid });
  });
  expect(objects()[2]).toEqual(before[2]);
  // A parent was found: no file of the volume that is as it was is new.
  expect(last.guestbook.items![0]).toMatchObject({ filesNew: 0 });
}

const told = (title: string, work: () => Promise<void>) =>
  test(title, () => withEvidence(lab.cluster, 240, work));

beforeAll(async () => {
  lab = await FaultLab.open('uninstall');
  s3 = await lab.s3();
  await lab.makeBuckets(...NAMES);
  last = {} as typeof last;
  await resume();
}, 150_000);
afterAll(async () => {
  if (!lab) return;
  s3.behaviour = () => 'pass';
  // Other files need what was deleted, however the tests ended.
  if (!restored) await install();
  await lab.close();
}, 180_000);

told(
  "a service's namespace, then the kinds: nothing hangs, the operator sweeps Jobs, and resumes when they are back",
  async () => {
    await inTheMiddle();
    const [before, former] = [objects(), { ...last }];
    const [operator] = await operators(lab.cluster);

    await remove('namespace', 'wiki', '--wait=false');
    await jobsGone('wiki');
    await remove('crd', ...CRDS);
    await jobsGone('guestbook');
    await gone('namespace/wiki');
    expect(objects()).toEqual(before);
    const says = async () =>
      (await logOf(lab.cluster, operator!.metadata.name)).filter(({ msg }) =>
        msg.includes('waits for its kinds'),
      );
    await until('the operator to say what is lacking', 20, async () =>
      (await says()).length > 0 ? true : undefined,
    );
    await until('it to be not ready', 10, async () =>
      (await operators(lab.cluster)).length === 0 ? true : undefined,
    );

    await install();
    await fillVolumes(lab.cluster);
    await resume();
    expect(await says()).toHaveLength(1);
    const [now] = await operators(lab.cluster);
    expect(now).toMatchObject({
      metadata: { name: operator!.metadata.name },
      status: { containerStatuses: [{ restartCount: 0 }] },
    });
    expectResumed(before, former);
  },
);

told(
  'the operator, then declarations, kinds and the Job namespace: nothing hangs, and all goes on after a new installation',
  async () => {
    await inTheMiddle();
    const [before, former] = [objects(), { ...last }];

    await remove('namespace', OPERATOR_NAMESPACE, '--wait=false');
    await gone('pods', '--all', '-n', OPERATOR_NAMESPACE);
    await remove('servicebackups', '--all', '-A');
    // Nobody is there to sweep: what is at work ends by itself, at the latest at its deadline.
    for (const job of await jobs()) expect(job).toMatchObject({ active: 1, deadline: expect.any(Number) });
    expect(await jobs()).toHaveLength(2);
    await remove('crd', ...CRDS);
    await remove('namespace', JOB_NAMESPACE);
    await gone(`namespace/${OPERATOR_NAMESPACE}`);
    expect(objects()).toEqual(before);

    await install();
    await resume();
    for (const name of NAMES) await jobsGone(name);
    expectResumed(before, former);
  },
);
