import { renameSync, truncateSync, writeFileSync } from 'node:fs';
import { status } from '@grpc/grpc-js';
import type { StagingStyle } from '../layout';
import { run } from '../machine/command';
import { type Handlers, RpcError } from './rpc';
import type { Volume, Volumes } from './volumes';

const MEBIBYTE = 1024 * 1024;
const SMALLEST = 16 * MEBIBYTE;
/** A journal as every ext4 in earnest has one, but a small one; the tables are written later by the kernel. */
const EXT4 = [
  '-q',
  '-F',
  '-m',
  '0',
  '-J',
  'size=4',
  '-E',
  'lazy_itable_init=1,lazy_journal_init=1,root_owner=0:0',
];

/** The driver's half that makes volumes and says on which node one may be used: at most one at a time. */
export function controllerService(volumes: Volumes): Handlers {
  const known = (id = ''): Volume => {
    const volume = volumes.get(id);
    if (!volume) throw new RpcError(status.NOT_FOUND, `there is no volume ${id}`);
    return volume;
  };
  const answer = (volume: Volume) => ({
    volume: { volume_id: volume.id, capacity_bytes: volume.size, volume_context: { staging: volume.style } },
  });
  return {
    ControllerGetCapabilities: () => ({
      capabilities: ['CREATE_DELETE_VOLUME', 'PUBLISH_UNPUBLISH_VOLUME'].map((type) => ({ rpc: { type } })),
    }),
    ValidateVolumeCapabilities: (request) => {
      known(request.volume_id);
      return { confirmed: { volume_capabilities: request.volume_capabilities } };
    },

    async CreateVolume(request) {
      const id = volumes.idFor(request.name ?? '');
      const existing = volumes.get(id);
      if (existing) return answer(existing);
      const size = Math.max(Number(request.capacity_range?.required_bytes ?? 0), SMALLEST);
      const fresh = `${volumes.image(id)}.new`;
      writeFileSync(fresh, '');
      truncateSync(fresh, size);
      await run('mkfs.ext4', [...EXT4, fresh]);
      renameSync(fresh, volumes.image(id));
      const style: StagingStyle = request.parameters?.staging === 'ceph' ? 'ceph' : 'plain';
      const volume = { id, size, style };
      volumes.put(volume);
      return answer(volume);
    },

    DeleteVolume(request) {
      const volume = volumes.get(request.volume_id ?? '');
      if (volume?.node) {
        throw new RpcError(
          status.FAILED_PRECONDITION,
          `volume ${volume.id} is still attached to ${volume.node}`,
        );
      }
      if (volume) volumes.remove(volume.id);
      return {};
    },

    ControllerPublishVolume(request) {
      const volume = known(request.volume_id);
      if (volume.node && volume.node !== request.node_id) {
        throw new RpcError(status.FAILED_PRECONDITION, `volume ${volume.id} is attached to ${volume.node}`);
      }
      volumes.put({ ...volume, node: request.node_id });
      return { publish_context: {} };
    },

    ControllerUnpublishVolume(request) {
      const volume = volumes.get(request.volume_id ?? '');
      if (volume && (!request.node_id || volume.node === request.node_id))
        volumes.put({ ...volume, node: undefined });
      return {};
    },
  };
}
