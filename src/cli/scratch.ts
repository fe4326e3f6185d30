import type { ItemStatus, ScratchVolume, ServiceBackup, ServiceBackupSettings } from '../api';
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
export function scratchFor(
  item: string,
  request: Pick<BucketRequest, 'select' | 'size' | 'storageClass' | 'dryRun'>,
  { status }: Pick<ServiceBackup, 'status'>,
  { scratchVol = {} }: Pick<ServiceBackupSettings, 'scratchVol'>,
): ScratchVolume {
  const { claimName, ...volume } = scratchVol;
  const own = request.size !== undefined || request.storageClass !== undefined;
  if (claimName && !own) return { claimName };
  const known = status?.items?.find(({ name }) => name === item);
  const size = request.size ?? sizeOf(known, request);
  const { storageClass: storageClassName } = request;
  return { ...volume, ...(size && { size }), ...(storageClassName && { storageClassName }) };
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
