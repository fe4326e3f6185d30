import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { type Crd, crdBreaks } from '../../scripts/release/crd-breaks';
import { crds } from '../../src/api';

const FILE = join(__dirname, '../../released/crds.yaml');
const released = (): Crd[] => parseAllDocuments(readFileSync(FILE, 'utf8')).map((d) => d.toJS());
const present = (): Crd[] => structuredClone(crds()) as unknown as Crd[];

test('whatever the kinds of the last release took, those of today take and keep', () => {
  expect(released().map(({ metadata }) => metadata.name)).toEqual([
    'backupconfigs.servicebackup.io',
    'servicebackups.servicebackup.io',
  ]);
  expect(crdBreaks(released(), present())).toEqual([]);
});

const END = 'objects of the last release have it otherwise, so leave it as it was.';
const NAME = 'servicebackups.servicebackup.io';
const v1alpha1 = (crd: Crd) => crd.spec.versions[0]!;

test.each<[what: string, change: (crd: Crd) => void, sentence: string]>([
  [
    'its scope',
    (crd) => (crd.spec.scope = 'Cluster'),
    `${NAME}: its scope was Namespaced and is Cluster: ${END}`,
  ],
  [
    'its name',
    (crd) => (crd.spec.names.kind = 'Backup'),
    `${NAME}: its kind was ServiceBackup and is Backup: ${END}`,
  ],
  [
    'its short name',
    (crd) => (crd.spec.names.shortNames = ['svb']),
    `${NAME}: the short name 'sb' is gone: ${END}`,
  ],
  [
    'a version that goes',
    (crd) => (v1alpha1(crd).name = 'v1'),
    `${NAME} v1alpha1: the version is served no more: ${END}`,
  ],
  [
    'a version that is not served',
    (crd) => (v1alpha1(crd).served = false),
    `${NAME} v1alpha1: the version is served no more: ${END}`,
  ],
  [
    'a version that is not stored',
    (crd) => (v1alpha1(crd).storage = false),
    `${NAME} v1alpha1: it is stored no more: ${END}`,
  ],
  [
    'status as a part of the whole',
    (crd) => (v1alpha1(crd).subresources = undefined),
    `${NAME} v1alpha1: its subresources were status and are none: ${END}`,
  ],
  [
    'a field of its schema',
    (crd) => (v1alpha1(crd).schema.openAPIV3Schema.required = ['spec', 'status']),
    `${NAME} v1alpha1.status: it is required now: ${END}`,
  ],
])('of a kind, %s is a break', (_, change, sentence) => {
  const after = present();
  change(after.find(({ metadata }) => metadata.name === NAME)!);
  expect(crdBreaks(present(), after)).toEqual([sentence]);
});

test('a kind that is gone is a break; a new one is none, and neither is another version', () => {
  const [config, service] = present();
  expect(crdBreaks([config!, service!], [config!])).toEqual([`${NAME}: the kind is gone: ${END}`]);
  expect(crdBreaks([config!], [config!, service!])).toEqual([]);
  const next = { ...v1alpha1(config!), name: 'v1', storage: false };
  const spec = { ...config!.spec, versions: [v1alpha1(config!), next] };
  expect(crdBreaks([config!], [{ ...config!, spec }])).toEqual([]);
});

test('columns that kubectl prints may change', () => {
  const after = present();
  for (const crd of after) Object.assign(v1alpha1(crd), { additionalPrinterColumns: [] });
  expect(crdBreaks(present(), after)).toEqual([]);
});
