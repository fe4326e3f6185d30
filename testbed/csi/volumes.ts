import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import type { StagingStyle } from '../layout';

export interface Volume {
  readonly id: string;
  readonly size: number;
  /**
   * How it is staged. `plain`: mounted on the staging path itself; `ceph`: on a directory below it that is named
   * by the volume, as ceph-csi does for RBD.
   */
  readonly style: StagingStyle;
  /** The node it is attached to. */
  readonly node?: string;
}

/** A loop device is a node's own: two nodes with a device each on one image would share a superblock unnoticed. */
interface Device {
  readonly device: string;
  readonly image: string;
}

/** What the driver knows, in files, since controller and nodes are processes that get killed and started again. */
export class Volumes {
  constructor(private readonly directory: string) {
    for (const part of ['volumes', 'devices']) mkdirSync(join(directory, part), { recursive: true });
  }

  readonly faults = () => join(this.directory, 'fail');

  idFor = (name: string) => `vol-${createHash('sha256').update(name).digest('hex').slice(0, 16)}`;

  image(id: string): string {
    return join(this.directory, 'volumes', `${id}.img`);
  }

  get(id: string): Volume | undefined {
    return read<Volume>(this.record(id));
  }

  put(volume: Volume): void {
    write(this.record(volume.id), volume);
  }

  remove(id: string): void {
    rmSync(this.image(id), { force: true });
    rmSync(this.record(id), { force: true });
  }

  /** The loop device of the volume on this node, if the kernel still backs it by the volume's image. */
  device(node: string, id: string): string | undefined {
    const found = read<Device>(this.deviceRecord(node, id));
    return found && backingFile(found.device) === this.image(id) ? found.device : undefined;
  }

  putDevice(node: string, id: string, device: string): void {
    write(this.deviceRecord(node, id), { device, image: this.image(id) } satisfies Device);
  }

  removeDevice(node: string, id: string): void {
    rmSync(this.deviceRecord(node, id), { force: true });
  }

  /** The devices of a node, or of all nodes, that still exist. */
  devices(node = ''): Device[] {
    const directory = join(this.directory, 'devices');
    const files = readdirSync(directory).filter((name) => name.endsWith('.json') && name.startsWith(node));
    const known = files.map((name) => read<Device>(join(directory, name)));
    return known.filter((one) => one !== undefined).filter((one) => backingFile(one.device) === one.image);
  }

  private record(id: string): string {
    // The id becomes part of a path, and comes from outside.
    if (!/^[\w-]+$/.test(id)) throw new Error(`"${id}" is no volume of this driver.`);
    return join(this.directory, 'volumes', `${id}.json`);
  }

  private deviceRecord(node: string, id: string): string {
    return join(this.directory, 'devices', `${node}.${id}.json`);
  }
}

function backingFile(device: string): string | undefined {
  try {
    return readFileSync(`/sys/block/${basename(device)}/loop/backing_file`, 'utf8').trim();
  } catch {
    return undefined; // detached
  }
}

function read<T>(file: string): T | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function write(file: string, value: object): void {
  writeFileSync(`${file}.new`, JSON.stringify(value));
  renameSync(`${file}.new`, file);
}
