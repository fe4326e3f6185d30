import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { version } from '../../package.json';
import type { Bom } from '../../scripts/release/sbom';
import { ROOT } from './project';

const directory = mkdtempSync(join(tmpdir(), 'release-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** A clone of the repository as it is now, after `npm ci`. */
class Clone {
  readonly path: string;

  constructor(name: string) {
    this.path = join(directory, name);
    const files = execFileSync('git', ['ls-files', '-z', '-co', '--exclude-standard'], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    for (const file of files.split('\0').filter(Boolean)) cpSync(join(ROOT, file), join(this.path, file));
    symlinkSync(join(ROOT, 'node_modules'), join(this.path, 'node_modules'));
    this.git('init', '-q');
    // A link is no directory, for .gitignore.
    writeFileSync(join(this.path, '.git/info/exclude'), 'node_modules\n');
    this.commit();
  }

  git(...args: string[]): string {
    const who = ['-c', 'user.name=Eva', '-c', 'user.email=eva@example.org'];
    return execFileSync('git', [...who, ...args], { cwd: this.path, encoding: 'utf8' });
  }

  commit(): void {
    this.git('add', '-A');
    this.git('commit', '-q', '-m', 'As it is');
  }

  read(file: string): string {
    return readFileSync(join(this.path, file), 'utf8');
  }

  write(file: string, text: string): void {
    writeFileSync(join(this.path, file), text);
  }

  release(...args: string[]): { status: number | null; stdout: string; stderr: string } {
    const name = { GIT_AUTHOR_NAME: 'Eva', GIT_COMMITTER_NAME: 'Eva' };
    const mail = { GIT_AUTHOR_EMAIL: 'eva@example.org', GIT_COMMITTER_EMAIL: 'eva@example.org' };
    return spawnSync('npm', ['run', 'release', '--silent', '--', ...args], {
      cwd: this.path,
      encoding: 'utf8',
      env: { ...process.env, ...name, ...mail },
    });
  }
}

const FILES = ['crds.yaml', 'sbom.cdx.json', `service-backup-${version}.tgz`, 'service-backup.yaml'];
let sums: string;

test('a dry run builds all that a release has, and says what would hold it up', () => {
  const clone = new Clone('one');
  clone.write('CHANGELOG.md', clone.read('CHANGELOG.md').replace(/^(## \[.+\]) - .+$/m, '$1 - unreleased'));
  clone.write('news.txt', 'not committed');
  const { status, stdout, stderr } = clone.release('--dry-run');
  expect({ status, stderr: stderr.replace(/^npm warn.*\n/gm, '') }).toEqual({ status: 0, stderr: '' });
  for (const file of [...FILES, 'SHA256SUMS'])
    expect(stdout).toMatch(new RegExp(`^  ${file} +\\d+ bytes  [0-9a-f]{64}$`, 'm'));
  expect(stdout).toContain(
    `Without --dry-run it would be refused:\nCHANGELOG.md says 'unreleased' of ${version}: write the day of the release, as 2027-01-31.\nThe working tree is not what is committed (`,
  );
  sums = clone.read('build/release/SHA256SUMS');
  const checked = execFileSync('sha256sum', ['-c', 'SHA256SUMS'], {
    cwd: join(clone.path, 'build/release'),
    encoding: 'utf8',
  });
  expect(checked).toBe(FILES.map((file) => `${file}: OK\n`).join(''));
  expect(clone.git('tag')).toBe('');

  const kinds = parseAllDocuments(clone.read('build/release/service-backup.yaml')).map((d) => d.toJS().kind);
  const first = (kind: string) => kinds.indexOf(kind);
  const order = [
    'Namespace',
    'CustomResourceDefinition',
    'ServiceAccount',
    'ConfigMap',
    'PodTemplate',
    'ValidatingAdmissionPolicy',
    'Deployment',
  ];
  expect(order.map(first)).toEqual(order.map(first).sort((a, b) => a - b));
  expect([first('Namespace'), first('Deployment'), first('BackupConfig')]).toEqual([0, kinds.length - 1, -1]);

  const { components }: Bom = JSON.parse(clone.read('build/release/sbom.cdx.json'));
  const named = (name: string) => components.find((one) => one.name === name);
  expect(named('yaml')?.properties).toEqual([]);
  expect(named('pino')?.properties).toContainEqual({ name: 'service-backup:inlined', value: 'true' });
  expect(named('jest')).toBeUndefined();
  expect(components.filter(({ type }) => type === 'container').map(({ name }) => name)).toEqual([
    'docker.io/library/node',
    'docker.io/restic/restic',
  ]);
}, 180_000);

test('a release elsewhere has the same bytes; it is committed and has a tag, and is made once', () => {
  const clone = new Clone('another/two');
  clone.write('CHANGELOG.md', clone.read('CHANGELOG.md').replace(/^(## \[.+\]) - .+$/m, '$1 - 2026-12-24'));
  clone.commit();
  const { status, stdout } = clone.release();
  expect(status).toBe(0);
  expect(stdout).toContain(`npm publish build/release/service-backup-${version}.tgz`);
  expect(clone.read('build/release/SHA256SUMS')).toBe(sums);
  expect(clone.read('released/crds.yaml')).toBe(clone.read('build/release/crds.yaml'));
  expect(clone.git('status', '--porcelain')).toBe('');
  expect(clone.git('describe')).toBe(`v${version}\n`);

  expect(clone.release()).toMatchObject({
    status: 1,
    stdout: '',
    stderr: expect.stringContaining(`${version} was released already (tag v${version})`),
  });
}, 180_000);
