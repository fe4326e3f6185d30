import type { IncomingMessage, ServerResponse } from 'node:http';
import type { KubeObject } from '../../src/kube/objects';
import { json, Wire } from '../kube/api-server';

/** Objects by their path, over HTTP: enough of an API server to see in which order we write. */
export class ClusterInMemory {
  readonly objects = new Map<string, KubeObject>();
  readonly writes: string[] = [];
  wire!: Wire;
  /** Refuses a request: `METHOD path` → status and reason. */
  refuse: (request: string) => [code: number, reason: string] | undefined = () => undefined;
  private readonly watches: { path: string; response: ServerResponse }[] = [];
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
      this.watches.push({ path, response });
      // As an API server does: without a version it begins with what there is.
      if (!url.searchParams.has('resourceVersion'))
        for (const object of this.of(path)) response.write(`${JSON.stringify({ type: 'ADDED', object })}\n`);
      return;
    }
    const asked = `${request.method} ${path}`;
    if (request.method !== 'GET') this.writes.push(asked);
    const refused = this.refuse(asked);
    if (refused) {
      const [code, reason] = refused;
      json(response, code, { kind: 'Status', code, reason, message: `${reason} by the test` });
      return;
    }
    if (request.method === 'GET') {
      this.read(path, response);
      return;
    }
    if (request.method === 'DELETE') {
      this.remove(path);
      json(response, 200, {});
      return;
    }
    const sent = JSON.parse(Buffer.concat(chunks).toString()) as KubeObject;
    const at = request.method === 'POST' ? `${path}/${sent.metadata.name}` : path.replace(/\/status$/, '');
    const known = this.objects.get(at)?.metadata.resourceVersion;
    if (request.method === 'PUT' && known !== undefined && known !== sent.metadata.resourceVersion) {
      json(response, 409, { kind: 'Status', code: 409, reason: 'Conflict', message: 'written meanwhile' });
      return;
    }
    const made = request.method === 'POST' && {
      uid: `uid-${sent.metadata.name}`,
      creationTimestamp: new Date().toISOString(),
    };
    json(response, 200, this.put(at, { ...sent, metadata: { ...made, ...sent.metadata } }));
  };

  /** Writes an object as somebody else, whom watches tell of. */
  put<T extends object>(path: string, object: T): T & KubeObject {
    this.version += 1;
    const written = { ...object } as T & KubeObject;
    written.metadata = { ...written.metadata, resourceVersion: String(this.version) };
    const type = this.objects.has(path) ? 'MODIFIED' : 'ADDED';
    this.objects.set(path, written);
    this.tell(type, path, written);
    return written;
  }

  remove(path: string): void {
    const object = this.objects.get(path);
    if (!object) return;
    this.version += 1;
    this.objects.delete(path);
    this.tell('DELETED', path, {
      ...object,
      metadata: { ...object.metadata, resourceVersion: String(this.version) },
    });
  }

  private tell(type: string, at: string, object: KubeObject): void {
    for (const { path, response } of this.watches)
      if (isIn(at, path)) response.write(`${JSON.stringify({ type, object })}\n`);
  }

  private of(collection: string): KubeObject[] {
    return [...this.objects].filter(([at]) => isIn(at, collection)).map(([, object]) => object);
  }

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
    json(response, 200, { items: this.of(path), metadata: { resourceVersion: String(this.version) } });
  }
}

/** Whether a collection, of one namespace or of all, holds the object at a path. */
function isIn(at: string, collection: string): boolean {
  const [, prefix, plural] = /^(.*)\/([a-z]+)$/.exec(collection)!;
  return at.startsWith(prefix!) && at.split('/').at(-2) === plural;
}
