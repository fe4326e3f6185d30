import type { ScratchVolume } from '../api/backup-config';
import { DEFAULTS, SCRATCH } from '../api/group';
import type { Job, Volume } from '../kube/objects';

/** No node's name has a slash. */
const CLAIM = 'scratch/';

/** What a Job that reads buckets takes up beside its place among all: the claim that it copies to, one Job at a time. */
export const scratchPlace = (claim: string | undefined): string => (claim ? `${CLAIM}${claim}` : '');

export const isScratchPlace = (place: string): boolean => place.startsWith(CLAIM);

/** The claim that a Job copies buckets to; '' when it has a volume of its own. */
export function scratchClaimOf({ spec }: Job): string {
  const volume = spec?.template.spec.volumes?.find(({ name }) => name === SCRATCH.volume);
  return (volume?.persistentVolumeClaim as { claimName?: string } | undefined)?.claimName ?? '';
}

/** The volume that buckets are copied to: one that is kept, or one that comes and goes with the pod. */
export function scratchVolume({ claimName, size, storageClassName }: ScratchVolume): Volume {
  const name = SCRATCH.volume;
  if (claimName) return { name, persistentVolumeClaim: { claimName } };
  const spec = {
    accessModes: ['ReadWriteOnce'],
    resources: { requests: { storage: size ?? DEFAULTS.scratchSize } },
    ...(storageClassName && { storageClassName }),
  };
  return { name, ephemeral: { volumeClaimTemplate: { spec } } };
}
