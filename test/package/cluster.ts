import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { stringify } from 'yaml';

/** Common name of the certificate. */
export const PERSON = 'person';

/**
 * What a person's kubeconfig leads to: an API server that has nothing, and sees who asks. One certificate is its own, the
 * authority's and the person's.
 */
export class Cluster {
  /** Who has asked: the header Authorization, else the common name of a certificate. */
  readonly seen = new Set<string>();
  private readonly server: Server;
  private readonly directory: string;
  readonly certificate: string;
  readonly key: string;

  private constructor(directory: string) {
    this.directory = directory;
    this.certificate = join(directory, 'person.crt');
    this.key = join(directory, 'person.key');
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    const names = ['-subj', `/CN=${PERSON}`, '-addext', 'subjectAltName=IP:127.0.0.1'];
    const files = ['-keyout', this.key, '-out', this.certificate];
    execFileSync('openssl', ['req', '-x509', ...curve, ...names, ...files], { stdio: 'pipe' });
    const cert = readFileSync(this.certificate);
    const tls = { cert, key: readFileSync(this.key), ca: cert, requestCert: true, rejectUnauthorized: false };
    this.server = createServer(tls, (request, response) => {
      this.seen.add(whoAsks(request));
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify({ kind: 'List', metadata: {}, items: [] }));
    });
  }

  static async open(directory: string): Promise<Cluster> {
    const cluster = new Cluster(directory);
    await new Promise<void>((resolve) => cluster.server.listen(0, '127.0.0.1', resolve));
    return cluster;
  }

  /** A kubeconfig by which `user` logs in. */
  kubeconfigOf(user: object): string {
    const file = join(this.directory, 'kubeconfig');
    const server = `https://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    const config = {
      clusters: [{ name: 'test', cluster: { server, 'certificate-authority': this.certificate } }],
      users: [{ name: 'test', user }],
      contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
      'current-context': 'test',
    };
    writeFileSync(file, stringify(config));
    return file;
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

const whoAsks = ({ headers, socket }: IncomingMessage): string =>
  headers.authorization ?? String((socket as TLSSocket).getPeerCertificate().subject?.CN);
