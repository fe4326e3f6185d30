import { ApiObject, App, Chart, Cron, JsonPatch, Size } from 'cdk8s';
import {
  CronJob,
  Deployment,
  k8s,
  PersistentVolumeClaim,
  Pod,
  Protocol,
  Service,
  StatefulSet,
  Volume,
} from 'cdk8s-plus-28';
import { Coverage, Item, ServiceBackup } from 'service-backup';
import { appWith, manifests, mistakes, one } from './app';

const claimOf = (chart: Chart, name: string) =>
  new PersistentVolumeClaim(chart, name, { metadata: { name }, storage: Size.gibibytes(1) });
const containers = [{ image: 'nginx', portNumber: 80 }];
const mount = (chart: Chart, workload: Deployment | StatefulSet | Pod | CronJob, claim: string) =>
  workload.addVolume(
    Volume.fromPersistentVolumeClaim(
      chart,
      `${workload.node.id}-${claim}-volume`,
      PersistentVolumeClaim.fromClaimName(chart, `${workload.node.id}-${claim}`, claim),
    ),
  );
function deployment(chart: Chart, id: string, ...claims: string[]): Deployment {
  const made = new Deployment(chart, id, { metadata: { name: id }, containers });
  for (const claim of claims) mount(chart, made, claim);
  return made;
}

/** A database with a template for its data and one for its log. */
function database(
  chart: Chart,
  labels: { data?: Record<string, string>; log?: Record<string, string> } = {},
) {
  const template = (name: 'data' | 'log') => ({ metadata: { name, labels: labels[name] }, spec: {} });
  return new k8s.KubeStatefulSet(chart, 'db', {
    metadata: { name: 'db' },
    spec: {
      serviceName: 'db',
      selector: { matchLabels: { app: 'db' } },
      template: { metadata: { labels: { app: 'db' } }, spec: { containers: [{ name: 'db', image: 'pg' }] } },
      volumeClaimTemplates: [template('data'), template('log')],
    },
  });
}

const backupsOf = (app: App) => one(manifests(app), 'ServiceBackup').spec.backups;
const declare = (build: (chart: Chart) => Item[]) =>
  appWith((chart) => {
    const backups = build(chart);
    new ServiceBackup(chart, 'backup', { backupBucketName: 'a-bucket', backups });
  });

test('every claim that a Deployment mounts is backed up', () => {
  const app = appWith((chart) => {
    const web = new Deployment(chart, 'web', { containers });
    web.containers[0]!.mount(
      '/data',
      Volume.fromPersistentVolumeClaim(chart, 'volume', claimOf(chart, 'data')),
    );
    web.addVolume(Volume.fromEmptyDir(chart, 'tmp', 'tmp'));
    mount(chart, web, 'config');
    ServiceBackup.ofWorkload(chart, 'backup', web, {
      backupBucketName: 'a-bucket',
      suspend: true,
      exclude: ['cache/'],
      onUnreadable: 'Fail',
    });
  });
  expect(one(manifests(app), 'ServiceBackup').spec).toEqual({
    backupBucketName: 'a-bucket',
    suspend: true,
    backups: [
      { type: 'pvc', name: 'data', exclude: ['cache/'], onUnreadable: 'Fail' },
      { type: 'pvc', name: 'config', exclude: ['cache/'], onUnreadable: 'Fail' },
    ],
  });
});

test('a volume that is added after the declaration counts, too', () => {
  const app = appWith((chart) => {
    const web = deployment(chart, 'web');
    ServiceBackup.ofWorkload(chart, 'backup', web, { backupBucketName: 'a-bucket' });
    mount(chart, web, 'data');
  });
  expect(backupsOf(app)).toEqual([{ type: 'pvc', name: 'data' }]);
});

