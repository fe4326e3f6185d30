import { createHash } from 'node:crypto';
import { DEFAULTS } from '../api/group';
import type { PersistentVolumeClaim, Pod } from '../kube/objects';
import { type DriverStaging, stagingStyle } from './drivers';
import type { Failure } from './failure';
import { holdsOn } from './node-affinity';
import type { AttachmentView, NodeView, VolumeView } from './views';

/** Where an item can be read, and what says so. */
export interface Placement {
  node: string;
  /** The exact mountpoint on the node. */
  path: string;
  because: string;
  /** The VolumeAttachment that decided, to be looked at again before a Job is made. */
  attachment?: string;
}

/** How a bucket is read: from any node. */
export interface BucketPlacement {
  node: '';
  because: string;
  /** The Secret with its keys. */
  secret: string;
  /** The claim that it is copied to; none: a volume of the Job's own. */
  claim?: string;
}

export type Place = Placement | Failure;

export const isPlacement = <T extends Placement | BucketPlacement>(place: T | Failure): place is T =>
  'node' in place;

export const isOfBucket = (place: Placement | BucketPlacement): place is BucketPlacement => 'secret' in place;

/** What of the cluster decides where one claim's volume is. */
export interface Whereabouts {
  /** `namespace/name` of the claim, for messages. */
  key: string;
  claim?: PersistentVolumeClaim;
  volume?: VolumeView;
  /** VolumeAttachments of the volume. */
  attachments: readonly AttachmentView[];
  /** Pods of the claim's namespace. */
  pods: readonly Pod[];
  nodes: readonly NodeView[];
  /** True unless the CSIDriver says that nothing is attached. */
  attachRequired: boolean;
  drivers: readonly DriverStaging[];
  /** The kubelets' directory. @default '/var/lib/kubelet' */
  kubelet?: string;
}

/** Whether a volume is not somebody else's. */
export const belongsTo = (
  { claim }: Pick<VolumeView, 'claim'>,
  its: { namespace?: string; name: string },
): boolean => !claim || (claim.namespace === its.namespace && claim.name === its.name);

const failed = (reason: Failure['reason'], message: string): Failure => ({ reason, message });

/** Node, then mount: VolumeAttachment → a pod that mounts the claim → the volume's own node affinity. */
export function placementOf(at: Whereabouts): Place {
  const { key, claim, volume } = at;
  if (!claim)
    return failed(
      'ClaimNotFound',
      `There is no claim ${key}: correct its name in the ServiceBackup, or create it.`,
    );
  if (!claim.spec?.volumeName || claim.status?.phase !== 'Bound' || !volume)
    return failed(
      'ClaimNotBound',
      `Claim ${key} is not bound to a volume (phase ${claim.status?.phase ?? 'unknown'}): start a pod that uses it, or see 'kubectl describe pvc ${claim.metadata.name} -n ${claim.metadata.namespace}'.`,
    );
  if (!belongsTo(volume, claim.metadata))
    return failed(
      'ClaimNotBound',
      `Claim ${key} names volume ${volume.name}, which is bound to another claim: nothing of it is read; see 'kubectl describe pv ${volume.name}'.`,
    );
  if (volume.block)
    return failed(
      'BlockVolume',
      `Claim ${key} is a raw block device (volumeMode Block), which has no files to back up: take it out of the ServiceBackup.`,
    );
  if (!volume.csi)
    return failed(
      'VolumeKindNotSupported',
      `Volume ${volume.name} of claim ${key} is not provided by a CSI driver: move the data to a claim whose StorageClass is.`,
    );
  const path = mountOf(volume.csi, at);
  if (typeof path !== 'string') return path;
  const found = nodeOf(at);
  return 'node' in found ? { ...found, path } : found;
}

function mountOf(csi: NonNullable<VolumeView['csi']>, at: Whereabouts): string | Failure {
  const { driver, handle } = csi;
  const style = stagingStyle(driver, at.drivers);
  if (style === 'none')
    return failed(
      'DriverNotStaged',
      `CSI driver ${driver} of claim ${at.key} mounts volumes straight into pods, so that no directory of the node can be read. If it does stage, say so in BackupConfig: drivers: [{name: ${driver}, staging: plain}].`,
    );
  const digest = createHash('sha256').update(handle).digest('hex');
  const globalmount = `${at.kubelet ?? DEFAULTS.kubeletDirectory}/plugins/kubernetes.io/csi/${driver}/${digest}/globalmount`;
  if (style === 'plain') return globalmount;
  // A handle becomes part of a path on the host: it must stay one segment.
  if (!/^[^/\0]+$/.test(handle) || handle === '.' || handle === '..')
    return failed(
      'DriverNotStaged',
      `The volume handle '${handle}' of claim ${at.key} cannot be a directory's name, but driver ${driver} has staging 'handle': correct 'drivers' in BackupConfig.`,
    );
  return `${globalmount}/${handle}`;
}

function nodeOf(at: Whereabouts): Omit<Placement, 'path'> | Failure {
  const attached = at.attachments
    .filter((attachment) => attachment.attached && !attachment.deleting)
    .map(({ node, name }) => ({ node, because: `VolumeAttachment ${name}`, attachment: name }));
  const mounting = at.pods
    .filter((pod) => pod.status?.phase === 'Running' && pod.spec?.nodeName && mounts(pod, at.claim!))
    .filter((pod) => !pod.metadata.deletionTimestamp)
    .map((pod) => ({ node: pod.spec!.nodeName!, because: `Pod ${pod.metadata.name}` }));
  const chosen = preferred(attached, at.nodes) ?? preferred(mounting, at.nodes);
  if (chosen) return chosen;

  if (at.attachRequired) return notAttached(at);
  const { affinity, name } = at.volume!;
  const near = affinity ? at.nodes.filter((node) => holdsOn(affinity, node)) : [];
  // An affinity to many nodes (a zone) tells where a volume may be, not where it is.
  if (near.length === 1) return { node: near[0]!.name, because: `node affinity of PersistentVolume ${name}` };
  return notAttached(at);
}

function notAttached({ key, attachments }: Whereabouts): Failure {
  const moving = attachments[0];
  const why = moving
    ? `its VolumeAttachment ${moving.name} to ${moving.node} is ${moving.deleting ? 'being deleted' : 'not complete'}`
    : 'no running pod uses it';
  return failed(
    'VolumeNotAttached',
    `The volume of claim ${key} is attached to no node (${why}): nothing can be read. Start the pod that uses it, or take the claim out of the ServiceBackup.`,
  );
}

/** Of several nodes the first Ready one by name, so that the choice stays the same from run to run. */
function preferred<T extends { node: string }>(found: T[], nodes: readonly NodeView[]): T | undefined {
  const ready = new Set(nodes.filter((node) => node.ready).map((node) => node.name));
  const sorted = [...found].sort((a, b) => (a.node < b.node ? -1 : a.node > b.node ? 1 : 0));
  return sorted.find(({ node }) => ready.has(node)) ?? sorted[0];
}

function mounts(pod: Pod, claim: PersistentVolumeClaim): boolean {
  const names = (pod.spec?.volumes ?? [])
    .filter((volume) => {
      const source = volume.persistentVolumeClaim as { claimName?: string } | undefined;
      return source?.claimName === claim.metadata.name;
    })
    .map((volume) => volume.name);
  // A volume that no container mounts is attached, but may not be staged.
  const containers = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])];
  return containers.some((container) => container.volumeMounts?.some((mount) => names.includes(mount.name)));
}
