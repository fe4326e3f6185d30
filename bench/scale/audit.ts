import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { paths } from '../../testbed/simulation/layout';

/** A request of the operator, as the API server wrote it down when it had answered. */
interface Entry {
  verb: string;
  objectRef?: { resource: string; subresource?: string };
  requestReceivedTimestamp: string;
  responseStatus?: { code?: number };
}

const WRITES = ['create', 'update', 'patch', 'delete'];

/** What was asked since a moment. */
export interface Asked {
  /** All, the Lease and watches included. */
  requests: number;
  /** Without the Lease and watches. */
  work: number;
  /** Of the work, what changed something. */
  writes: number;
  /** How often each was asked, e.g. `create jobs: 500`. */
  kinds: Record<string, number>;
  /** When the first of the writes arrived, in ms. */
  firstWrite?: number;
}

/** The end of the audit log now: what is asked from here on is read with `since`. */
export const mark = (): number => statSync(paths.audit).size;

/** `after`: what arrived earlier does not count; a request is written down when it was answered. */
export function since(from: number, after = 0): Asked {
  const asked: Asked = { requests: 0, work: 0, writes: 0, kinds: {} };
  for (const line of linesFrom(from)) {
    const { verb, objectRef, requestReceivedTimestamp: at } = JSON.parse(line) as Entry;
    const moment = Date.parse(at);
    if (moment < after) continue;
    const { resource = '', subresource } = objectRef ?? {};
    asked.requests += 1;
    const kind = `${verb} ${resource}${subresource ? `/${subresource}` : ''}`;
    asked.kinds[kind] = (asked.kinds[kind] ?? 0) + 1;
    if (resource === 'leases' || verb === 'watch') continue;
    asked.work += 1;
    if (!WRITES.includes(verb)) continue;
    asked.writes += 1;
    if (asked.firstWrite === undefined || moment < asked.firstWrite) asked.firstWrite = moment;
  }
  return asked;
}

const CHUNK = 1 << 20;

/** Whole lines only: the last one may be half written. */
function* linesFrom(from: number): Generator<string> {
  const file = openSync(paths.audit, 'r');
  try {
    const chunk = Buffer.alloc(CHUNK);
    let rest = '';
    for (let at = from; ; ) {
      const read = readSync(file, chunk, 0, CHUNK, at);
      if (read === 0) return;
      at += read;
      const lines = (rest + chunk.toString('latin1', 0, read)).split('\n');
      rest = lines.pop()!;
      yield* lines;
    }
  } finally {
    closeSync(file);
  }
}