test('a volume that is added after a first synthesis counts in the second', () => {
  const app = new App();
  const chart = new Chart(app, 'nextcloud');
  const web = deployment(chart, 'web', 'data');
  ServiceBackup.ofWorkload(chart, 'backup', web, { backupBucketName: 'a-bucket' });
  expect(backupsOf(app)).toEqual([{ type: 'pvc', name: 'data' }]);
  mount(chart, web, 'more');
  expect(backupsOf(app)).toEqual([
    { type: 'pvc', name: 'data' },
    { type: 'pvc', name: 'more' },
  ]);
});

test('a mistake that is made after a first synthesis is told by the second', () => {
  const app = declare((chart) => [Item.ofWorkload(deployment(chart, 'web', 'data'))]);
  expect(mistakes(app)).toBe('');
  const chart = app.charts[0]!;
  new ServiceBackup(chart, 'second', { backupBucketName: 'b-bucket', backups: [Item.volume('My Data')] });
  expect(mistakes(app)).toContain("nextcloud/second: backups[0] names the claim 'My Data'");
});

test('a volume that a patch adds counts, too', () => {
  const app = declare((chart) => {
    const web = deployment(chart, 'web', 'data');
    ApiObject.of(web).addJsonPatch(
      JsonPatch.add('/spec/template/spec/volumes/-', {
        name: 'more',
        persistentVolumeClaim: { claimName: 'more' },
      }),
    );
    return [Item.ofWorkload(web)];
  });
  expect(backupsOf(app)).toEqual([
    { type: 'pvc', name: 'data' },
    { type: 'pvc', name: 'more' },
  ]);
});

test.each<[string, (chart: Chart) => Pod | CronJob | StatefulSet]>([
  ['Pod', (chart) => new Pod(chart, 'it', { containers })],
  [
    'CronJob',
    (chart) => new CronJob(chart, 'it', { containers: [{ image: 'nginx' }], schedule: Cron.daily() }),
  ],
  [
    'StatefulSet',
    (chart) =>
      new StatefulSet(chart, 'it', {
        containers,
        service: new Service(chart, 'service', { ports: [{ port: 80, protocol: Protocol.TCP }] }),
      }),
  ],
])('every claim that a %s mounts is backed up', (_, make) => {
  const app = declare((chart) => {
    const workload = make(chart);
    mount(chart, workload, 'data');
    return [Item.ofWorkload(workload)];
  });
  expect(backupsOf(app)).toEqual([{ type: 'pvc', name: 'data' }]);
});

test('an object that cdk8s-plus does not know is a workload when it has a pod template', () => {
  const app = declare((chart) => [
    Item.ofWorkload(
      new ApiObject(chart, 'rollout', {
        apiVersion: 'argoproj.io/v1alpha1',
        kind: 'Rollout',
        spec: {
          template: { spec: { volumes: [{ name: 'd', persistentVolumeClaim: { claimName: 'data' } }] } },
        },
      }),
    ),
  ]);
  expect(backupsOf(app)).toEqual([{ type: 'pvc', name: 'data' }]);
});

test('a claim that two workloads mount is backed up once, as the first of them says', () => {
  const app = declare((chart) => [
    Item.ofWorkload(deployment(chart, 'web', 'data'), { exclude: ['cache/'] }),
    Item.ofWorkload(deployment(chart, 'cron', 'data', 'more')),
  ]);
  expect(backupsOf(app)).toEqual([
    { type: 'pvc', name: 'data', exclude: ['cache/'] },
    { type: 'pvc', name: 'more' },
  ]);
});

test('a claim with options of its own is named beside the workload', () => {
  const app = appWith((chart) => {
    ServiceBackup.ofWorkload(chart, 'backup', deployment(chart, 'web', 'data', 'config'), {
      backupBucketName: 'a-bucket',
      backups: [Item.volume('data', { exclude: ['*.part'] })],
    });
  });
  expect(backupsOf(app)).toEqual([
    { type: 'pvc', name: 'config' },
    { type: 'pvc', name: 'data', exclude: ['*.part'] },
  ]);
});

