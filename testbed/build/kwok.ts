import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE } from '../layout';
import { go } from './binaries';

/** A module of its own: the testbed of real nodes does not need it, and its binaries are kept by their own sources. */
const MODULE = join(__dirname, '..', 'go', 'kwok');
const FLAGS = ['-trimpath', '-buildvcs=false', '-ldflags=-s -w'];

function key(): string {
  const hash = createHash('sha256').update(JSON.stringify(FLAGS));
  for (const file of ['go.mod', 'go.sum']) hash.update(readFileSync(join(MODULE, file)));
  return hash.digest('hex').slice(0, 16);
}

/** Path of kwok, which plays the kubelets of simulated nodes. Built when a test first asks for it, and kept. */
export async function kwok(onBuild: (waitingFor: string) => void = () => undefined): Promise<string> {
  const directory = join(CACHE, `kwok-${key()}`);
  if (!existsSync(directory)) {
    const fresh = `${directory}.${process.pid}.new`;
    mkdirSync(fresh, { recursive: true });
    try {
      onBuild('go build of kwok');
      // The directory appears whole or not at all.
      await go(MODULE, ['build', ...FLAGS, '-o', `${fresh}/`, 'tool']);
      renameSync(fresh, directory);
    } finally {
      rmSync(fresh, { recursive: true, force: true });
    }
  }
  return join(directory, 'kwok');
}
