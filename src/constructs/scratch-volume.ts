import { DEFAULTS, SCRATCH_SIZE } from '../api';
import { problemsOfName } from './names';
import { nameOf, namespaceOf, type ObjectReference, problemsOfKind } from './reference';

/** The volume on which buckets are copied before restic reads them: a claim, or one that is made for each Job. */
export interface ScratchVolume {
  /**
   * A PersistentVolumeClaim in the Job namespace, or its name. Between runs it keeps the copies, so that what did not change is not
   * fetched again; its Jobs run one at a time. Its size is best that of all buckets together: of a smaller one the copies that were
   * used least recently make room.
   * @default - each Job has an ephemeral volume, which goes with it: every run fetches every object
   */
  readonly claimName?: ObjectReference | string;
  /**
   * Size of the ephemeral volume, as Kubernetes writes quantities: '50Gi'. It must hold the buckets of one ServiceBackup.
   * @default '10Gi'
   */
  readonly size?: string;
  /**
   * StorageClass of the ephemeral volume.
   * @default - the cluster's
   */
  readonly storageClassName?: string;
}

/** As the manifest has it. */
export const scratchVolumeOf = ({ claimName, size, storageClassName }: ScratchVolume) => ({
  claimName: claimName && nameOf(claimName),
  size,
  storageClassName,
});

const SIZE = new RegExp(SCRATCH_SIZE);

/** What is wrong with the scratch volume of Jobs in `jobNamespace`. */
export function problemsOfScratch(scratch: ScratchVolume | undefined, jobNamespace: string): string[] {
  const { claimName: claim, size, storageClassName } = scratch ?? {};
  const problems = problemsOfName('scratchVol.storageClassName', storageClassName, 'StorageClass');
  if (size !== undefined && !(SIZE.test(size) && size.length <= 32))
    problems.push(`scratchVol.size '${size}' is not a size: write it like '${DEFAULTS.scratchSize}'.`);
  if (claim === undefined) return problems;

  const declared = namespaceOf(claim);
  problems.push(
    ...problemsOfKind('scratchVol.claimName', claim, 'PersistentVolumeClaim'),
    ...problemsOfName('scratchVol.claimName', nameOf(claim), 'PersistentVolumeClaim'),
  );
  if (declared !== undefined && declared !== jobNamespace)
    problems.push(
      `scratchVol.claimName is the PersistentVolumeClaim '${nameOf(claim)}' of namespace '${declared}', but Jobs run in '${jobNamespace}' and mount it there: declare it in that namespace.`,
    );
  for (const [name, value] of Object.entries({ size, storageClassName }))
    if (value !== undefined)
      problems.push(
        `scratchVol.${name} is '${value}', but the claim '${nameOf(claim)}' has its own: remove one of the two.`,
      );
  return problems;
}
