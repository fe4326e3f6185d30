import type * as http from 'node:http';
import { NO_ANSWER } from '../s3-fault';

interface Limits {
  /** For a connection, in milliseconds. */
  connectMs: number;
  /** For a byte to move, in either direction, in milliseconds. */
  idleMs: number;
}

/** A request, from its beginning to its end. */
interface Live {
  readonly request: http.ClientRequest;
  /** How many times as long as others it may take without a byte. */
  readonly slow: number;
  /** Goes on though all are told to stop. */
  readonly even: boolean;
  response?: http.IncomingMessage;
  /** One more than the bytes its connection has moved; 0: it has none yet. */
  moved: number;
  /** Since when they are so many. */
  since: number;
}

/**
 * All requests that are under way, so that they can be stopped, and looked at together: a timer and a listener to the signal of its
 * own would cost each more than to read an object's headers.
 */
export class LiveRequests {
  readonly #limits: Limits;
  readonly #live = new Set<Live>();
  #timer: NodeJS.Timeout | undefined;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  add(request: http.ClientRequest, how: Pick<Live, 'slow' | 'even'>): Live {
    const { connectMs, idleMs } = this.#limits;
    const live: Live = { request, ...how, moved: 0, since: Date.now() };
    this.#live.add(live);
    request.on('close', () => this.#live.delete(live));
    this.#timer ??= setInterval(this.#look, Math.min(connectMs, idleMs) / 10).unref();
    return live;
  }

  stop(reason: Error | undefined): void {
    for (const { request, even } of this.#live) if (!even) request.destroy(reason);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Ends those that get no connection, or of which no byte moves any more: but not one whose answer waits for its reader. */
  readonly #look = () => {
    const now = Date.now();
    for (const live of this.#live) {
      const { request, response, slow } = live;
      const { socket } = request;
      const waits = !!response && (response.readableLength > 0 || response.complete);
      const moved = socket?.connecting === false ? 1 + socket.bytesRead + socket.bytesWritten : 0;
      if (moved !== live.moved || waits) live.since = now;
      live.moved = moved;
      const quiet = now - live.since;
      const { connectMs, idleMs } = this.#limits;
      if (moved === 0 && quiet >= connectMs) end(live, connectMs, 'no connection');
      else if (quiet >= idleMs * slow) end(live, idleMs * slow, response ? 'no further byte' : 'no answer');
    }
  };
}

const end = ({ request, response }: Live, ms: number, what: string) =>
  (response ?? request).destroy(
    Object.assign(new Error(`${what} within ${ms / 1000} s`), { code: NO_ANSWER }),
  );
