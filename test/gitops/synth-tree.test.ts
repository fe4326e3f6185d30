import { ApiObject, type App, Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import { parse } from 'yaml';
import { BackupBucket, BucketAdmin, Item, SecretKey, ServiceBackup } from '../../src';
import { built } from '../constructs/built';
import { Folder } from './folder';

let folder: Folder;
beforeEach(() => {
  folder = new Folder();
});
afterEach(() => folder.remove());

const namespaced = (app: App, name: string) => new Chart(app, name, { namespace: name });
const namespace = (chart: Chart, name: string) =>
  new k8s.KubeNamespace(chart, `namespace-${name}`, { metadata: { name } });
const configMap = (chart: Chart, name: string, namespace?: string) =>
  new k8s.KubeConfigMap(chart, `${namespace ?? 'own'}-${name}`, { metadata: { name, namespace } });
const crd = (chart: Chart, name: string) =>
  new ApiObject(chart, name, {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name },
  });
function wiki(app: App): void {
  const chart = namespaced(app, 'wiki');
  namespace(chart, 'wiki');
  configMap(chart, 'settings');
  new ServiceBackup(chart, 'backup', { backupBucketName: 'wiki-backup', backups: [Item.volume('pages')] });
}

test('kinds have a folder of their own, each chart has one, and a file holds one object', () => {
  folder.synth((app) => {
    crd(namespaced(app, 'operator'), 'pages.example.net');
    wiki(app);
  });
  expect(folder.files()).toEqual([
    'crds/pages.example.net.yaml',
    'wiki/0-Namespace.wiki.yaml',
    'wiki/ConfigMap.settings.yaml',
    'wiki/RoleBinding.service-backup-backup.yaml',
    'wiki/ServiceBackup.backup.yaml',
  ]);
  expect(parse(folder.contents()['wiki/ServiceBackup.backup.yaml']!)).toMatchObject({
    kind: 'ServiceBackup',
    metadata: { name: 'backup', namespace: 'wiki' },
    spec: { backupBucketName: 'wiki-backup' },
  });
});

test('kubectl, which goes by name, meets the kinds first, and each namespace before what is in it', () => {
  folder.synth((app) => {
    const chart = new Chart(app, 'operator');
    for (const name of ['agents', 'jobs']) {
      configMap(chart, 'settings', name);
      namespace(chart, name);
    }
    crd(chart, 'pages.example.net');
  });
  expect(folder.files()).toEqual([
    'crds/pages.example.net.yaml',
    'operator/0-Namespace.agents.yaml',
    'operator/0-Namespace.jobs.yaml',
    'operator/agents/ConfigMap.settings.yaml',
    'operator/jobs/ConfigMap.settings.yaml',
  ]);
});

test("what makes a service's bucket lies in its chart's folder for the Jobs' namespace, and may go: nothing is lost with it", () => {
  built();
  const pair = (secret: string) => SecretKey.pair(secret, 'AccessKey', 'SecretKey');
  folder.synth((app) => {
    wiki(app);
    new BackupBucket(app.node.findChild('wiki'), 'bucket', {
      bucketName: 'wiki-backup',
      s3: { s3Host: 's3.example.net', s3Credentials: pair('s3-{bucket}') },
      admin: BucketAdmin.versitygw(pair('versitygw-root')),
    });
  });
  const made = folder.files().filter((file) => file.startsWith('wiki/service-backup-jobs/'));
  expect(made.map((file) => /(\w+)\.backup-bucket-wiki-backup-[0-9a-f]{10}\.yaml$/.exec(file)?.[1])).toEqual([
    'ConfigMap',
    'Job',
    'Role',
    'RoleBinding',
    'ServiceAccount',
  ]);
  folder.synth(wiki);
  expect(folder.files().filter((file) => made.includes(file))).toEqual([]);
});

test('the tree is the same, byte for byte, whatever the order in which services and objects are declared', () => {
  const build = (app: App, names: string[]) => {
    for (const name of names) {
      const chart = namespaced(app, name);
      for (const each of names) configMap(chart, each);
      for (const other of app.node.children) if (other !== chart) chart.node.addDependency(other);
    }
  };
  folder.synth((app) => build(app, ['git', 'photos', 'wiki']));
  const first = folder.contents();
  const other = new Folder();
  other.synth((app) => build(app, ['wiki', 'git', 'photos']));
  expect(other.contents()).toEqual(first);
  expect(Object.keys(first)).toHaveLength(9);
  other.remove();
});

test('a service that is added or changed touches no file of another', () => {
  folder.synth(wiki);
  const before = folder.contents();
  folder.synth((app) => {
    configMap(namespaced(app, 'photos'), 'settings');
    wiki(app);
  });
  expect(folder.contents()).toMatchObject(before);
  expect(folder.files()).toContain('photos/ConfigMap.settings.yaml');
});

test('files and folders of services that are gone disappear; what others put there stays', () => {
  folder.synth((app) => {
    wiki(app);
    configMap(new Chart(app, 'photos'), 'settings', 'elsewhere');
  });
  folder.write('kustomization.yaml', 'resources: [wiki]\n');
  folder.write('photos/README.md', 'Where the photos were.\n');
  folder.synth((app) => namespace(namespaced(app, 'git'), 'git'));
  expect(folder.files()).toEqual(['git/0-Namespace.git.yaml', 'kustomization.yaml', 'photos/README.md']);
});

describe('an object that is declared twice', () => {
  test('in one chart is refused, since only one of the two would be written', () => {
    const build = (app: App) => {
      const chart = namespaced(app, 'wiki');
      configMap(chart, 'settings');
      new k8s.KubeConfigMap(chart, 'again', { metadata: { name: 'settings' } });
    };
    expect(() => folder.synth(build)).toThrow(
      "wiki/again: ConfigMap 'settings' is already declared by wiki/own-settings: declare it once, or give one of them another name.",
    );
    expect(folder.files()).toEqual([]);
  });

  test('in two charts is refused, even if it is a namespace', () => {
    const build = (app: App) => {
      namespace(namespaced(app, 'movies'), 'media');
      namespace(new Chart(app, 'music'), 'media');
    };
    expect(() => folder.synth(build)).toThrow(
      "music/namespace-media: Namespace 'media' is already declared by movies/namespace-media: declare",
    );
  });
});

test('an app that is not valid is not written', () => {
  folder.synth(wiki);
  const before = folder.contents();
  const build = (app: App) => {
    const chart = namespaced(app, 'wiki');
    new ServiceBackup(chart, 'backup', { backupBucketName: 'Wiki', backups: [Item.volume('pages')] });
  };
  expect(() => folder.synth(build)).toThrow(/^1 problem in this app:\nwiki\/backup: backupBucketName 'Wiki'/);
  expect(folder.contents()).toEqual(before);
});

test('problems of constructs that are not ours stop it, too', () => {
  const build = (app: App) => {
    const chart = namespaced(app, 'wiki');
    chart.node.addValidation({ validate: () => ['the moon is full'] });
  };
  expect(() => folder.synth(build)).toThrow(/^wiki: the moon is full$/);
});
