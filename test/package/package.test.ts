import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { Cluster, PERSON } from './cluster';
import { hover } from './hover';
import { Project, pack, ROOT, type Tarball } from './project';

/** A sentence, or more. */
const DOCS = expect.stringMatching(/^[A-Z].+\.$/s);

const directory = mkdtempSync(join(tmpdir(), 'package-'));
const projects: Project[] = [];
let tarball: Tarball;
let fresh: Project;

/** A project like the template, into which the tarball was installed. */
function project(template: string): Project {
  const made = new Project(template, join(directory, tarball.filename));
  projects.push(made);
  return made;
}

beforeAll(() => {
  tarball = pack(directory);
  fresh = project('cdk8s-project');
}, 120_000);

afterAll(() => {
  for (const one of projects) one.remove();
  rmSync(directory, { recursive: true });
});

describe('what npm packs', () => {
  test('is the library with its types, three bundles and the command line: no source, no test', () => {
    const known = [
      /^(LICENSE|README\.md|package\.json)$/,
      /^build\/((operator|mover|bucket-maker)\.js\.gz|cli\.js|third-party-licences\.txt)$/,
      /^build\/lib\/((src\/(api|constructs|gitops|pulumi)|imports|src)\/[^/]+)\.js$/,
      /^build\/types\/((src\/(api|constructs|gitops|pulumi)|imports|src)\/[^/]+)\.d\.ts$/,
    ];
    const paths = tarball.files.map(({ path }) => path);
    expect(paths.filter((path) => !known.some((pattern) => pattern.test(path)))).toEqual([]);
    for (const pattern of known) expect(paths).toContainEqual(expect.stringMatching(pattern));
  });

  test('is less than 1.5 MB', () => {
    expect(tarball.unpackedSize).toBeLessThan(1_500_000);
  });

  test('may be used by whoever installs it, and says whose code is in it', () => {
    const { installed, manifest } = fresh;
    expect(manifest.license).toBe('Apache-2.0');
    expect(manifest.private).toBeUndefined();
    expect(readFileSync(join(installed, 'LICENSE'), 'utf8')).toContain('Apache License');
    expect(readFileSync(join(installed, 'build/third-party-licences.txt'), 'utf8')).toMatch(
      /^commander \d+\.\d+\.\d+ \(MIT\)\n\n.*Permission is hereby granted/ms,
    );
  });

  test('imports what npm installs with it, and nothing else', () => {
    const { installed, manifest } = fresh;
    const imported = tarball.files
      .filter(({ path }) => /^build\/(lib|types)\//.test(path))
      .map(({ path }) => readFileSync(join(installed, path), 'utf8'))
      .flatMap((text) => [...text.matchAll(/(?:\bfrom |\brequire\(|\bimport\()["']([^"'.][^"']*)["']/g)])
      .map(([, name]) => /^(@[^/]+\/)?[^/]+/.exec(name!)![0])
      .filter((name) => !name.startsWith('node:') && !builtinModules.includes(name));
    const named = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
    expect(named).toEqual(expect.arrayContaining([...new Set(imported)]));
    expect(imported).toEqual(expect.arrayContaining(Object.keys(manifest.dependencies)));
  });
});

test('a fresh cdk8s project compiles with it, shows its docs, and its YAML holds the programs', () => {
  fresh.compile();
  fresh.run(process.execPath, 'main.js');

  const dist = join(fresh.directory, 'dist');
  const objects = readdirSync(dist).flatMap((file) =>
    parseAllDocuments(readFileSync(join(dist, file), 'utf8')).map((document) => document.toJS()),
  );
  expect(objects.filter(({ kind }) => kind === 'ServiceBackup')).toMatchObject([
    { metadata: { name: 'backup', namespace: 'nextcloud' } },
  ]);
  for (const program of ['operator.js.gz', 'mover.js.gz']) {
    const built = readFileSync(join(ROOT, 'build', program)).toString('base64');
    expect(objects.filter(({ binaryData }) => binaryData?.[program] === built)).toHaveLength(1);
  }

  expect(hover(fresh.directory, 'main.ts', ['ServiceBackup', 'backupBucketName', 'volume', 'gfs'])).toEqual({
    ServiceBackup: DOCS,
    backupBucketName: DOCS,
    volume: DOCS,
    gfs: DOCS,
  });
}, 30_000);

describe('a fresh Pulumi project', () => {
  interface Declared {
    type: string;
    name: string;
    inputs: Record<string, Record<string, string>>;
    imported: string;
  }
  let pulumi: Project;
  const run = (program: string): Declared[] => {
    pulumi.run(process.execPath, 'run.cjs', `./bin/${program}.js`);
    return JSON.parse(readFileSync(join(pulumi.directory, 'resources.json'), 'utf8'));
  };
  beforeAll(() => {
    pulumi = project('pulumi-project');
  }, 120_000);

  test('compiles with it, shows its docs, and declares the same objects', () => {
    pulumi.compile();
    const resources = run('index');

    const ofType = (type: string) => resources.filter((resource) => resource.type === type);
    expect(ofType('kubernetes:servicebackup.io/v1alpha1:ServiceBackup')).toMatchObject([
      { inputs: { metadata: { name: 'nextcloud' }, spec: { backupBucketName: 'nextcloud-backup' } } },
    ]);
    const built = readFileSync(join(ROOT, 'build/operator.js.gz')).toString('base64');
    const programs = ofType('kubernetes:core/v1:ConfigMap').map(({ inputs }) => inputs.binaryData!);
    expect(programs.filter((binaryData) => binaryData['operator.js.gz'] === built)).toHaveLength(1);

    expect(hover(pulumi.directory, 'index.ts', ['ServiceBackup', 'backupBucketName', 'Schedule'])).toEqual({
      ServiceBackup: DOCS,
      backupBucketName: DOCS,
      Schedule: DOCS,
    });
  }, 120_000);

  test('makes buckets by the modules of AWS and MinIO, which know all that they are given', () => {
    const page = readFileSync(join(ROOT, 'docs/pulumi.md'), 'utf8');
    const blocks = ['aws', 'import'].map(
      (name) => new RegExp(`\`\`\`ts ${name}\n(.+?)\`\`\``, 's').exec(page)![1],
    );
    writeFileSync(join(pulumi.directory, 'aws.ts'), blocks.join('\n'));
    pulumi.compile('tsconfig.buckets.json');

    const madeBy = (program: 'aws' | 'minio') =>
      run(program).filter(({ type }) => type.startsWith(`${program}:`));
    // A name that a module does not know would not be among the inputs.
    const askedOf = (resources: Declared[]) =>
      Object.fromEntries(
        resources.map(({ type, name, inputs }) => [
          `${type.split(':').at(-1)} ${name}`,
          Object.keys(inputs).sort(),
        ]),
      );
    const ofAws = madeBy('aws');
    const closed = [
      'blockPublicAcls',
      'blockPublicPolicy',
      'bucket',
      'ignorePublicAcls',
      'restrictPublicBuckets',
    ];
    const all = (name: string) => ({
      [`Bucket ${name}-bucket`]: ['bucket'],
      [`BucketPublicAccessBlock ${name}-bucket`]: closed,
      [`User ${name}-user`]: [],
      [`UserPolicy ${name}-user`]: ['policy', 'user'],
      [`AccessKey ${name}-user`]: ['user'],
    });
    expect(askedOf(ofAws)).toEqual({ ...all('nextcloud'), ...all('gitea') });
    expect(ofAws.filter(({ imported }) => imported).map(({ name, imported }) => [name, imported])).toEqual([
      ['gitea-bucket', 'gitea-backup'],
    ]);

    const user = (name: string) => ({
      [`IamUser ${name}`]: [],
      [`IamPolicy ${name}`]: ['policy'],
      [`IamUserPolicyAttachment ${name}`]: ['policyName', 'userName'],
    });
    expect(askedOf(madeBy('minio'))).toEqual({
      'S3Bucket wiki-bucket': ['bucket'],
      ...user('wiki-user'),
      ...user('wiki-maintenance'),
    });
  }, 120_000);
});

const WIKI = `
  const app = new App();
  new ServiceBackup(new Chart(app, 'wiki', { namespace: 'wiki' }), 'backup', {
    backupBucketName: 'wiki-backup',
    backups: [Item.volume('pages')],
  });
  console.log(app.synthYaml());
`;

test.each([
  [
    'CommonJS',
    'main.cjs',
    `const { App, Chart } = require('cdk8s');
     const { Item, ServiceBackup } = require('service-backup');`,
  ],
  [
    'an ES module',
    'main.mjs',
    `import { App, Chart } from 'cdk8s';
     import { Item, ServiceBackup } from 'service-backup';`,
  ],
])('%s in plain JavaScript uses it', (_, file, imports) => {
  writeFileSync(join(fresh.directory, file), imports + WIKI);
  expect(fresh.run(process.execPath, file)).toContain('backupBucketName: wiki-backup');
});

test.each([
  ['service-backup', 'service-backup'],
  ['kubectl-servicebackup', 'kubectl servicebackup'],
])('%s prints its help', (bin, usage) => {
  expect(fresh.run(join('node_modules/.bin', bin), '--help')).toContain(
    `Usage: ${usage} [options] [command]`,
  );
});

// The command line carries of the Kubernetes client only what reads kubeconfigs and logs in.
describe('the command line logs in', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.open(directory);
    writeFileSync(join(directory, 'token'), 'of-a-pod');
  });
  afterAll(() => cluster.close());

  const credential = { kind: 'ExecCredential', status: { token: 'of-a-plugin' } };
  const plugin = `console.log('${JSON.stringify({ apiVersion: 'client.authentication.k8s.io/v1', ...credential })}')`;
  const basic = `Basic ${Buffer.from('eva:secret').toString('base64')}`;
  test.each([
    ['a token', () => ({ token: 'of-a-person' }), 'Bearer of-a-person'],
    [
      'the token of a file, as in a pod',
      () => ({ 'auth-provider': { name: 'tokenFile', config: { tokenFile: join(directory, 'token') } } }),
      'Bearer of-a-pod',
    ],
    [
      'a certificate',
      () => ({ 'client-certificate': cluster.certificate, 'client-key': cluster.key }),
      PERSON,
    ],
    [
      'what a plugin says',
      () => ({
        exec: {
          apiVersion: 'client.authentication.k8s.io/v1',
          command: process.execPath,
          args: ['-e', plugin],
          interactiveMode: 'Never',
        },
      }),
      'Bearer of-a-plugin',
    ],
    ['a name and a password', () => ({ username: 'eva', password: 'secret' }), basic],
  ])('by %s', async (_, user, who) => {
    cluster.seen.clear();
    const command = join(fresh.directory, 'node_modules/.bin/service-backup');
    const { stdout } = await promisify(execFile)(command, [
      'status',
      '--kubeconfig',
      cluster.kubeconfigOf(user()),
    ]);
    expect([...cluster.seen]).toEqual([who]);
    expect(stdout).toContain('ServiceBackup');
  });
});