test('a claim can be left out, with a reason', () => {
  const app = declare((chart) => [
    Item.ofWorkload(deployment(chart, 'web', 'data', 'cache'), {
      leaveOut: [
        { claim: PersistentVolumeClaim.fromClaimName(chart, 'ref', 'cache'), because: 'rebuilt on start' },
      ],
    }),
  ]);
  expect(backupsOf(app)).toEqual([{ type: 'pvc', name: 'data' }]);
});

test('a workload is looked at so often, however many charts the app has', () => {
  const render = jest.spyOn(k8s.KubeDeployment.prototype, 'toJson');
  const app = new App();
  Coverage.enforce(app);
  const charts = 20;
  for (let n = 0; n < charts; n++) {
    const chart = new Chart(app, `chart-${n}`);
    const web = deployment(chart, 'web', 'data');
    ServiceBackup.ofWorkload(chart, `backup-${n}`, web, { backupBucketName: `bucket-${n}` });
  }
  expect(mistakes(app)).toBe('');
  // For mistakes, twice for coverage, for the ServiceBackup's manifest, for its own.
  expect(render.mock.calls.length).toBe(5 * charts);
  render.mockRestore();
});

describe('claims of volumeClaimTemplates', () => {
  test('are selected by the labels that their StatefulSet gives them', () => {
    const app = declare((chart) => [Item.ofWorkload(database(chart), { exclude: ['pg_wal/'] })]);
    expect(backupsOf(app)).toEqual([
      { type: 'pvc', selector: { matchLabels: { app: 'db' } }, exclude: ['pg_wal/'] },
    ]);
  });

  test('of a StatefulSet of cdk8s-plus come by a patch', () => {
    const app = declare((chart) => {
      const set = new StatefulSet(chart, 'db', { containers });
      mount(chart, set, 'config');
      mount(chart, set, 'shadowed');
      const { name } = set.volumes[1]!;
      ApiObject.of(set).addJsonPatch(
        JsonPatch.add('/spec/volumeClaimTemplates', [{ metadata: { name }, spec: {} }]),
      );
      return [Item.ofWorkload(set)];
    });
    const set = one(manifests(app), 'StatefulSet');
    expect(set.spec.selector.matchLabels).toEqual({ 'cdk8s.io/metadata.addr': expect.any(String) });
    expect(backupsOf(app)).toEqual([
      { type: 'pvc', name: 'config' },
      { type: 'pvc', selector: { matchLabels: set.spec.selector.matchLabels } },
    ]);
  });

  test('are not selected a second time where another item does', () => {
    const app = declare((chart) => [
      Item.ofWorkload(database(chart)),
      Item.volumes({ matchLabels: { app: 'db' } }, { allowEmpty: true }),
    ]);
    expect(backupsOf(app)).toEqual([
      { type: 'pvc', selector: { matchLabels: { app: 'db' } }, allowEmpty: true },
    ]);
  });

  test('of one template can be left out if the others have a label of their own', () => {
    const leaveOut = [{ claim: 'log', because: 'on the standby' }];
    const app = declare((chart) => [
      Item.ofWorkload(database(chart, { data: { part: 'data' } }), { leaveOut }),
    ]);
    expect(backupsOf(app)).toEqual([{ type: 'pvc', selector: { matchLabels: { app: 'db', part: 'data' } } }]);
  });
});

