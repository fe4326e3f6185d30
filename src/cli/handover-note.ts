import { ANNOTATION, LABEL, type RestoreTask } from '../api';
import type { PersistentVolume } from '../kube/objects';
import type { Handover, ReclaimPolicy } from './handover';

/** What was restored into a volume, and for which request. */
export interface Restored {
  /** UID of the ServiceBackup. */
  service: string;
  item: string;
  select: RestoreTask['select'];
  snapshot: string;
  /** When the snapshot was taken. */
  time: string;
  files: number;
  bytes: number;
}

/** From which claim to which, and what is in it. */
export interface HandoverPlan extends Omit<Handover, 'policy'> {
  restored: Restored;
}

/** What is written on a volume before anything is taken from it: all that another call needs to finish what one left. */
export interface HandoverNote extends Handover, HandoverPlan {}

export const HANDOVERS = `${LABEL.handover}=true`;

export function noteOf(volume: PersistentVolume): HandoverNote | undefined {
  const text = volume.metadata.annotations?.[ANNOTATION.handover];
  if (!text) return undefined;
  try {
    return JSON.parse(text) as HandoverNote;
  } catch {
    return undefined;
  }
}

/** The volume, kept whatever becomes of its claims. */
export const keptVolume = (volume: PersistentVolume, note: HandoverNote): PersistentVolume => ({
  ...volume,
  metadata: {
    ...volume.metadata,
    labels: { ...volume.metadata.labels, [LABEL.handover]: 'true' },
    annotations: { ...volume.metadata.annotations, [ANNOTATION.handover]: JSON.stringify(note) },
  },
  spec: { ...volume.spec, persistentVolumeReclaimPolicy: 'Retain' },
});

/** The volume, given to a claim of that name: without a UID, the first claim of the name that asks for it gets it. */
export function givenVolume(volume: PersistentVolume, { to }: Handover): PersistentVolume {
  const { 'pv.kubernetes.io/bound-by-controller': _, ...annotations } = volume.metadata.annotations ?? {};
  return {
    ...volume,
    metadata: { ...volume.metadata, annotations },
    spec: { ...volume.spec, claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', ...to } },
  };
}

/** The volume as it was before, but for its claim. */
export function handedOverVolume(volume: PersistentVolume, { policy }: Handover): PersistentVolume {
  const { [LABEL.handover]: _, ...labels } = volume.metadata.labels ?? {};
  const { [ANNOTATION.handover]: __, ...annotations } = volume.metadata.annotations ?? {};
  return {
    ...volume,
    metadata: { ...volume.metadata, labels, annotations },
    spec: { ...volume.spec, persistentVolumeReclaimPolicy: policy satisfies ReclaimPolicy },
  };
}

/** True when the same thing was asked for: only then is what one call left finished by another. */
export const isSameRestore = (
  a: Pick<Restored, 'service' | 'item' | 'select'>,
  b: Pick<Restored, 'service' | 'item' | 'select'>,
): boolean =>
  a.service === b.service && a.item === b.item && JSON.stringify(a.select) === JSON.stringify(b.select);
