import { nameOf, namespaceOf, type ObjectReference } from './reference';
import { problemsOfSecretName } from './secret-name';

/** One key of a Secret in the Job namespace. The Secret is never read at synth, nor by the operator. */
export class SecretKey {
  /**
   * The key `key` of a Secret: of one that this app declares, or of that name. `{bucket}` in the name stands for the name of the bucket:
   * `SecretKey.of('restic-{bucket}', 'pw')` gives each repository a password of its own.
   */
  static of(secret: ObjectReference | string, key: string): SecretKey {
    return new SecretKey(secret, key);
  }

  /**
   * Two keys of one Secret: S3 access key id and secret access key. `{bucket}` in its name stands for the name of the bucket, so that each
   * can have a user of its own: `SecretKey.pair('s3-{bucket}', 'AccessKey', 'SecretKey')`.
   */
  static pair(
    secret: ObjectReference | string,
    accessKeyProperty: string,
    secretKeyProperty: string,
  ): SecretKeyPair {
    return {
      secretName: nameOf(secret),
      accessKeyIDProperty: accessKeyProperty,
      secretKeyProperty,
      ...origin(secret),
    };
  }

  /** Name of the Secret, with `{bucket}` in it if it was given so. */
  readonly secretName: string;
  /** Key in the Secret. */
  readonly secretKey: string;
  /** Where the Secret was declared, and as what. @internal */
  readonly secret?: SecretOrigin;

  private constructor(secret: ObjectReference | string, secretKey: string) {
    this.secretName = nameOf(secret);
    this.secretKey = secretKey;
    this.secret = origin(secret).secret;
  }
}

/** Where the S3 keys stand: two keys of a Secret in the Job namespace. */
export interface SecretKeyPair {
  /** Name of the Secret, in which `{bucket}` stands for the name of the bucket. */
  readonly secretName: string;
  /** Key that holds the access key id. */
  readonly accessKeyIDProperty: string;
  /** Key that holds the secret access key. */
  readonly secretKeyProperty: string;
  /** Where the Secret was declared, and as what. @internal */
  readonly secret?: SecretOrigin;
}

/** Where a referenced Secret was declared, if that is known, and as what. */
export interface SecretOrigin {
  readonly kind: string;
  readonly namespace?: string;
}

const origin = (secret: ObjectReference | string): { secret?: SecretOrigin } =>
  typeof secret === 'string' ? {} : { secret: { kind: secret.kind, namespace: namespaceOf(secret) } };

const KEY = /^[-._a-zA-Z0-9]{1,253}$/;

/** What is wrong with a reference to a Secret, which Jobs in `jobNamespace` are to read. */
export function problemsOfSecret(
  property: string,
  { secretName, secret }: { secretName: string; secret?: SecretOrigin },
  keys: Record<string, string>,
  jobNamespace: string,
): string[] {
  const problems: string[] = [];
  if (secret && secret.kind !== 'Secret') {
    problems.push(`${property} is the ${secret.kind} '${secretName}': use a Secret, or the name of one.`);
  }
  if (secret?.namespace !== undefined && secret.namespace !== jobNamespace) {
    problems.push(
      `${property} is the Secret '${secretName}' of namespace '${secret.namespace}', but Jobs run in '${jobNamespace}' and read it there: declare it in that namespace.`,
    );
  }
  problems.push(...problemsOfSecretName(`${property}.secretName`, secretName));
  for (const [name, key] of Object.entries(keys)) {
    if (KEY.test(key)) continue;
    problems.push(
      `${property}.${name} '${key}' is not a key a Secret can have: use letters, digits, dots, hyphens and underscores.`,
    );
  }
  return problems;
}