describe('a workload', () => {
  const said = (sentence: string) => `1 problem in this app:\nnextcloud/backup: ${sentence}`;
  const mistakesOf = (build: (chart: Chart) => Item[]) => mistakes(declare(build));

  test('must mount a claim', () => {
    expect(mistakesOf((chart) => [Item.ofWorkload(deployment(chart, 'web')), Item.volume('data')])).toBe(
      said(
        "backups[0] is the Deployment 'web', which mounts no claim, so that nothing of it would be backed up: mount one, or remove this item.",
      ),
    );
  });

  test('must be declared in the app', () => {
    const gone = (chart: Chart) => PersistentVolumeClaim.fromClaimName(chart, 'ref', 'web');
    expect(mistakesOf((chart) => [Item.ofWorkload(gone(chart)), Item.volume('data')])).toBe(
      said(
        "backups[0] is the PersistentVolumeClaim 'web', which this app does not declare: name its claims with Item.volume(claim).",
      ),
    );
  });

  test('must be in the namespace of the ServiceBackup', () => {
    const app = new App();
    const other = new Chart(app, 'other', { namespace: 'other' });
    const web = deployment(other, 'web', 'data');
    const chart = new Chart(app, 'nextcloud', { namespace: 'nextcloud' });
    ServiceBackup.ofWorkload(chart, 'backup', web, { backupBucketName: 'a-bucket' });
    expect(mistakes(app)).toBe(
      said(
        "backups[0] is the Deployment 'web' of namespace 'other', but this ServiceBackup is in 'nextcloud': declare it beside its workload.",
      ),
    );
  });

  test('must mount what is left out', () => {
    const leaveOut = [{ claim: 'cahce', because: 'rebuilt on start' }];
    expect(
      mistakesOf((chart) => [Item.ofWorkload(deployment(chart, 'web', 'data', 'cache'), { leaveOut })]),
    ).toBe(
      said(
        "backups[0].leaveOut names 'cahce', which the Deployment 'web' does not mount: use 'data' or 'cache'.",
      ),
    );
  });

  test('must have a reason for what is left out', () => {
    const leaveOut = [{ claim: 'cache', because: ' ' }];
    expect(
      mistakesOf((chart) => [Item.ofWorkload(deployment(chart, 'web', 'data', 'cache'), { leaveOut })]),
    ).toBe(
      said("backups[0].leaveOut gives no reason for 'cache': say in because why it need not be backed up."),
    );
  });

  test.each([
    ['an item', (chart: Chart) => [Item.volume('cache'), web(chart)]],
    ['another workload', (chart: Chart) => [Item.ofWorkload(deployment(chart, 'cron', 'cache')), web(chart)]],
  ])('must not leave out what %s backs up', (_, build) => {
    expect(mistakesOf(build)).toBe(
      said("backups[1] leaves out 'cache', which backups[0] backs up: remove it from one of the two."),
    );
  });
  const web = (chart: Chart) =>
    Item.ofWorkload(deployment(chart, 'web', 'data', 'cache'), {
      leaveOut: [{ claim: 'cache', because: 'rebuilt on start' }],
    });

  test('must not leave out all that is to be backed up', () => {
    const leaveOut = [{ claim: 'cache', because: 'rebuilt on start' }];
    expect(mistakesOf((chart) => [Item.ofWorkload(deployment(chart, 'web', 'cache'), { leaveOut })])).toBe(
      said('backups leaves out every claim, so that nothing would be backed up: leave out fewer.'),
    );
  });

  test('must not leave out a template whose claims look like the others', () => {
    const leaveOut = [{ claim: 'log', because: 'on the standby' }];
    expect(
      mistakesOf((chart) => [
        Item.ofWorkload(database(chart, { log: { part: 'log' } }), { leaveOut }),
        Item.volume('x'),
      ]),
    ).toBe(
      said(
        "backups[0].leaveOut names the volumeClaimTemplate 'log' of the StatefulSet 'db', whose claims have all labels of those of 'data': give the template 'data' a label of its own.",
      ),
    );
  });

  test('must have labels by which the claims of its templates are found', () => {
    const set = (chart: Chart) => {
      const made = database(chart);
      made.addJsonPatch(
        JsonPatch.replace('/spec/selector', { matchExpressions: [{ key: 'app', operator: 'Exists' }] }),
      );
      return made;
    };
    expect(mistakesOf((chart) => [Item.ofWorkload(set(chart)), Item.volume('x')])).toBe(
      said(
        "backups[0] is the StatefulSet 'db', whose selector has no matchLabels by which its claims could be found: give it one.",
      ),
    );
  });
});
