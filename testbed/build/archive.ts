import {
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
    `No Debian archive is named in ${SOURCES}/sources.list or sources.list.d: its packages cannot be fetched.`,
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

/**
 * Hands over the content of a package of some Debian release, which may be another than the machine's. Fetched by apt, which
 * verifies its signature, without adding a source to the machine or installing anything.
 */
export async function fromArchive<T>(
  { name, release }: { name: string; release: string },
  use: (content: string) => Promise<T>,
): Promise<T> {
  const work = mkdtempSync(join(tmpdir(), `testbed-${name}-`));
  try {
    const list = join(work, 'sources.list');
    mkdirSync(join(work, 'lists', 'partial'), { recursive: true });
    const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
    writeFileSync(list, `deb [signed-by=${keyring}] ${archiveOf(machineSources())} ${release} main\n`);
    const own = [
      `Dir::Etc::sourcelist=${list}`,
      'Dir::Etc::sourceparts=/dev/null',
      `Dir::State::lists=${work}/lists`,
      'APT::Sandbox::User=root',
      'Acquire::Languages=none',
    ].flatMap((option) => ['-o', option]);
    await run('apt-get', [...own, 'update', '--quiet'], { cwd: work });
    await run('apt-get', [...own, 'download', name], { cwd: work });
    const archive = readdirSync(work).find((file) => file.endsWith('.deb'));
    if (!archive) throw new Error(`apt-get downloaded no ${name} of ${release}.`);
    const content = join(work, 'content');
    await run('dpkg-deb', ['--extract', join(work, archive), content]);
    return await use(content);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
