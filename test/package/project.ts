import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export const ROOT = join(__dirname, '../..');

export interface Manifest {
  license: string;
  bin: Record<string, string>;
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

/**
 * A project of somebody else's after `npm install service-backup`: the unpacked tarball, and beside it what it depends on and what
 * the project itself depends on. The packages are those of this repository, so that no registry is needed.
 */
export class Project {
  readonly directory = mkdtempSync(join(tmpdir(), 'project-'));
  readonly installed = join(this.directory, 'node_modules/service-backup');
  readonly manifest: Manifest;

  constructor(tarball: string, packages: readonly string[]) {
    mkdirSync(join(this.directory, 'node_modules/.bin'), { recursive: true });
    mkdirSync(this.installed);
    execFileSync('tar', ['-xzf', tarball, '--strip-components=1', '-C', this.installed]);
    this.manifest = JSON.parse(readFileSync(join(this.installed, 'package.json'), 'utf8'));
    for (const name of [...Object.keys(this.manifest.dependencies), ...packages]) {
      const link = join(this.directory, 'node_modules', name);
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(join(ROOT, 'node_modules', name), link);
    }
    for (const [name, file] of Object.entries(this.manifest.bin))
      symlinkSync(join('../service-backup', file), join(this.directory, 'node_modules/.bin', name));
  }

  /** Copies the files of a directory beside this test into the project. */
  add(name: string): void {
    cpSync(join(__dirname, name), this.directory, { recursive: true });
  }

  /** Runs the TypeScript compiler on the project; its complaints are the error's message. */
  compile(): void {
    this.run(process.execPath, join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', '.');
  }

  /** Runs a program in the project's directory; returns what it printed. */
  run(program: string, ...args: string[]): string {
    try {
      // Of this repository's npm and jest nothing is handed on.
      const env = { PATH: process.env.PATH, HOME: process.env.HOME };
      return execFileSync(program, args, { cwd: this.directory, encoding: 'utf8', stdio: 'pipe', env });
    } catch (error) {
      const { stdout = '', stderr = '', message } = error as Error & { stdout?: string; stderr?: string };
      throw new Error([message, stdout, stderr].join('\n'));
    }
  }
}
