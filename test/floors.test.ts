import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

/** The floors of the house: which rooms a room may enter, beside itself. `import type` counts as well as any other. */
const FLOORS: Record<string, string[]> = {
  'src/api': [],
  'src/kube': ['src/api'],
  'src/mover': ['src/api'],
  'src/bucket-maker': ['src/mover', 'src/kube', 'src/api'],
  'src/operator': ['src/kube', 'src/api'],
  'src/cli': ['src/kube', 'src/operator', 'src/api'],
  'src/constructs': ['imports', 'src/api'],
  'src/gitops': [],
  'src/index': ['src/constructs', 'src/gitops'],
  'src/pulumi': ['src/constructs', 'src/api'],
  imports: [],
  services: ['src/index', 'src/pulumi'],
};

const ROOT = join(__dirname, '..');
const IMPORT = /(?:\bfrom|\bimport|\brequire\(|\bimport\()\s*['"]([^'"]+)['"]/g;

/** The room of a file, e.g. `src/api`; `src/index` is one of its own. */
function roomOf(file: string): string {
  const [first, second] = relative(ROOT, file).split('/');
  return first === 'src' ? `src/${second!.replace(/\.ts$/, '')}` : first!;
}

function roomsImportedBy(file: string): string[] {
  return [...readFileSync(file, 'utf8').matchAll(IMPORT)].flatMap(([, name]) => {
    if (name === 'service-backup') return ['src/index'];
    if (name === 'service-backup/pulumi') return ['src/pulumi'];
    return name!.startsWith('.') ? [roomOf(resolve(dirname(file), name!))] : [];
  });
}

const files = ['src', 'imports', 'services'].flatMap((directory) =>
  readdirSync(join(ROOT, directory), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(ROOT, directory, name)),
);

/** A sentence for each import that leads to a room that must not be entered. */
function trespasses(room: string, imported: string[]): string[] {
  const allowed = FLOORS[room];
  if (!allowed) return [`${room} is on no floor: give it one in this test.`];
  return imported
    .filter((other) => other !== room && !allowed.includes(other))
    .map((other) => `${room} imports ${other}`);
}

test('no file enters a room above its own', () => {
  expect(files.length).toBeGreaterThan(20);
  const found = files.flatMap((file) =>
    trespasses(roomOf(file), roomsImportedBy(file)).map((sentence) => `${relative(ROOT, file)}: ${sentence}`),
  );
  expect(found).toEqual([]);
});

test.each([
  ['src/api', 'src/kube'],
  ['src/operator', 'src/constructs'],
  ['src/mover', 'src/operator'],
  ['src/mover', 'src/kube'],
  ['src/mover', 'src/bucket-maker'],
  ['src/constructs', 'src/bucket-maker'],
  ['src/bucket-maker', 'src/operator'],
  ['src/constructs', 'src/operator'],
  ['src/constructs', 'src/mover'],
  ['src/constructs', 'src/cli'],
  ['src/constructs', 'src/gitops'],
  ['src/kube', 'src/operator'],
  ['src/operator', 'src/cli'],
  ['src/cli', 'src/constructs'],
  ['src/constructs', 'src/pulumi'],
  ['src/index', 'src/pulumi'],
  ['src/pulumi', 'src/operator'],
  ['services', 'src/api'],
])('%s must not import %s', (room, other) => {
  expect(trespasses(room, [other])).toEqual([`${room} imports ${other}`]);
});

test('a room that is new is not forgotten', () => {
  expect(trespasses('src/news', [])).toEqual(['src/news is on no floor: give it one in this test.']);
});

/** Files that a file needs to run, in any room: what is only a type is gone by then. */
function needs(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const text = readFileSync(file, 'utf8').replace(/\b(?:import|export) type [^;]*;/g, '');
  for (const [, name] of text.matchAll(IMPORT)) {
    if (!name!.startsWith('.')) continue;
    const path = resolve(dirname(file), name!);
    const found = [`${path}.ts`, join(path, 'index.ts')].find((candidate) => files.includes(candidate));
    if (found) needs(found, seen);
  }
  return seen;
}

test("the command line shares the operator's pure parts, and none that speaks to the API server", () => {
  const shared = files
    .filter((file) => roomOf(file) === 'src/cli')
    .flatMap((file) => [...needs(file)])
    .filter((file) => roomOf(file) === 'src/operator');
  const impure = [...new Set(shared)].filter((file) =>
    [...needs(file)].some((f) => roomOf(f) === 'src/kube'),
  );
  expect(impure.map((file) => relative(ROOT, file))).toEqual([]);
});

/**
 * Constructs run in a person's editor and CI, without a cluster: the client stays out of them, and cdk8s out of the rest. Pulumi is for
 * those who import `service-backup/pulumi`.
 */
test.each([
  ['src/api', /^(cdk8s|constructs|@kubernetes|@pulumi)/],
  ['src/bucket-maker', /^(cdk8s|constructs|@kubernetes|@pulumi|@sinclair)/],
  ['src/mover', /^(cdk8s|constructs|@kubernetes|@pulumi)/],
  ['src/operator', /^(cdk8s|constructs|@kubernetes|@pulumi)/],
  ['src/kube', /^(cdk8s|constructs|@pulumi)/],
  ['src/cli', /^(cdk8s|constructs|@kubernetes|@pulumi)/],
  ['src/constructs', /^(@kubernetes|@pulumi)/],
  ['src/gitops', /^(@kubernetes|@pulumi)/],
  ['src/index', /^@pulumi/],
  ['src/pulumi', /^@kubernetes/],
])('%s does without the packages %s', (room, packages) => {
  const found = files
    .filter((file) => roomOf(file) === room)
    .filter((file) =>
      [...readFileSync(file, 'utf8').matchAll(IMPORT)].some(([, name]) => packages.test(name!)),
    )
    .map((file) => relative(ROOT, file));
  expect(found).toEqual([]);
});
