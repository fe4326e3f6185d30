import { AwsClient } from 'aws4fetch';
import { type Deletes, repositoryStatements } from '../../../src/api';

/** Users of a versitygw, and what they may do in buckets. */
export class Users {
  readonly #root: AwsClient;

  constructor(
    readonly endpoint: string,
    keys: { accessKeyId: string; secretAccessKey: string },
  ) {
    this.#root = new AwsClient({ ...keys, service: 's3', region: 'us-east-1' });
  }

  /** Makes users of a repository's bucket, of which each may delete so much there. @returns their keys, as a Job has them */
  async of<Name extends string>(
    bucket: string,
    deletes: Record<Name, Deletes>,
  ): Promise<Record<Name, NodeJS.ProcessEnv>> {
    const statements: object[] = [];
    const keys = {} as Record<Name, NodeJS.ProcessEnv>;
    for (const [name, may] of Object.entries(deletes) as [Name, Deletes][]) {
      const access = `${bucket}-${name}`;
      const secret = `secret-of-${access}`;
      const account = `<Account><Access>${access}</Access><Secret>${secret}</Secret><Role>user</Role></Account>`;
      await this.#ask('/create-user', 'PATCH', account);
      for (const { Sid, ...statement } of repositoryStatements(bucket, may))
        statements.push({ Sid: `${Sid}${name}`, Principal: { AWS: [access] }, ...statement });
      keys[name] = { AWS_ACCESS_KEY_ID: access, AWS_SECRET_ACCESS_KEY: secret };
    }
    const policy = { Version: '2012-10-17', Statement: statements };
    await this.#ask(`/${bucket}?policy`, 'PUT', JSON.stringify(policy));
    return keys;
  }

  async #ask(path: string, method: string, body: string): Promise<void> {
    const answer = await this.#root.fetch(`${this.endpoint}${path}`, { method, body });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  }
}
