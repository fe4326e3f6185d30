import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE } from '../layout';
import { go } from './binaries';

const FLAGS = ['-trimpath', '-buildvcs=false', '-ldflags=-s -w'];

/** A module of its own for each: the testbed of real nodes needs none of them, and each is kept by its own sources. */
export type Tool = 'kwok' | 'k8up' | 'rclone';
export const moduleOf = (tool: Tool): string => join(__dirname, '..', 'go', tool);

function key(tool: Tool): string {
  const hash = createHash('sha256').update(JSON.stringify(FLAGS));
  for (const file of ['go.mod', 'go.sum']) hash.update(readFileSync(join(moduleOf(tool), file)));
  return hash.digest('hex').slice(0, 16);
}

/** Path of a program that is no part of the testbed of real nodes. Built when something first asks for it, and kept. */
export async function tool(
  name: Tool,
  onBuild: (waitingFor: string) => void = () => undefined,
): Promise<string> {
  const directory = join(CACHE, `${name}-${key(name)}`);
  if (!existsSync(directory)) {
    const fresh = `${directory}.${process.pid}.new`;
    mkdirSync(fresh, { recursive: true });
    try {
      onBuild(`go build of ${name}`);
      // The directory appears whole or not at all.
      await go(moduleOf(name), ['build', ...FLAGS, '-o', `${fresh}/`, 'tool']);
      renameSync(fresh, directory);
    } finally {
      rmSync(fresh, { recursive: true, force: true });
    }
  }
  return join(directory, name);
}
