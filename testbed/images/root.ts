import { readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { run } from '../machine/command';
import type { TarEntry } from './tar';

/** What an image's file system is put together from. */
export interface RootContent {
  /** Path in the image → file on this machine, copied with the libraries it is linked to. */
  readonly programs?: Readonly<Record<string, string>>;
  /** Programs whose libraries the image needs although it does not hold the programs themselves. */
  readonly librariesOf?: readonly string[];
  /** Path in the image → file on this machine, or the text itself. */
  readonly files?: Readonly<Record<string, { readonly from: string } | { readonly text: string }>>;
  readonly busybox?: boolean;
}

const BUSYBOX = '/bin/busybox';

const ACCOUNTS = {
  'etc/passwd': {
    text: 'root:x:0:0:root:/root:/bin/sh\nnode:x:1000:1000::/home/node:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n',
  },
  'etc/group': { text: 'root:x:0:\nnode:x:1000:\nnogroup:x:65534:\n' },
  'etc/nsswitch.conf': { text: 'hosts: files dns\n' },
};

/** The shared libraries of a program by their path; none for a static one. */
async function librariesOf(program: string): Promise<string[]> {
  const listing = await run('ldd', [program]).catch((error: Error) => {
    if (/not a dynamic executable|statically linked/.test(error.message)) return '';
    throw error;
  });
  return [...listing.matchAll(/(?:=> |^\s+)(\/\S+) \(0x/gm)].map((match) => match[1]!);
}

/** The files an image is made from, to tell whether one made earlier still fits. */
export async function sourcesOf(content: RootContent): Promise<Record<string, string>> {
  const programs = Object.values(content.programs ?? {});
  const libraries = (
    await Promise.all([...programs, ...(content.librariesOf ?? [])].map(librariesOf))
  ).flat();
  const sources: Record<string, string> = {};
  for (const library of libraries) sources[library.slice(1)] = library;
  for (const [path, file] of Object.entries(content.programs ?? {})) sources[path] = file;
  for (const [path, file] of Object.entries(content.files ?? {}))
    if ('from' in file) sources[path] = file.from;
  if (content.busybox) sources['bin/busybox'] = BUSYBOX;
  return sources;
}

export async function rootEntries(content: RootContent): Promise<TarEntry[]> {
  const entries: TarEntry[] = [
    { kind: 'directory', path: 'tmp', mode: 0o1777 },
    ...['root', 'proc', 'sys', 'dev', 'var', 'run', 'home', 'home/node'].map(
      (path): TarEntry => ({ kind: 'directory', path }),
    ),
  ];
  for (const [path, from] of Object.entries(await sourcesOf(content))) {
    const file = realpathSync(from);
    entries.push({ kind: 'file', path, mode: statSync(file).mode & 0o7777, content: readFileSync(file) });
  }
  for (const [path, file] of Object.entries({ ...ACCOUNTS, ...content.files })) {
    if ('text' in file) entries.push({ kind: 'file', path, content: Buffer.from(file.text) });
  }
  if (content.busybox) {
    const applets = (await run(BUSYBOX, ['--list'])).trim().split('\n');
    for (const name of applets.filter((name) => name !== 'busybox')) {
      entries.push({ kind: 'link', path: `bin/${name}`, target: 'busybox' });
    }
    entries.push({ kind: 'link', path: 'usr/bin/env', target: '/bin/busybox' });
  }
  return [...parentsOf(entries), ...entries];
}

/** Unpacking makes missing parents by itself, but with whatever mode it likes. */
function parentsOf(entries: readonly TarEntry[]): TarEntry[] {
  const own = new Set(entries.map((entry) => entry.path));
  const parents = new Set<string>();
  for (const { path } of entries) {
    for (let at = dirname(path); at !== '.'; at = dirname(at)) if (!own.has(at)) parents.add(at);
  }
  return [...parents].sort().map((path) => ({ kind: 'directory', path }));
}
