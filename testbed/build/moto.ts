import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE } from '../layout';
import { run } from '../machine/command';

/** Every package with its version and its hash. */
const LOCK = join(__dirname, '..', 'python', 'moto.txt');

/** The command of moto, a second S3 system, written by others than the first. Installed when a test first asks for it, and kept. */
export async function moto(): Promise<[program: string, ...args: string[]]> {
  const hash = createHash('sha256').update(readFileSync(LOCK)).digest('hex').slice(0, 16);
  const directory = join(CACHE, `moto-${hash}`);
  if (!existsSync(directory)) await installInto(directory);
  return [join(directory, 'bin', 'python'), '-m', 'moto.server'];
}

/** The directory appears whole or not at all. */
async function installInto(directory: string): Promise<void> {
  const fresh = `${directory}.${process.pid}.new`;
  const locked = ['--require-hashes', '--no-deps', '--only-binary=:all:', '--requirement', LOCK];
  try {
    await run('python3', ['-m', 'venv', fresh]).catch((error: Error) => {
      throw new Error(
        `moto needs python3 with venv and pip (on Debian: apt-get install python3-venv): ${error.message}`,
      );
    });
    await run(join(fresh, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', ...locked]);
    renameSync(fresh, directory);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}
