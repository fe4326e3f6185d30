import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Rest } from '../../src/kube/rest';
import { API_URL, paths } from './layout';

/** The API server as the administrator, without any limit of the client's own. */
export function administrator(): Rest {
  const read = (file: string) => readFileSync(join(paths.pki, file), 'utf8');
  const identity = { ca: read('ca.crt'), cert: read('admin.crt'), key: read('admin.key') };
  return new Rest({ server: API_URL, options: async () => identity });
}

/** So many requests are under way at once. */
const PARALLEL = 48;

/** Does `work` for each, many at a time; the first failure is thrown when those under way have ended. */
export async function each<T>(all: readonly T[], work: (one: T) => Promise<unknown>): Promise<void> {
  const left = all.values();
  const lane = async () => {
    for (const one of left) await work(one);
  };
  const lanes = Array.from({ length: Math.min(PARALLEL, all.length) }, lane);
  const failed = (await Promise.allSettled(lanes)).find((end) => end.status === 'rejected');
  if (failed) throw failed.reason;
}
