import { codeOf } from '../mover/s3-fault';
import { encode } from '../mover/signature';
import type { System } from './system';
import { refusal } from './trouble';

/** One bucket, as the administrator has it made and its policy set. */
export class AdminBucket {
  readonly #system: System;
  readonly #name: string;
  readonly #path: string;

  constructor(system: System, name: string) {
    this.#system = system;
    this.#name = name;
    this.#path = `/${encode(name)}`;
  }

  /** Makes it. False: the administrator had it already. */
  async create(): Promise<boolean> {
    const doing = `making the bucket ${this.#name}`;
    const answer = await this.#system.ask({ method: 'PUT', path: this.#path, doing });
    if (answer.status === 200) return true;
    const code = codeOf(answer);
    if (code === 'BucketAlreadyOwnedByYou') return false;
    if (code === 'BucketAlreadyExists')
      throw refusal(
        `The bucket ${this.#name} belongs to another account, whose it stays: choose another bucketName. If it is meant to be this one, give it to the account whose keys \`admin\` of the BackupBucket names.`,
      );
    throw this.#system.trouble(answer, doing);
  }

  /** Its policy, as JSON; undefined: it has none. */
  async policy(): Promise<string | undefined> {
    const doing = `reading the policy of the bucket ${this.#name}`;
    const answer = await this.#system.ask({
      method: 'GET',
      path: this.#path,
      query: [['policy', '']],
      doing,
    });
    if (answer.status === 200) return answer.body;
    if (codeOf(answer) === 'NoSuchBucketPolicy') return undefined;
    throw this.#system.trouble(answer, doing);
  }

  async setPolicy(body: string): Promise<void> {
    const doing = `setting the policy of the bucket ${this.#name}`;
    const answer = await this.#system.ask({
      method: 'PUT',
      path: this.#path,
      query: [['policy', '']],
      body,
      doing,
    });
    if (answer.status === 200 || answer.status === 204) return;
    if (codeOf(answer) === 'MalformedPolicy')
      throw refusal(
        `The S3 system does not take the policy of the bucket ${this.#name} with the users' statements in it: ${answer.body.match(/<Message>([^<]*)/)?.[1]}. Look for users in it that there are no more, and remove their statements by hand (GetBucketPolicy, PutBucketPolicy).`,
      );
    throw this.#system.trouble(answer, doing);
  }
}
