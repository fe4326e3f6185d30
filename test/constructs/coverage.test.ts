import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiObject, App, Chart, Include, Size } from 'cdk8s';
import { Deployment, k8s, PersistentVolumeClaim, Volume } from 'cdk8s-plus-28';
import { Coverage, Item, ServiceBackup } from 'service-backup';
import { appWith, manifests, mistakes, one } from './app';

const claimOf = (chart: Chart, name: string, labels?: Record<string, string>) =>
  new PersistentVolumeClaim(chart, name, { metadata: { name, labels }, storage: Size.gibibytes(1) });
const backup = (chart: Chart, ...backups: Item[]) =>
  new ServiceBackup(chart, 'backup', { backupBucketName: `bucket-of-${chart.node.id}`, backups });
const statefulSet = (chart: Chart, replicas?: number) =>
  new k8s.KubeStatefulSet(chart, 'db', {
    metadata: { name: 'db' },
    spec: {
      replicas,
      serviceName: 'db',
      selector: { matchLabels: { app: 'db' } },
      template: { metadata: { labels: { app: 'db' } }, spec: { containers: [{ name: 'db', image: 'pg' }] } },
      volumeClaimTemplates: [
        { metadata: { name: 'data', labels: { part: 'data' } }, spec: {} },
        { metadata: { name: 'log' }, spec: {} },
      ],
    },
  });
/** `claim state` of each. */
const states = (app: App) => Coverage.report(app).map(({ claim, state }) => `${claim} ${state}`);

test('the report says of each claim whether it is backed up, by which ServiceBackup, and why not', () => {
  const app = appWith((chart) => {
    const cache = claimOf(chart, 'cache');
    backup(chart, Item.volume(claimOf(chart, 'data')));
    claimOf(chart, 'forgotten');
    Coverage.exclude(cache, 'rebuilt on start');
  });
  const namespace = 'nextcloud';
  expect(Coverage.report(app)).toEqual([
    {
      claim: 'cache',
      namespace,
      path: 'nextcloud/cache',
      state: 'Excluded',
      by: [],
      because: 'rebuilt on start',
    },
    { claim: 'data', namespace, path: 'nextcloud/data', state: 'Covered', by: ['backup'] },
    { claim: 'forgotten', namespace, path: 'nextcloud/forgotten', state: 'Uncovered', by: [] },
  ]);
});

test('a claim is covered by its labels', () => {
  const app = appWith((chart) => {
    claimOf(chart, 'data', { app: 'wiki', tier: 'files' });
    claimOf(chart, 'other', { app: 'forum' });
    backup(chart, Item.volumes({ matchLabels: { app: 'wiki' } }));
  });
  expect(states(app)).toEqual(['data Covered', 'other Uncovered']);
});

test('a claim is covered by the workload that mounts it, whichever was declared first', () => {
  const app = appWith((chart) => {
    const web = new Deployment(chart, 'web', { containers: [{ image: 'nginx' }] });
    backup(chart, Item.ofWorkload(web, { leaveOut: [{ claim: 'cache', because: 'rebuilt on start' }] }));
    for (const name of ['data', 'cache']) {
      web.addVolume(Volume.fromPersistentVolumeClaim(chart, `${name}-volume`, claimOf(chart, name)));
    }
  });
  expect(states(app)).toEqual(['data Covered', 'cache Excluded']);
  expect(Coverage.report(app)[1]!.because).toBe('rebuilt on start');
});

test('a ServiceBackup covers claims of its own namespace alone', () => {
  const app = new App();
  const one = new Chart(app, 'one', { namespace: 'one' });
  backup(one, Item.volume(claimOf(one, 'data')));
  claimOf(new Chart(app, 'two', { namespace: 'two' }), 'data');
  expect(Coverage.report(app).map(({ path, state }) => `${path} ${state}`)).toEqual([
    'one/data Covered',
    'two/data Uncovered',
  ]);
});

test('where charts name no namespace, their claims are covered by what names none either', () => {
  const app = new App();
  const workloads = new Chart(app, 'workloads');
  claimOf(workloads, 'data');
  claimOf(workloads, 'forgotten');
  backup(new Chart(app, 'backups'), Item.volume('data'));
  backup(new Chart(app, 'elsewhere', { namespace: 'elsewhere' }), Item.volume('forgotten'));
  Coverage.enforce(app);

  expect(states(app)).toEqual(['data Covered', 'forgotten Uncovered']);
  expect(mistakes(app)).toBe(
    "1 problem in this app:\nworkloads/forgotten: the claim 'forgotten' is backed up by no ServiceBackup that has no namespace either: add it to one, or say why it need not be by Coverage.exclude(claim, 'why').",
  );
});

test('claims count however they were declared: by ApiObjects, in included files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'coverage-'));
  const url = join(folder, 'claims.yaml');
  const yaml = (kind: string, apiVersion: string, name: string, more = '') =>
    `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata:\n  name: ${name}\n  namespace: nextcloud\n${more}`;
  writeFileSync(
    url,
    [
      yaml('PersistentVolumeClaim', 'v1', 'included'),
      yaml(
        'PersistentVolumeClaim',
        'v1',
        'scratch',
        '  annotations: { servicebackup.io/not-backed-up: empty }\n',
      ),
      yaml(
        'ServiceBackup',
        'servicebackup.io/v1alpha1',
        'b',
        'spec:\n  backups: [{ type: pvc, name: included }]\n',
      ),
      yaml('PersistentVolumeClaim', 'example.net/v1', 'of-another-kind'),
    ].join('---\n'),
  );
  const app = appWith((chart) => {
    new k8s.KubePersistentVolumeClaim(chart, 'kube', { metadata: { name: 'kube' } });
    new ApiObject(chart, 'raw', {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'raw' },
    });
    new Include(chart, 'file', { url });
  });
  rmSync(folder, { recursive: true });
  expect(states(app)).toEqual(['kube Uncovered', 'raw Uncovered', 'included Covered', 'scratch Excluded']);
});

