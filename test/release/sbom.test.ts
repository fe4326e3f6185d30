import { type Bom, releaseBom } from '../../scripts/release/sbom';

const DEVELOPMENT = [{ name: 'cdx:npm:package:development', value: 'true' }];
const component = (ref: string, properties: { name: string; value: string }[] = []) => {
  const [name = '', version = ''] = ref.split('@');
  return { 'bom-ref': ref, type: 'library', name, version, properties };
};

/** As npm makes it of a directory `clone`. */
const ofNpm = (): Bom => ({
  bomFormat: 'CycloneDX',
  serialNumber: 'urn:uuid:530e3efc',
  metadata: {
    timestamp: '2026-11-22T12:58:49.867Z',
    component: { ...component('ours@1.0.0'), name: 'clone' },
  },
  components: [
    // A tool of developers has it, too, and npm tells of that one.
    component('yaml@2.0.0', DEVELOPMENT),
    component('indent@1.0.0'),
    component('pino@10.0.0', DEVELOPMENT),
    component('jest@30.0.0', DEVELOPMENT),
  ],
  dependencies: [
    { ref: 'ours@1.0.0', dependsOn: ['yaml@2.0.0', 'pino@10.0.0', 'jest@30.0.0'] },
    { ref: 'jest@30.0.0', dependsOn: ['yaml@2.0.0'] },
    { ref: 'yaml@2.0.0', dependsOn: ['indent@1.0.0'] },
    { ref: 'indent@1.0.0', dependsOn: [] },
  ],
});
const bom = (release: { inlined?: string[]; images?: string[] } = {}) =>
  releaseBom(ofNpm(), {
    name: 'ours',
    dependencies: ['yaml'],
    inlined: ['pino@10.0.0'],
    images: [],
    ...release,
  });
const refs = ({ components }: Bom) => components.map((one) => one['bom-ref']);

test('what is installed with the package and what is inlined is told, and no tool of developers', () => {
  expect(refs(bom())).toEqual(['indent@1.0.0', 'pino@10.0.0', 'yaml@2.0.0']);
  const inlined = [{ name: 'service-backup:inlined', value: 'true' }];
  expect(bom().components.map(({ properties }) => properties)).toEqual([[], inlined, []]);
  expect(bom().dependencies).toEqual([
    { ref: 'ours@1.0.0', dependsOn: ['yaml@2.0.0', 'pino@10.0.0'] },
    { ref: 'yaml@2.0.0', dependsOn: ['indent@1.0.0'] },
    { ref: 'indent@1.0.0', dependsOn: [] },
  ]);
});

test('it says nothing of the time and the directory in which it was made', () => {
  const { serialNumber, metadata } = bom();
  expect([serialNumber, metadata.timestamp, metadata.component.name]).toEqual([undefined, undefined, 'ours']);
});

test.each([
  ['docker.io/library/node:24.9.0-slim', 'docker.io/library/node', '24.9.0-slim'],
  ['registry.example.org:5000/restic', 'registry.example.org:5000/restic', 'latest'],
  ['restic:0.18.0@sha256:1f', 'restic', '0.18.0@sha256:1f'],
  ['restic@sha256:1f', 'restic', 'sha256:1f'],
])('the image %s is told, too', (image, name, version) => {
  const [found] = bom({ images: [image] }).components.filter(({ type }) => type === 'container');
  expect(found).toMatchObject({ 'bom-ref': image, name, version });
});

test('a program made of something that the lock file does not have is not told of as if it were', () => {
  expect(() => bom({ inlined: ['left-pad@1.0.0'] })).toThrow(
    'package-lock.json does not have left-pad@1.0.0, of which the programs are built: run `npm ci`.',
  );
});
