import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const ROOT = join(__dirname, '../..');

export interface Manifest {
  license: string;
  dependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
  private?: boolean;
}

/** What `npm pack --json` says of a tarball. */
export interface Tarball {
  filename: string;
  unpackedSize: number;
  files: { path: string; size: number; mode: number }[];
}

/** `npm pack`, as a person would, into `directory`. */
export function pack(directory: string): Tarball {
  // What the build prints is not part of the answer.
  const args = ['pack', '--json', '--foreground-scripts=false', '--pack-destination', directory];
  const [tarball] = JSON.parse(execFileSync('npm', args, { cwd: ROOT, encoding: 'utf8', stdio: 'pipe' }));
  return tarball;
}

/** A project of somebody else's after `npm install service-backup`. */
export class Project {
  readonly directory = mkdtempSync(join(tmpdir(), 'project-'));
  readonly installed = join(this.directory, 'node_modules/service-backup');
  readonly manifest: Manifest;

  /** The files of the directory `template` beside this test are what the project was before. */
  constructor(template: string, tarball: string) {
    cpSync(join(__dirname, template), this.directory, { recursive: true });
    this.install(tarball);
    this.manifest = JSON.parse(readFileSync(join(this.installed, 'package.json'), 'utf8'));
  }

  private install(tarball: string): void {
    const quick = ['--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund', '--fetch-retries=1'];
    try {
      this.run('npm', 'install', ...quick, tarball);
    } catch (error) {
      this.reachRegistry();
      throw error;
    }
  }

  /** Without a registry npm complains of something else, e.g. of a dependency tree that it cannot resolve. */
  private reachRegistry(): void {
    try {
      this.run('npm', 'ping', '--fetch-retries=0');
    } catch (error) {
      throw new Error(
        'npm reaches no registry, and the tests of the package install it into fresh projects: give npm a registry, or leave `npm run test:package` out.',
        { cause: error },
      );
    }
  }

  /** Runs the project's TypeScript compiler; its complaints are the error's message. */
  compile(config = '.'): void {
    this.run('node_modules/.bin/tsc', '-p', config);
  }

  /** Runs a program in the project's directory; returns what it printed. */
  run(program: string, ...args: string[]): string {
    try {
      return execFileSync(program, args, { cwd: this.directory, encoding: 'utf8', stdio: 'pipe' });
    } catch (error) {
      const { stdout = '', stderr = '', message } = error as Error & { stdout?: string; stderr?: string };
      throw new Error([message, stdout, stderr].join('\n'));
    }
  }

  remove(): void {
    rmSync(this.directory, { recursive: true });
  }
}