describe('the claims of a volumeClaimTemplate', () => {
  test('are covered by the labels of their StatefulSet', () => {
    const app = appWith((chart) => backup(chart, Item.ofWorkload(statefulSet(chart))));
    expect(states(app)).toEqual(['data Covered', 'log Covered']);
  });

  test('are covered if all of them are named', () => {
    const named = (replicas: number) =>
      appWith((chart) => {
        statefulSet(chart, replicas);
        backup(chart, Item.volume('data-db-0'), Item.volume('data-db-1'));
      });
    expect(states(named(2))).toEqual(['data Covered', 'log Uncovered']);
    expect(states(named(3))).toEqual(['data Uncovered', 'log Uncovered']);
    expect(states(named(0))).toEqual(['data Uncovered', 'log Uncovered']);
  });

  test('may be left out', () => {
    const app = appWith((chart) => {
      const leaveOut = [{ claim: 'log', because: 'on the standby' }];
      backup(chart, Item.ofWorkload(statefulSet(chart), { leaveOut }));
    });
    expect(states(app)).toEqual(['data Covered', 'log Excluded']);
  });

  test('are excluded with their StatefulSet', () => {
    const app = appWith((chart) => Coverage.exclude(statefulSet(chart), 'a cache'));
    expect(states(app)).toEqual(['data Excluded', 'log Excluded']);
  });
});

test('to enforce it makes the synthesis fail, with a line for each claim, beside all other mistakes', () => {
  const app = new App();
  Coverage.enforce(app);
  Coverage.enforce(app);
  const chart = new Chart(app, 'nextcloud', { namespace: 'nextcloud' });
  claimOf(chart, 'data');
  statefulSet(chart);
  new ServiceBackup(chart, 'backup', {
    backupBucketName: 'a-bucket',
    backups: [Item.volume('log-db-0'), Item.volume('log-db-0')],
  });
  expect(mistakes(app)).toBe(`3 problems in this app:
nextcloud/data: the claim 'data' is backed up by no ServiceBackup of namespace 'nextcloud': add it to one, or say why it need not be by Coverage.exclude(claim, 'why').
nextcloud/db: the claims of template 'data' of the StatefulSet 'db' are backed up by no ServiceBackup of namespace 'nextcloud': add it to one, or say why it need not be by Coverage.exclude(statefulSet, 'why').
nextcloud/backup: backups[1] names the claim 'log-db-0' a second time: remove one.`);
});

test('nobody who does not ask is told', () => {
  expect(mistakes(appWith((chart) => void claimOf(chart, 'data')))).toBe('');
});

test('it can be enforced after a first synthesis', () => {
  const app = appWith((chart) => {
    claimOf(chart, 'data');
    backup(chart, Item.volume('other'));
  });
  expect(mistakes(app)).toBe('');
  Coverage.enforce(app);
  expect(mistakes(app)).toContain("the claim 'data' is backed up by no ServiceBackup");
});

test('the reason stands on the claim, for those who look into the cluster', () => {
  const app = appWith((chart) => Coverage.exclude(claimOf(chart, 'cache'), 'rebuilt on start'));
  expect(one(manifests(app), 'PersistentVolumeClaim').metadata).toMatchObject({
    annotations: { 'servicebackup.io/not-backed-up': 'rebuilt on start' },
  });
});

describe('an exclusion', () => {
  const mistakesOf = (exclude: (chart: Chart) => void) => mistakes(appWith(exclude));

  test('must have a reason', () => {
    expect(mistakesOf((chart) => Coverage.exclude(claimOf(chart, 'cache'), ''))).toBe(
      "1 problem in this app:\nnextcloud/cache: Coverage.exclude gives no reason for the PersistentVolumeClaim 'cache': say why it need not be backed up.",
    );
  });

  test('must be of a claim that the app declares', () => {
    const elsewhere = (chart: Chart) => PersistentVolumeClaim.fromClaimName(chart, 'ref', 'cache');
    expect(mistakesOf((chart) => Coverage.exclude(elsewhere(chart), 'rebuilt'))).toBe(
      "1 problem in this app:\nnextcloud/ref: Coverage.exclude names the PersistentVolumeClaim 'cache', which this app does not declare: remove it, since nobody asks for it here.",
    );
  });

  test('must be of something that has claims', () => {
    const web = (chart: Chart) =>
      new Deployment(chart, 'web', { metadata: { name: 'web' }, containers: [{ image: 'nginx' }] });
    expect(mistakesOf((chart) => Coverage.exclude(web(chart), 'stateless'))).toBe(
      "1 problem in this app:\nnextcloud/web: Coverage.exclude names the Deployment 'web', which has no claim of its own: use a PersistentVolumeClaim or a StatefulSet.",
    );
  });
});
