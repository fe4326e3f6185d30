import { DEFAULTS, type ItemStatus, SCRATCH, type ServiceBackup, type ServiceBackupSettings } from '../api';
import type { Volume } from '../kube/objects';
import type { BucketRequest } from './restore-plan';

const GIB = 1024 ** 3;
/** What a body takes beside its bytes: its last block, and an inode, of which ext4 makes one for every 16 KiB. */
const BYTES_A_FILE = 24 * 1024;
/** Reserved blocks, the filesystem's own, the manifest. */
const SPARE = 1.1;

/** As a volume's size: room for so many bodies. */
export const sizeFor = ({ bytes, files }: { bytes: number; files: number }): string =>
  `${Math.ceil(((bytes + files * BYTES_A_FILE) * SPARE) / GIB + 0.25)}Gi`;

/**
 * Where a restore of a bucket fetches the bodies to: the scratch claim if there is one, else a volume that goes with the Job, as
 * large as the snapshot, if its size is known: status knows that of the newest one.
 */
export function scratchVolume(
  item: string,
  request: Pick<BucketRequest, 'select' | 'size' | 'storageClass' | 'dryRun'>,
  { status }: Pick<ServiceBackup, 'status'>,
  { scratchVol = {} }: Pick<ServiceBackupSettings, 'scratchVol'>,
): Volume {
  const { claimName, size, storageClassName } = scratchVol;
  const own = request.size !== undefined || request.storageClass !== undefined;
  if (claimName && !own) return { name: SCRATCH.volume, persistentVolumeClaim: { claimName } };
  const known = status?.items?.find(({ name }) => name === item);
  const storageClass = request.storageClass ?? storageClassName;
  const storage = request.size ?? sizeOf(known, request) ?? size ?? DEFAULTS.scratchSize;
  return {
    name: SCRATCH.volume,
    ephemeral: {
      volumeClaimTemplate: {
        spec: {
          accessModes: ['ReadWriteOnce'],
          resources: { requests: { storage } },
          ...(storageClass !== undefined && { storageClassName: storageClass }),
        },
      },
    },
  };
}

/** Of a dry run, only what the manifest takes. */
function sizeOf(
  known: ItemStatus | undefined,
  { select, dryRun }: Pick<BucketRequest, 'select' | 'dryRun'>,
): string | undefined {
  if (!known || known.bytes === undefined || known.files === undefined) return undefined;
  const isNewest =
    'latest' in select || ('snapshot' in select && known.snapshot?.startsWith(select.snapshot.slice(0, 16)));
  if (!isNewest) return undefined;
  return sizeFor({ bytes: dryRun ? 0 : known.bytes, files: known.files });
}
