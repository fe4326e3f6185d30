import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
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
    try {
      const head = await this.#head(answer, key);
      return { head, body: Readable.from(this.#told(stream, doing), { objectMode: false }) };
    } catch (error) {
      stream.destroy();
      throw error;
    }
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

  async #head(answer: Answered, key: string): Promise<ObjectHead> {
    const tagged = Number(answer.headers['x-amz-tagging-count'] ?? 0) > 0;
    const head = headOf(answer.headers, tagged ? await this.#tags(key) : {});
    if (!head)
      throw unreadable(
        key,
        this.#requests.place,
        'what the S3 system answers is no object: it has no ETag, or no length',
      );
    return head;
  }

  async #tags(key: string): Promise<ObjectHead['tags']> {
    const doing = `reading the tags of ${named(key)}`;
    const answer = await this.#requests.ask({ method: 'GET', key, query: [['tagging', '']], doing });
    const tags = answer.status === 200 ? tagsOf(answer.body) : undefined;
    if (!tags) throw this.#fault(answer, doing);
    return tags;
  }

  async *#told(stream: AsyncIterable<Buffer>, doing: string): AsyncGenerator<Buffer> {
    try {
      yield* stream;
    } catch (error) {
      throw this.#requests.faultOf(error, doing);
    }
  }

  #fault(answer: Answered, doing: string): Fault {
    return faultOfAnswer(answer, this.#requests.place, doing);
  }
}
