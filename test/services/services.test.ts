import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'cdk8s';
import { everything, services } from '../../services';
import { type Manifest, manifests, one } from '../constructs/app';
import { built } from '../constructs/built';
import { Folder } from '../gitops/folder';

beforeAll(built, 60_000);

function synthesise(build: (app: App) => void = services): Manifest[] {
  const app = new App();
  build(app);
  return manifests(app);
}
const ofKind = (all: Manifest[], kind: string) => all.filter((m) => m.kind === kind);
const nameOf = ({ metadata }: Manifest) => `${metadata.namespace}/${metadata.name}`;

test('eight services are declared, each in its namespace, with a bucket of its own', () => {
  const declarations = ofKind(synthesise(), 'ServiceBackup').sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  const names = [
    'dokuwiki',
    'gitea',
    'home-assistant',
    'immich',
    'mastodon',
    'nextcloud',
    'paperless',
    'vaultwarden',
  ];
  expect(declarations.map(nameOf)).toEqual(names.map((name) => `${name}/backup`));
  expect(declarations.map(({ spec }) => spec.backupBucketName)).toEqual(
    names.map((name) => `${name}-backup`),
  );
});

test('every claim that is declared is backed up, or it is said why not', () => {
  const all = synthesise();
  const backedUp = new Set(
    ofKind(all, 'ServiceBackup').flatMap(({ metadata, spec }) =>
      spec.backups.map((item: { name: string }) => `${metadata.namespace}/${item.name}`),
    ),
  );
  const left = ofKind(all, 'PersistentVolumeClaim')
    .map(nameOf)
    .filter((claim) => !backedUp.has(claim));
  expect(left).toEqual(['paperless/consume']);
  expect(readFileSync(join(__dirname, '../../services/paperless.ts'), 'utf8')).toContain(
    '// Not backed up: `consume`',
  );
});

test('where a service keeps its data in a bucket, that is backed up, too', () => {
  const buckets = ofKind(synthesise(), 'ServiceBackup').flatMap(({ metadata, spec }) =>
    spec.backups
      .filter(({ type }: { type: string }) => type === 's3')
      .map(({ name }: { name: string }) => `${metadata.namespace}: ${name}`),
  );
  expect(buckets.sort()).toEqual(['mastodon: mastodon-media', 'nextcloud: nextcloud-files']);
});

test('a claim is named by a person: its name does not depend on the path of its construct', () => {
  for (const { metadata } of ofKind(synthesise(), 'PersistentVolumeClaim')) {
    expect(metadata.name).toMatch(/^[a-z]+$/);
  }
});

test('a volume that one node mounts is used by one pod, which may write where its program does', () => {
  const workloads = ofKind(synthesise(), 'Deployment');
  expect(workloads).toHaveLength(5);
  for (const { spec } of workloads) {
    expect(spec).toMatchObject({ replicas: 1, strategy: { type: 'Recreate' } });
    const [container] = spec.template.spec.containers;
    expect(container.securityContext.readOnlyRootFilesystem).toBe(false);
    expect(container.resources).toEqual({ requests: { cpu: '50m', memory: '256Mi' } });
  }
});

test('what is left out is anchored at the root of its volume: no directory of that name within data is lost', () => {
  const patterns = ofKind(synthesise(), 'ServiceBackup').flatMap(({ spec }) =>
    spec.backups.flatMap((item: { exclude?: string[] }) => item.exclude ?? []),
  );
  expect(patterns.length).toBeGreaterThan(10);
  for (const pattern of patterns) expect(pattern).toMatch(/^\//);
});

test('each declaration fits on a page: at most 40 lines', () => {
  const folder = join(__dirname, '../../services');
  const lengths = readdirSync(folder)
    .map((file) => readFileSync(join(folder, file), 'utf8'))
    .filter((text) => text.includes('new ServiceBackup('))
    .map((text) => text.trimEnd().split('\n').length);
  expect(lengths).toHaveLength(8);
  expect(Math.max(...lengths)).toBeLessThanOrEqual(40);
});

test('the services can be synthesised without the operator', () => {
  const kinds = synthesise().map((m) => m.kind);
  expect(kinds).toContain('ServiceBackup');
  expect(kinds).not.toContain('BackupConfig');
});

test('the S3 system can be named', () => {
  const all = synthesise((app) => everything(app, { s3Host: 'http://10.0.0.1:9000', region: 'testbed' }));
  expect(one(all, 'BackupConfig').spec.serviceBackup.s3BackupConfig).toMatchObject({
    s3Host: 'http://10.0.0.1:9000',
    region: 'testbed',
  });
});

test('the tree has a folder a service, one for the operator, and one for the kinds, which GitOps tools never delete', () => {
  const folder = new Folder();
  folder.synth(everything);
  const files = folder.contents();
  const folders = [...new Set(Object.keys(files).map((file) => file.split('/')[0]))];
  expect(folders).toEqual([
    'crds',
    'dokuwiki',
    'gitea',
    'home-assistant',
    'immich',
    'mastodon',
    'nextcloud',
    'operator',
    'paperless',
    'vaultwarden',
  ]);
  const crds = Object.entries(files).filter(([file]) => file.startsWith('crds/'));
  expect(crds).toHaveLength(2);
  for (const [, text] of crds) {
    expect(text).toContain('argocd.argoproj.io/sync-options: Prune=false,Delete=false');
    expect(text).toContain('kustomize.toolkit.fluxcd.io/prune: disabled');
  }
  folder.synth(everything);
  expect(folder.contents()).toEqual(files);
  folder.remove();
});
