import { stat } from 'node:fs/promises';
import type * as http from 'node:http';
import type { Readable } from 'node:stream';
import type { Fault } from '../fault';
import { codeOf } from '../s3-fault';
import { queryString } from '../signature';
import { type Listed, pageOf } from './listing';
import { headersOf, headOf, type ObjectHead } from './object-head';
import { type Answered, type RequestOptions, Requests } from './requests';
import { faultOfAnswer, faultOfReading, named, unreadable } from './source-fault';
import { tagsOf } from './tags';
import { type File, MULTIPART, type Multipart, upload } from './upload';

export type { Listed } from './listing';
export type { ObjectHead } from './object-head';

export type StoreOptions = RequestOptions & { multipart?: Partial<Multipart> };

/**
 * The objects of one bucket of a service, whatever their keys are.
 *
 * What it throws are Faults: of the reasons SourceUnreachable, SourceNotTrusted, SourceRefused and SourceBucketMissing if nothing more
 * can be had from the bucket, and UnreadableObjects if only this object cannot be read.
 */
export class ObjectStore {
  readonly #requests: Requests;
  readonly #multipart: Partial<Multipart> | undefined;
  #tagsAsked: Promise<void> | undefined;

  constructor(options: StoreOptions) {
    this.#requests = new Requests(options);
    this.#multipart = options.multipart;
  }

  /** All objects, or those whose keys begin so, in pages of at most 1000. A page that cannot be had throws. */
  async *list(prefix = ''): AsyncGenerator<Listed[]> {
    const doing = prefix ? `listing ${named(prefix)}` : 'listing it';
    for (let token: string | undefined; ; ) {
      const query: [string, string][] = [
        ['encoding-type', 'url'],
        ['list-type', '2'],
        ['max-keys', '1000'],
        ...(prefix ? [['prefix', prefix] as [string, string]] : []),
        ...(token ? [['continuation-token', token] as [string, string]] : []),
      ];
      const answer = await this.#requests.ask({ method: 'GET', query, doing });
      // A proxy's page with status 200 must not pass for an empty bucket, and half a page not for a whole one.
      const page = answer.status === 200 ? pageOf(answer.body, this.#requests.place) : undefined;
      if (!page || (page.token && page.token === token)) throw this.#fault(answer, doing);
      yield page.objects;
      token = page.token;
      if (!token) return;
    }
  }

  /** An object; undefined: the S3 system says that there is none. The body must be read to its end or destroyed; it throws Faults, too. */
  async get(key: string): Promise<{ head: ObjectHead; body: Readable } | undefined> {
    const doing = `reading ${named(key)}`;
    const answer = await this.#requests.ask({ method: 'GET', key, stream: true, doing });
    const { stream } = answer;
    if (!stream) {
      // Only the S3 system's own word counts: a proxy's 404 is no absence.
      if (answer.status === 404 && codeOf(answer) === 'NoSuchKey') {
        // U+FFFD stands for a character that the listing could not say: the object is there, under a name that nobody tells.
        if (key.includes('\ufffd'))
          throw unreadable(key, this.#requests.place, 'it is listed, but not under its true key');
        return undefined;
      }
      throw faultOfReading(answer, this.#requests.place, key);
    }
    const body = this.#told(stream, doing);
    const head = await this.#head(answer, key).catch((error) => {
      body.destroy();
      throw error;
    });
    if (head) return { head, body };
    body.destroy();
    return undefined;
  }

  /** What an object has beside its body; undefined: the S3 system says that there is none. */
  async head(key: string): Promise<ObjectHead | undefined> {
    const answer = await this.#requests.ask({ method: 'HEAD', key, doing: `asking for ${named(key)}` });
    if (answer.status === 200) return this.#head(answer, key);
    // No body, no reason: the answer to GET has one.
    const object = await this.get(key);
    object?.body.destroy();
    return object?.head;
  }

  /** Writes an object from a file. 'exists': `onlyIfAbsent` was asked for, and there is one. */
  async put(
    key: string,
    head: Pick<ObjectHead, 'headers' | 'metadata' | 'tags'>,
    file: File,
    { onlyIfAbsent = false }: { onlyIfAbsent?: boolean } = {},
  ): Promise<{ etag: string } | 'exists'> {
    const { size } = await stat(file.path);
    if (size !== file.size)
      throw new Error(`The file ${file.path} has ${size} bytes instead of ${file.size}.`);
    const tags = queryString(Object.entries(head.tags));
    const headers = { ...headersOf(head), ...(tags && { 'x-amz-tagging': tags }) };
    return upload(this.#requests, key, headers, file, onlyIfAbsent, { ...MULTIPART, ...this.#multipart });
  }

  close(): void {
    this.#requests.close();
  }

  /** Undefined: it went before its tags were read. */
  async #head(answer: Answered, key: string): Promise<ObjectHead | undefined> {
    const tagged = Number(answer.headers['x-amz-tagging-count'] ?? 0) > 0;
    if (!tagged) await this.#mayReadTags(key);
    const tags = tagged ? await this.#tags(key) : {};
    if (!tags) return undefined;
    const head = headOf(answer.headers, tags);
    if (head) return head;
    throw unreadable(
      key,
      this.#requests.place,
      'what the S3 system answers is no object: it has no ETag, or no length',
    );
  }

  /** Tags are not counted for those who may not read them, who would take it that there are none: so this is asked once. */
  #mayReadTags(key: string): Promise<void> {
    this.#tagsAsked ??= this.#tagging(key).then((answer) => {
      if (codeOf(answer) === 'AccessDenied') throw this.#fault(answer, `reading the tags of ${named(key)}`);
    });
    return this.#tagsAsked;
  }

  async #tags(key: string): Promise<ObjectHead['tags'] | undefined> {
    const answer = await this.#tagging(key);
    const tags = answer.status === 200 ? tagsOf(answer.body) : undefined;
    if (tags) return tags;
    if (answer.status === 404 && codeOf(answer) === 'NoSuchKey') return undefined;
    throw faultOfReading(answer, this.#requests.place, key);
  }

  #tagging(key: string): Promise<Answered> {
    const doing = `reading the tags of ${named(key)}`;
    return this.#requests.ask({ method: 'GET', key, query: [['tagging', '']], doing });
  }

  /** The body itself, which fails with a Fault. Another stream around it would cost as much time as the reading of a small object. */
  #told(stream: http.IncomingMessage, doing: string): Readable {
    const destroy = stream.destroy.bind(stream);
    stream.destroy = (error?: Error) => destroy(error && this.#requests.faultOf(error, doing));
    // Without anybody who listens it would forget an error that comes before it is read.
    return stream.on('error', () => undefined);
  }

  #fault(answer: Answered, doing: string): Fault {
    return faultOfAnswer(answer, this.#requests.place, doing);
  }
}
