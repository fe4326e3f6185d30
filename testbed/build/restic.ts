import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../machine/command';
import { fromArchive } from './archive';

export const RESTIC_VERSION = '0.18.0';
/** The Debian release that carries this restic; the machine's own release may be older. */
const RELEASE = 'trixie';

export async function fetchRestic(target: string): Promise<void> {
  await fromArchive({ name: 'restic', release: RELEASE }, async (content) => {
    const restic = join(content, 'usr', 'bin', 'restic');
    const version = await run(restic, ['version']);
    if (!version.startsWith(`restic ${RESTIC_VERSION} `)) {
      throw new Error(`Debian ${RELEASE} holds "${version.trim()}" instead of restic ${RESTIC_VERSION}.`);
    }
    copyFileSync(restic, target);
  });
}
