import { isKubeError } from './error';
import { lines } from './lines';
import type { KubeObject } from './objects';
import { pathOf, type Resource } from './resources';
import { type Access, type Request, Transport } from './transport';

/** Objects a page of a list holds: the API server's answer and ours stay small, however many there are. */
export const PAGE = 500;

export interface Selection {
  /** @default - all namespaces */
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
  signal?: AbortSignal;
}

export interface Page<T> {
  items: T[];
  resourceVersion: string;
  continue?: string;
}

export interface DeleteOptions {
  /** Deletes only the object with this UID: one of the same name made since is left alone. */
  uid?: string;
  /** What becomes of its dependents. @default 'Background' */
  propagation?: 'Background' | 'Foreground' | 'Orphan';
}

/** The verbs of the API server, over any kind. A method that fails throws a `KubeError`. */
export class Rest {
  readonly transport: Transport;

  constructor(access: Access) {
    this.transport = new Transport(access);
  }

  /** Ends idle connections, so that a process can exit. */
  close(): void {
    this.transport.close();
  }

  /** One object; `undefined` when there is none of that name. */
  async get<T extends KubeObject>(
    resource: Resource,
    name: string,
    namespace?: string,
  ): Promise<T | undefined> {
    try {
      return await this.json<T>({ method: 'GET', path: pathOf(resource, namespace, name) });
    } catch (error) {
      if (isKubeError(error, 'NotFound')) return undefined;
      throw error;
    }
  }

  /** One object, and what time it is by the API server's clock. */
  async getDated<T extends KubeObject>(
    resource: Resource,
    name: string,
    namespace: string,
    timeout?: number,
  ): Promise<{ object?: T; date?: Date }> {
    try {
      const path = pathOf(resource, namespace, name);
      const { text, date } = await this.transport.dated({ method: 'GET', path, timeout });
      return { object: JSON.parse(text) as T, ...(date && { date }) };
    } catch (error) {
      if (isKubeError(error, 'NotFound')) return {};
      throw error;
    }
  }

  async list<T extends KubeObject>(resource: Resource, selection: Selection = {}): Promise<T[]> {
    const all: T[] = [];
    for await (const page of this.pages<T>(resource, selection)) all.push(...page.items);
    return all;
  }

  /** A list page by page, so that who keeps little of each object needs little memory. */
  async *pages<T extends KubeObject>(resource: Resource, selection: Selection = {}): AsyncIterable<Page<T>> {
    let token: string | undefined;
    do {
      const { items, metadata } = await this.json<{
        items: T[] | null;
        metadata: { resourceVersion: string; continue?: string };
      }>({
        method: 'GET',
        path: pathOf(resource, selection.namespace),
        query: { limit: PAGE, continue: token, ...selectors(selection) },
        signal: selection.signal,
      });
      token = metadata.continue || undefined;
      yield { items: items ?? [], resourceVersion: metadata.resourceVersion, continue: token };
    } while (token);
  }

  /**
   * Throws a KubeError with reason `AlreadyExists` when there is one of that name. `dryRun`: goes through every check of
   * the API server (rights, quotas, admission), and creates nothing.
   */
  create<T extends KubeObject>(
    resource: Resource,
    object: T,
    { dryRun = false }: { dryRun?: boolean } = {},
  ): Promise<T> {
    return this.json<T>({
      method: 'POST',
      path: pathOf(resource, object.metadata.namespace),
      ...(dryRun && { query: { dryRun: 'All' } }),
      body: { apiVersion: resource.apiVersion, kind: resource.kind, ...object },
    });
  }

  /** Writes the whole object. With a `resourceVersion` in it, reason `Conflict` when somebody else wrote meanwhile. */
  replace<T extends KubeObject>(resource: Resource, object: T, timeout?: number): Promise<T> {
    return this.put(resource, object, '', timeout);
  }

  /** Writes the status alone, under the same condition as `replace`. */
  replaceStatus<T extends KubeObject>(resource: Resource, object: T): Promise<T> {
    return this.put(resource, object, '/status');
  }

  /** A JSON merge patch (RFC 7396). */
  patch<T extends KubeObject>(
    resource: Resource,
    name: string,
    namespace: string | undefined,
    patch: Record<string, unknown>,
  ): Promise<T> {
    return this.json<T>({
      method: 'PATCH',
      path: pathOf(resource, namespace, name),
      body: patch,
      contentType: 'application/merge-patch+json',
    });
  }

  /** Deletes; that there is none (any more) is fine. Reason `Conflict` when `uid` is another's. */
  async delete(
    resource: Resource,
    name: string,
    namespace?: string,
    { uid, propagation = 'Background' }: DeleteOptions = {},
  ): Promise<void> {
    try {
      await this.json({
        method: 'DELETE',
        path: pathOf(resource, namespace, name),
        body: {
          apiVersion: 'v1',
          kind: 'DeleteOptions',
          propagationPolicy: propagation,
          ...(uid && { preconditions: { uid } }),
        },
      });
    } catch (error) {
      if (!isKubeError(error, 'NotFound')) throw error;
    }
  }

  /** Lines of a container's log. Reason `BadRequest` while the container has not started. */
  async *logs(
    namespace: string,
    pod: string,
    container: string,
    { follow = false, signal }: { follow?: boolean; signal?: AbortSignal } = {},
  ): AsyncIterable<string> {
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/log`;
    yield* lines(await this.transport.stream({ method: 'GET', path, query: { container, follow }, signal }));
  }

  private put<T extends KubeObject>(
    resource: Resource,
    object: T,
    sub: string,
    timeout?: number,
  ): Promise<T> {
    const { name, namespace } = object.metadata;
    return this.json<T>({
      method: 'PUT',
      path: `${pathOf(resource, namespace, name)}${sub}`,
      timeout,
      body: { apiVersion: resource.apiVersion, kind: resource.kind, ...object },
    });
  }

  private async json<T>(request: Request): Promise<T> {
    return JSON.parse(await this.transport.text(request)) as T;
  }
}

export const selectors = ({ labelSelector, fieldSelector }: Selection) => ({ labelSelector, fieldSelector });
