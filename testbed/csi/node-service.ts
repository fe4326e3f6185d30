import {
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { status } from '@grpc/grpc-js';
import { run } from '../machine/command';
import { type Handlers, RpcError } from './rpc';
import type { Volume, Volumes } from './volumes';

/** What ceph-csi leaves beside the mount of a volume, and removes when it unstages it. */
const META = 'image-meta.json';

/** The driver's half on a node, inside the node's mount namespace: it mounts what the kubelet asks for. */
export function nodeService(volumes: Volumes, node: string): Handlers {
  return {
    NodeGetInfo: () => ({ node_id: node }),
    NodeGetCapabilities: () => ({ capabilities: [{ rpc: { type: 'STAGE_UNSTAGE_VOLUME' } }] }),

    async NodeStageVolume(request) {
      const volume = volumes.get(request.volume_id ?? '');
      if (!volume) throw new RpcError(status.NOT_FOUND, `there is no volume ${request.volume_id}`);
      if (volume.node !== node) {
        throw new RpcError(
          status.FAILED_PRECONDITION,
          `volume ${volume.id} is attached to ${volume.node}, not to ${node}`,
        );
      }
      const staging = request.staging_target_path!;
      const target = stagedAt(volume, staging);
      if (isMounted(target)) return {};
      mkdirSync(target, { recursive: true });
      let device = volumes.device(node, volume.id);
      if (!device) {
        device = (await run('losetup', ['--find', '--show', volumes.image(volume.id)])).trim();
        volumes.putDevice(node, volume.id, device);
      }
      await run('mount', ['-t', 'ext4', device, target]);
      if (volume.style === 'ceph')
        writeFileSync(join(staging, META), JSON.stringify({ volume: volume.id, device }));
      return {};
    },

    async NodeUnstageVolume(request) {
      const volume = volumes.get(request.volume_id ?? '');
      if (!volume) return {};
      const staging = request.staging_target_path!;
      const target = stagedAt(volume, staging);
      if (isMounted(target)) await run('umount', [target]);
      const device = volumes.device(node, volume.id);
      if (device && isHeld(device)) {
        throw new RpcError(
          status.INTERNAL,
          `unmap of ${volume.id} failed: (16) Device or resource busy (${device})`,
        );
      }
      if (device) await run('losetup', ['--detach', device]);
      volumes.removeDevice(node, volume.id);
      if (volume.style === 'ceph') {
        rmSync(join(staging, META), { force: true });
        removeDirectory(target);
      }
      return {};
    },

    async NodePublishVolume(request) {
      const volume = volumes.get(request.volume_id ?? '');
      if (!volume) throw new RpcError(status.NOT_FOUND, `there is no volume ${request.volume_id}`);
      const target = request.target_path!;
      if (!isMounted(target)) {
        mkdirSync(target, { recursive: true });
        await run('mount', ['--bind', stagedAt(volume, request.staging_target_path!), target]);
      }
      if (request.readonly) await run('mount', ['-o', 'remount,bind,ro', target]);
      return {};
    },

    async NodeUnpublishVolume(request) {
      const target = request.target_path!;
      if (isMounted(target)) await run('umount', [target]);
      removeDirectory(target);
      return {};
    },
  };
}

const stagedAt = (volume: Volume, staging: string) =>
  volume.style === 'ceph' ? join(staging, volume.id) : staging;

const isMounted = (path: string) =>
  readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .some((line) => line.split(' ')[4] === path);

/**
 * Whether a file system on the device is mounted in any mount namespace, as one of a backup's pod may be. It is
 * what makes the unmap of an RBD fail; to detach a loop device would succeed, and hide it.
 */
function isHeld(device: string): boolean {
  try {
    closeSync(openSync(device, constants.O_RDONLY | constants.O_EXCL));
    return false;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EBUSY') return true;
    throw error;
  }
}

function removeDirectory(path: string): void {
  try {
    rmdirSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
