import type { IncomingMessage, ServerResponse } from 'node:http';
import type { KubeObject } from '../../src/kube/objects';
import { json, Wire } from '../kube/api-server';

/** Objects by their path, over HTTP: enough of an API server to see in which order we write. */
export class ClusterInMemory {
  readonly objects = new Map<string, KubeObject>();
  readonly writes: string[] = [];
  wire!: Wire;
  /** Refuses a write: `METHOD path` → status and reason. */
  refuse: (write: string) => [code: number, reason: string] | undefined = () => undefined;
  private version = 100;

  static async open(objects: [path: string, object: object][]): Promise<ClusterInMemory> {
    const cluster = new ClusterInMemory();
    for (const [path, object] of objects) cluster.objects.set(path, object as KubeObject);
    cluster.wire = await Wire.open(cluster.answer);
    return cluster;
  }

  private readonly answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url!, 'http://x');
    const path = url.pathname;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (url.searchParams.get('watch')) {
      response.writeHead(200).flushHeaders();
      return;
    }
    if (request.method === 'GET') {
      this.read(path, response);
      return;
    }
    const write = `${request.method} ${path}`;
    this.writes.push(write);
    const refused = this.refuse(write);
    if (refused) {
      const [code, reason] = refused;
      json(response, code, { kind: 'Status', code, reason, message: `${reason} by the test` });
      return;
    }
    if (request.method === 'DELETE') {
      this.objects.delete(path);
      json(response, 200, {});
      return;
    }
    const sent = JSON.parse(Buffer.concat(chunks).toString()) as KubeObject;
    const at = request.method === 'POST' ? `${path}/${sent.metadata.name}` : path.replace(/\/status$/, '');
    this.version += 1;
    const object = { ...sent, metadata: { ...sent.metadata, resourceVersion: String(this.version) } };
    this.objects.set(at, object);
    json(response, 200, object);
  };

  private read(path: string, response: ServerResponse): void {
    const object = this.objects.get(path);
    if (object) {
      json(response, 200, object);
      return;
    }
    // A collection's name ends in s; no object's of these tests does.
    if (!path.endsWith('s')) {
      json(response, 404, { kind: 'Status', code: 404, reason: 'NotFound', message: 'not found' });
      return;
    }
    const [, prefix, plural] = /^(.*)\/([a-z]+)$/.exec(path)!;
    const items = [...this.objects]
      .filter(([at]) => at.startsWith(prefix!) && at.split('/').at(-2) === plural)
      .map(([, found]) => found);
    json(response, 200, { items, metadata: { resourceVersion: String(this.version) } });
  }
}
