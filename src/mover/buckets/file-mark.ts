import { createHash } from 'node:crypto';
import { createReadStream, lstatSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';

/**
 * What a file looks like from outside: whatever writes to it, or replaces it, changes one of these. Undefined if there is no file.
 */
export function markOf(path: string): string | undefined {
  const seen = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  if (!seen?.isFile()) return undefined;
  return `${seen.ino} ${seen.size} ${seen.mtimeNs} ${seen.ctimeNs}`;
}

export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
