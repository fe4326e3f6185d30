/** What the API server answered, or that it did not. The message is its own sentence. */
export class KubeError extends Error {
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
  /** The API server's word, e.g. `NotFound`, `AlreadyExists`, `Conflict`, `Forbidden`; `Unreachable` or `Timeout` when no answer came. */
  readonly reason: string;

  constructor(status: number, reason: string, message: string) {
    super(message);
    this.name = 'KubeError';
    this.status = status;
    this.reason = reason;
  }
}

/** True for an answer of this kind. Two copies of this module never mix, but an error may be anything. */
export const isKubeError = (error: unknown, reason?: string): error is KubeError =>
  error instanceof KubeError && (reason === undefined || error.reason === reason);

const WORDS: Record<number, string> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  410: 'Expired',
  422: 'Invalid',
  429: 'TooManyRequests',
};

/** Reads a Status object; a proxy's page or a webhook's text is quoted as it is. */
export function errorOf(status: number, body: string): KubeError {
  try {
    const answer = JSON.parse(body) as { kind?: string; reason?: string; message?: string; code?: number };
    if (answer.kind === 'Status')
      return new KubeError(
        answer.code ?? status,
        answer.reason ?? WORDS[status] ?? 'Unknown',
        answer.message ?? body,
      );
  } catch {
    // Not JSON: quoted below.
  }
  const text = body.trim().slice(0, 500);
  return new KubeError(
    status,
    WORDS[status] ?? 'Unknown',
    `The API server answered ${status}${text && `: ${text}`}.`,
  );
}
