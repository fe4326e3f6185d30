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
  /** When the first and the last request of the work arrived, in ms. */
  first: number;
  last: number;
}

/** The end of the audit log now: what is asked from here on is read with `since`. */
export const mark = (): number => statSync(paths.audit).size;

export function since(from: number): Asked {
  const asked: Asked = { requests: 0, work: 0, writes: 0, kinds: {}, first: Number.NaN, last: Number.NaN };
  for (const line of linesFrom(from)) {
    const { verb, objectRef, requestReceivedTimestamp: at } = JSON.parse(line) as Entry;
    const { resource = '', subresource } = objectRef ?? {};
    asked.requests += 1;
    const kind = `${verb} ${resource}${subresource ? `/${subresource}` : ''}`;
    asked.kinds[kind] = (asked.kinds[kind] ?? 0) + 1;
    if (resource === 'leases' || verb === 'watch') continue;
    asked.work += 1;
    if (WRITES.includes(verb)) asked.writes += 1;
    const moment = Date.parse(at);
    if (!(asked.first <= moment)) asked.first = moment;
    if (!(asked.last >= moment)) asked.last = moment;
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
