import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../machine/command';

export const RESTIC_VERSION = '0.18.0';
/** The Debian release that carries this restic; the machine's own release may be older. */
const RELEASE = 'trixie';
const SOURCES = '/etc/apt';

/** The address of the Debian archive from which this machine installs its packages. */
export function archiveOf(sources: readonly string[]): string {
  for (const text of sources) {
    const lines = text.split('\n').filter((line) => !line.trimStart().startsWith('#'));
    for (const line of lines) {
      // Both forms apt knows: `deb [options] URI suite …` and `URIs: URI …`.
      const uri = /^(?:deb\s+(?:\[[^\]]*\]\s+)?|URIs:\s*)(\S+)/.exec(line)?.[1];
      if (uri && /\/debian\/?$/.test(uri)) return uri;
    }
  }
  throw new Error(
    `No Debian archive is named in ${SOURCES}/sources.list or sources.list.d: restic cannot be fetched.`,
  );
}

function machineSources(): string[] {
  const parts = join(SOURCES, 'sources.list.d');
  const files = [join(SOURCES, 'sources.list')];
  if (existsSync(parts)) files.push(...readdirSync(parts).map((name) => join(parts, name)));
  return files
    .filter((file) => /\.(list|sources)$/.test(file) && existsSync(file))
    .map((file) => readFileSync(file, 'utf8'));
}

/** Fetches the restic binary by apt, which verifies its signature, without adding a source to the machine. */
export async function fetchRestic(target: string): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), 'testbed-restic-'));
  try {
    const list = join(work, 'sources.list');
    mkdirSync(join(work, 'lists', 'partial'), { recursive: true });
    const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
    writeFileSync(list, `deb [signed-by=${keyring}] ${archiveOf(machineSources())} ${RELEASE} main\n`);
    const own = [
      ...['-o', `Dir::Etc::sourcelist=${list}`, '-o', 'Dir::Etc::sourceparts=/dev/null'],
      ...[
        '-o',
        `Dir::State::lists=${work}/lists`,
        '-o',
        'APT::Sandbox::User=root',
        '-o',
        'Acquire::Languages=none',
      ],
    ];
    await run('apt-get', [...own, 'update', '--quiet'], { cwd: work });
    await run('apt-get', [...own, 'download', 'restic'], { cwd: work });
    const archive = readdirSync(work).find((name) => name.endsWith('.deb'));
    if (!archive) throw new Error(`apt-get downloaded no restic of ${RELEASE}.`);
    await run('dpkg-deb', ['--extract', join(work, archive), join(work, 'content')]);
    const restic = join(work, 'content', 'usr', 'bin', 'restic');
    const version = await run(restic, ['version']);
    if (!version.startsWith(`restic ${RESTIC_VERSION} `)) {
      throw new Error(`Debian ${RELEASE} holds "${version.trim()}" instead of restic ${RESTIC_VERSION}.`);
    }
    copyFileSync(restic, target);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
