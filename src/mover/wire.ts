import * as http from 'node:http';

/** The way to an S3 system: connections that are kept, and what asks over them. */
export interface Wire {
  agent: http.Agent;
  request: typeof http.request;
}

/**
 * Built on node:http and not on fetch, which would cost as much processor time as all the rest of the mover. TLS is loaded only for
 * those who use it: it is a quarter of what the mover adds to restic's time on the processor.
 */
export function wireTo({ protocol }: URL, caBundle?: string, options: http.AgentOptions = {}): Wire {
  const kept = { ...options, keepAlive: true };
  if (protocol !== 'https:') return { agent: new http.Agent(kept), request: http.request };
  const https = process.getBuiltinModule('node:https');
  const { rootCertificates } = process.getBuiltinModule('node:tls');
  const agent = new https.Agent({ ...kept, ...(caBundle && { ca: [...rootCertificates, caBundle] }) });
  return { agent, request: https.request };
}
