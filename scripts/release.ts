import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { crds } from '../src/api';
import { packagesIn } from './licences';
import type { Crd } from './release/crd-breaks';
import { manifestsOf } from './release/manifests';
import { type Candidate, tagOf, unfit, untimely } from './release/refusals';
import { type Bom, releaseBom } from './release/sbom';

const ROOT = join(__dirname, '..');
/** Not in dist/, which GitOps tools apply as a whole. */
const RELEASE = 'build/release';
/** The kinds of the last release, with which new ones are compared; until there is one, those that it will have. */
const RELEASED_KINDS = 'released/crds.yaml';
const SUMS = 'SHA256SUMS';

const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const run = (program: string, ...args: string[]): string =>
  execFileSync(program, args, {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    // npm's bill of materials has a page for each of hundreds of packages.
    maxBuffer: 64 * 1024 * 1024,
  });
const linesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '');

interface PackageJson {
  name: string;
  version: string;
  dependencies: Record<string, string>;
}
const { name, version, dependencies }: PackageJson = JSON.parse(read('package.json'));

const candidate = (): Candidate => ({
  version,
  changelog: read('CHANGELOG.md'),
  tags: linesOf(run('git', 'tag')),
  uncommitted: linesOf(run('git', 'status', '--porcelain')).map((line) => line.slice(3)),
  releasedKinds: parseAllDocuments(read(RELEASED_KINDS)).map((document) => document.toJS() as Crd),
  kinds: crds() as unknown as Crd[],
});

/** Builds what is released into build/release/; returns the files, sorted. */
function buildRelease(): string[] {
  const directory = join(ROOT, RELEASE);
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  const write = (file: string, text: string): string => {
    writeFileSync(join(directory, file), text);
    return file;
  };
  // npm builds the programs and the types before it packs.
  const packed = run('npm', 'pack', '--json', '--foreground-scripts=false', '--pack-destination', directory);
  const [tarball] = JSON.parse(packed) as [{ filename: string }];
  const manifests = manifestsOf(version);
  const all: Bom = JSON.parse(run('npm', 'sbom', '--package-lock-only', '--sbom-format', 'cyclonedx'));
  const bom = releaseBom(all, {
    name,
    dependencies: Object.keys(dependencies),
    inlined: packagesIn(read('build/third-party-licences.txt')),
    images: manifests.images,
  });
  const files = [
    tarball.filename,
    write('service-backup.yaml', manifests.operator),
    write('crds.yaml', manifests.crds),
    write('sbom.cdx.json', `${JSON.stringify(bom, undefined, 2)}\n`),
  ].sort();
  write(SUMS, files.map((file) => `${sha256Of(file)}  ${file}\n`).join(''));
  return files;
}

const bytesOf = (file: string): Buffer => readFileSync(join(ROOT, RELEASE, file));
const sha256Of = (file: string): string => createHash('sha256').update(bytesOf(file)).digest('hex');

function printTable(files: readonly string[]): void {
  const width = Math.max(...files.map((file) => file.length));
  console.log(`\n${RELEASE}/`);
  for (const file of files)
    console.log(
      `  ${file.padEnd(width)} ${String(bytesOf(file).length).padStart(9)} bytes  ${sha256Of(file)}`,
    );
}

/** What can be taken back is done; what cannot, is left to a person. */
function finish(files: readonly string[]): void {
  const tag = tagOf(version);
  copyFileSync(join(ROOT, RELEASE, 'crds.yaml'), join(ROOT, RELEASED_KINDS));
  run('git', 'add', RELEASED_KINDS);
  run('git', 'commit', '--allow-empty', '-m', `Release ${version}`);
  run('git', 'tag', '-a', tag, '-m', `${name} ${version}`);
  const tarball = files.find((file) => file.endsWith('.tgz'));
  console.log(`\n${version} is committed, with its kinds, and has the tag ${tag}. What remains:`);
  console.log(`  git push --follow-tags`);
  console.log(`  npm publish ${RELEASE}/${tarball}`);
  console.log(`  publish the other files, and ${SUMS}, with the section of CHANGELOG.md`);
}

/** Exit code. */
function release(dry: boolean): number {
  const judged = candidate();
  const [never, notNow] = [unfit(judged), untimely(judged)];
  const refusals = [...never, ...(dry ? [] : notNow)];
  for (const refusal of refusals) console.error(refusal);
  if (refusals.length > 0) return 1;
  const files = buildRelease();
  printTable([...files, SUMS]);
  if (!dry) finish(files);
  else if (notNow.length > 0) console.log(`\nWithout --dry-run it would be refused:\n${notNow.join('\n')}`);
  return 0;
}

try {
  process.exitCode = release(process.argv.includes('--dry-run'));
} catch (error) {
  const { stderr, message } = error as Error & { stderr?: string };
  console.error(`The release could not be built: ${stderr?.trim() || message}`);
  process.exitCode = 1;
}
