import { setTimeout as sleep } from 'node:timers/promises';
import type { LastBackup } from '../api/service-backup';
import type { Settings } from './settings';

/** The URL that tells of a run's end, if one is wanted. */
export function notifyUrl(
  { success, failure }: Settings['notify'],
  { namespace, name }: { namespace: string; name: string },
  { state, reason = '' }: Pick<LastBackup, 'state' | 'reason'>,
): string | undefined {
  const values: Record<string, string> = { namespace, name, state, reason };
  const url = state === 'Success' ? success : failure;
  return url?.replace(/\{(namespace|name|state|reason)\}/g, (_, field: string) =>
    encodeURIComponent(values[field]!),
  );
}

export interface Patience {
  /** Milliseconds for one answer. @default 10000 */
  timeout?: number;
  /** Milliseconds before each further try. @default [1000, 5000] */
  pauses?: readonly number[];
}

/**
 * Fetches a URL; gives what went wrong, if nothing went right. Whoever knows the URL can report in our name: of it only the host is
 * ever told.
 */
export async function heartbeat(
  url: string,
  { timeout = 10_000, pauses = [1000, 5000] }: Patience = {},
): Promise<string | undefined> {
  let trouble: string | undefined;
  for (const pause of [0, ...pauses]) {
    if (pause) await sleep(pause, undefined, { ref: false });
    trouble = await fetched(url, timeout);
    if (!trouble) return undefined;
  }
  return `${hostOf(url)} could not be told how the run ended: ${trouble}. See 'notify' in the BackupConfig.`;
}

async function fetched(url: string, timeout: number): Promise<string | undefined> {
  try {
    const response = await fetch(url, {
      signal: AbortSignal.timeout(timeout),
      headers: { 'User-Agent': 'service-backup' },
    });
    await response.body?.cancel();
    return response.ok ? undefined : `it answered ${response.status}`;
  } catch (error) {
    const { name, cause } = error as Error & { cause?: { code?: string } };
    // Messages of fetch may quote the URL; codes do not.
    return name === 'TimeoutError'
      ? `no answer within ${timeout / 1000} s`
      : (cause?.code ?? 'no connection');
  }
}

function hostOf(url: string): string {
  try {
    return new URL(url).host;
  } catch {
    return 'The URL';
  }
}
