import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE } from '../layout';
import { run } from '../machine/command';
import { fromArchive } from './archive';

const VERSION = '2.42.0';
/** The Debian release that carries this Prometheus. */
const RELEASE = 'bookworm';
const PROGRAMS = ['prometheus', 'promtool'] as const;

export type Prometheus = Record<(typeof PROGRAMS)[number], string>;

/** Paths of Prometheus and promtool. No part of the testbed itself: fetched when a test first asks for it, and kept. */
export async function prometheus(): Promise<Prometheus> {
  const directory = join(CACHE, `prometheus-${VERSION}`);
  if (!existsSync(directory)) await fetchInto(directory);
  return { prometheus: join(directory, 'prometheus'), promtool: join(directory, 'promtool') };
}

/** The directory appears whole or not at all. */
async function fetchInto(directory: string): Promise<void> {
  const fresh = `${directory}.${process.pid}.new`;
  mkdirSync(fresh, { recursive: true });
  try {
    await fromArchive({ name: 'prometheus', release: RELEASE }, async (content) => {
      for (const name of PROGRAMS) {
        const program = join(content, 'usr', 'bin', name);
        const version = await run(program, ['--version']);
        if (!version.startsWith(`${name}, version ${VERSION}+`)) {
          throw new Error(
            `Debian ${RELEASE} holds "${version.split('\n')[0]}" instead of ${name} ${VERSION}.`,
          );
        }
        copyFileSync(program, join(fresh, name));
      }
    });
    renameSync(fresh, directory);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}
