import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE, GO_MODULES, paths } from '../layout';
import { run } from '../machine/command';
import { fetchRestic, RESTIC_VERSION } from './restic';

/** Tells how the build goes: what is being compiled, and how much of it is done. */
export type OnBuild = (waitingFor: string) => void;

const KUBERNETES = 'v1.34.4';
const VERSION = 'k8s.io/component-base/version';
/** No C compiler and no paths of this machine in the binaries; without symbols they are a third smaller. */
const FLAGS = [
  '-trimpath',
  '-buildvcs=false',
  `-ldflags=-s -w -X ${VERSION}.gitVersion=${KUBERNETES} -X ${VERSION}.gitMajor=1 -X ${VERSION}.gitMinor=34`,
];
const GO_ENVIRONMENT = { CGO_ENABLED: '0' };

/** The definitions the CSI driver speaks, from modules that the Kubernetes build needs anyway. */
const PROTOS = {
  'csi.proto': { module: 'github.com/container-storage-interface/spec', file: 'csi.proto' },
  'registration.proto': { module: 'k8s.io/kubelet', file: 'pkg/apis/pluginregistration/v1/api.proto' },
};

function key(): string {
  const hash = createHash('sha256').update(JSON.stringify([FLAGS, RESTIC_VERSION, PROTOS]));
  for (const module of GO_MODULES) {
    for (const file of ['go.mod', 'go.sum']) hash.update(readFileSync(join(module, file)));
  }
  return hash.digest('hex').slice(0, 16);
}

/** Where the binaries for this version of the source are: another go.sum is another directory. */
export const buildDirectory = () => join(CACHE, key());
export const isBuilt = () => existsSync(buildDirectory());

/** A running testbed keeps to the binaries that it was started with, whatever is checked out since. */
const inUse = () => (existsSync(paths.built) ? paths.built : buildDirectory());
export const binary = (name: string) => join(inUse(), 'bin', name);
export const protoFile = (name: keyof typeof PROTOS) => join(inUse(), 'proto', name);

/** Builds what is not in the cache yet. The directory appears whole or not at all. */
export async function build(onBuild: OnBuild = () => undefined): Promise<void> {
  if (isBuilt()) return;
  const fresh = join(CACHE, `${key()}.${process.pid}.new`);
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(join(fresh, 'bin'), { recursive: true });
  mkdirSync(join(fresh, 'proto'));
  try {
    await Promise.all([fetchRestic(join(fresh, 'bin', 'restic')), compile(join(fresh, 'bin'), onBuild)]);
    for (const [name, source] of Object.entries(PROTOS)) {
      const directory = await moduleDirectory(source.module);
      writeFileSync(join(fresh, 'proto', name), readFileSync(join(directory, source.file)));
    }
    renameSync(fresh, buildDirectory());
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

/** Runs Go in a module's directory. */
export const go = (module: string, args: string[], onLine?: (line: string) => void) =>
  run('go', args, { cwd: module, env: GO_ENVIRONMENT, onLine }).catch((error: Error) => {
    if (/ENOENT/.test(error.message)) {
      throw new Error(
        'The testbed builds Kubernetes from source and finds no `go` on the PATH: install Go 1.26 or newer.',
      );
    }
    throw error;
  });

async function compile(into: string, onBuild: OnBuild): Promise<void> {
  onBuild('the Go modules to be downloaded');
  let packages = 0;
  for (const module of GO_MODULES)
    packages += (await go(module, ['list', '-deps', 'tool'])).split('\n').length;
  let done = 0;
  onBuild('go build');
  for (const module of GO_MODULES) {
    // With -v, Go names every package it compiles; what it finds in its own cache it leaves out.
    await go(module, ['build', '-v', ...FLAGS, '-o', `${into}/`, 'tool'], (line) => {
      if (/\s/.test(line)) return;
      done++;
      onBuild(`${line} (package ${done} of at most ${packages})`);
    });
  }
  // The module calls its only program `server`.
  renameSync(join(into, 'server'), join(into, 'etcd'));
}

async function moduleDirectory(module: string): Promise<string> {
  return (JSON.parse(await go(GO_MODULES[0], ['mod', 'download', '-json', module])) as { Dir: string }).Dir;
}
