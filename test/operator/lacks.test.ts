import { Writable } from 'node:stream';
import pino from 'pino';
import type { ServiceBackup } from '../../src/api/kinds';
import { KubeError } from '../../src/kube/error';
import { Lacks } from '../../src/operator/lacks';
import { Operator } from '../../src/operator/operator';
import { until } from '../kube/api-server';
import { ClusterInMemory } from './cluster-in-memory';
import { FakeClock } from './fake-clock';
import { backup, config } from './fixtures';

const forbidden = (message: string) => new KubeError(403, 'Forbidden', message);

describe('what an installation lacks', () => {
  let told: string[];
  let lacks: Lacks;
  beforeEach(() => {
    told = [];
    lacks = new Lacks({ lost: (sentence) => told.push(sentence), back: () => told.push('back') });
  });

  test('is told once, however many kinds it is about, and once when all is there again', () => {
    for (const resource of ['servicebackups', 'nodes', 'servicebackups'])
      expect(lacks.note(resource, forbidden(`may not list ${resource}`))).toBe(true);
    expect(lacks.sentences).toEqual(told);
    expect(told).toEqual([expect.stringContaining('its rights (may not list servicebackups): apply')]);
    lacks.given('servicebackups');
    expect(lacks.sentences).toEqual([expect.stringContaining('(may not list nodes)')]);
    lacks.given('nodes');
    expect([told[1], lacks.sentences]).toEqual(['back', []]);
  });

  test('may be its kinds, and rights besides', () => {
    lacks.note('backupconfigs', new KubeError(404, 'NotFound', '404 page not found'));
    lacks.note('jobs', new KubeError(401, 'Unauthorized', 'Unauthorized'));
    expect(lacks.sentences).toEqual([
      'its kinds (the cluster has no backupconfigs): apply the CRDs of BackupOperator',
      expect.stringContaining('its rights (Unauthorized)'),
    ]);
  });

  test('is not what a server that is away says', () => {
    expect(lacks.note('nodes', new KubeError(0, 'Unreachable', 'ECONNREFUSED'))).toBe(false);
    lacks.given('nodes');
    expect([lacks.sentences, told]).toEqual([[], []]);
  });
});

describe('an operator whose rights another has got', () => {
  const IN = '/apis/servicebackup.io/v1alpha1/namespaces';
  const NAMES = Array.from({ length: 12 }, (_, n) => `service-${n}`);
  const declared = (name: string) => {
    const made = backup(['data'], { name, spec: { backupBucketName: name } });
    made.metadata.uid = `uid-${name}`;
    made.metadata.creationTimestamp = new Date().toISOString();
    return made;
  };
  const at = (name: string) => `${IN}/wiki/servicebackups/${name}`;
  const ofBackups = () => cluster.wire.requests.filter((line) => line.includes('/servicebackups/')).length;
  const atRest = async (): Promise<void> => {
    for (let before = -1; before !== cluster.wire.requests.length; ) {
      before = cluster.wire.requests.length;
      for (let turn = 0; turn < 15; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    }
  };

  let cluster: ClusterInMemory;
  let operator: Operator;
  let clock: FakeClock;
  let log: { level: number; msg: string }[];
  beforeEach(async () => {
    cluster = await ClusterInMemory.open([
      ['/api/v1/namespaces/kube-system', { metadata: { name: 'kube-system', uid: 'cluster-uid' } }],
      [`${IN}/service-backup/backupconfigs/default`, config()],
      ...NAMES.map((name): [string, object] => [at(name), declared(name)]),
    ]);
    clock = new FakeClock(Date.now());
    log = [];
    const lines = new Writable({
      write: (chunk, _, done) => {
        log.push(JSON.parse(String(chunk)));
        done();
      },
    });
    operator = new Operator({
      kube: cluster.wire.rest,
      log: pino({ level: 'warn' }, lines),
      operatorNamespace: 'service-backup',
      jobNamespace: 'service-backup-jobs',
      instance: 'operator-1',
      clock,
    });
    await operator.start();
    await until(() => operator.waitsFor().length === 0);
    await atRest();
    cluster.wire.requests.length = 0;
  });
  afterEach(async () => {
    await operator.stop();
    await cluster.wire.close();
  });

  /** Its watches go on: the API server looks at rights when a request begins. */
  async function changeAll(schedule = '0 3 * * *'): Promise<void> {
    for (const name of NAMES) {
      const now = cluster.objects.get(at(name)) as ServiceBackup;
      cluster.put(at(name), { ...now, spec: { ...now.spec, schedule } });
    }
    await until(() => ofBackups() > 0);
    await atRest();
  }
  /** A timer that leads to another one is seen: the steps are short at first, as its questions are. */
  const pass = async (...seconds: number[]) => {
    for (const step of seconds) {
      clock.advance(step * 1000);
      await atRest();
    }
  };

  test('says so in one line, is not ready, asks seldom, and goes on when it has them again', async () => {
    cluster.refuse = (request) => (request.includes(`${IN}/wiki/`) ? [403, 'Forbidden'] : undefined);
    await changeAll();
    expect(log).toEqual([
      expect.objectContaining({
        msg: expect.stringMatching(/^not ready: this operator waits for its rights/),
      }),
    ]);
    expect(operator.waitsFor()).toEqual([expect.stringContaining('the one that was applied last')]);

    cluster.wire.requests.length = 0;
    await pass(1, 2, 4, 8, 10, 10, 10);
    expect([ofBackups(), cluster.writes.filter((line) => /jobs/.test(line))]).toEqual([7, []]);
    expect(log).toHaveLength(1);

    cluster.refuse = () => undefined;
    await pass(10);
    expect(operator.waitsFor()).toEqual([]);
    await pass(60, 1);
    for (const name of NAMES)
      expect((cluster.objects.get(at(name)) as ServiceBackup).status?.schedule).toContain('0 3 * * *');
    expect(log).toHaveLength(1);
  });

  test('is not taken for one whose write of a single ServiceBackup is refused, by a policy', async () => {
    cluster.refuse = (request) =>
      request === `PUT ${at('service-7')}/status` ? [403, 'Forbidden'] : undefined;
    await changeAll();
    await changeAll('0 4 * * *');
    expect(operator.waitsFor()).toEqual([]);
    const schedules = NAMES.map((name) => (cluster.objects.get(at(name)) as ServiceBackup).status?.schedule);
    expect(schedules.filter((text) => text?.includes('0 4 * * *'))).toHaveLength(NAMES.length - 1);
  });
});
