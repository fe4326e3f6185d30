import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildDirectory } from '../build/binaries';
import { CACHE } from '../layout';
import { type ImageConfig, ociArchive } from './oci';
import { type RootContent, rootEntries, sourcesOf } from './root';

interface Image {
  readonly name: string;
  readonly config: ImageConfig;
  readonly content: RootContent;
}

export const PAUSE_IMAGE = 'testbed.local/pause:1';

const PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const CERTIFICATES = { 'etc/ssl/certs/ca-certificates.crt': { from: '/etc/ssl/certs/ca-certificates.crt' } };

/** The Node of the `node` package, which is the one the product's pods run on. */
const nodeBinary = () => join(__dirname, '..', '..', 'node_modules', 'node', 'bin', 'node');

const restic = () => join(buildDirectory(), 'bin', 'restic');

/**
 * Stand-ins for the stock images, under their names, so that the product's manifests run here unchanged: a
 * kubelet whose image is already there asks no registry.
 */
const images = (): Image[] => [
  {
    name: 'docker.io/library/node:24.9.0-bookworm-slim',
    config: { Env: [PATH], Cmd: ['node'] },
    content: {
      programs: { 'usr/local/bin/node': nodeBinary() },
      // restic is copied by an init container from its own image into pods of this one
      librariesOf: [restic()],
      files: CERTIFICATES,
      busybox: true,
    },
  },
  {
    name: 'docker.io/restic/restic:0.18.0',
    config: { Env: [PATH], Entrypoint: ['/usr/bin/restic'] },
    content: { programs: { 'usr/bin/restic': restic() }, files: CERTIFICATES, busybox: true },
  },
  {
    name: 'docker.io/library/busybox:1.36',
    config: { Env: [PATH], Cmd: ['sh'] },
    content: { busybox: true },
  },
  // A pod's first container only holds its namespaces; containerd ends it by SIGKILL.
  {
    name: PAUSE_IMAGE,
    config: { Env: [PATH], Entrypoint: ['/bin/sleep', 'infinity'] },
    content: { busybox: true },
  },
];

/** Makes the images that are not in the cache, or whose files changed, and gives their archives. */
export async function imageArchives(onMake: (name: string) => void = () => undefined): Promise<string[]> {
  const directory = join(CACHE, 'images');
  mkdirSync(directory, { recursive: true });
  return Promise.all(
    images().map(async (image) => {
      const archive = join(directory, `${await keyOf(image)}.tar`);
      if (!existsSync(archive)) {
        onMake(image.name);
        const fresh = `${archive}.${process.pid}.new`;
        writeFileSync(fresh, ociArchive(image.name, image.config, await rootEntries(image.content)));
        renameSync(fresh, archive);
      }
      return archive;
    }),
  );
}

async function keyOf(image: Image): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(image));
  for (const name of ['tar.ts', 'oci.ts', 'root.ts']) hash.update(readFileSync(join(__dirname, name)));
  for (const [path, file] of Object.entries(await sourcesOf(image.content))) {
    const { size, mtimeMs } = statSync(file);
    hash.update(JSON.stringify([path, file, size, mtimeMs]));
  }
  return hash.digest('hex').slice(0, 16);
}
