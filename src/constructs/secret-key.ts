/** One key of a Secret in the Job namespace. The Secret is never read at synth, nor by the operator. */
export class SecretKey {
  /** The key `key` of the Secret `secretName`. */
  static of(secretName: string, key: string): SecretKey {
    return new SecretKey(secretName, key);
  }

  /** Two keys of one Secret: S3 access key id and secret access key. */
  static pair(secretName: string, accessKeyProperty: string, secretKeyProperty: string): SecretKeyPair {
    return { secretName, accessKeyIDProperty: accessKeyProperty, secretKeyProperty };
  }

  /** Name of the Secret. */
  readonly secretName: string;
  /** Key in the Secret. */
  readonly secretKey: string;

  private constructor(secretName: string, secretKey: string) {
    this.secretName = secretName;
    this.secretKey = secretKey;
  }
}

/** Where the S3 keys stand: two keys of a Secret in the Job namespace. */
export interface SecretKeyPair {
  /** Name of the Secret. */
  readonly secretName: string;
  /** Key that holds the access key id. */
  readonly accessKeyIDProperty: string;
  /** Key that holds the secret access key. */
  readonly secretKeyProperty: string;
}

const SECRET_NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;
const KEY = /^[-._a-zA-Z0-9]{1,253}$/;

/** What is wrong with a reference to a Secret. */
export function problemsOfSecret(
  property: string,
  secretName: string,
  keys: Record<string, string>,
): string[] {
  const problems = SECRET_NAME.test(secretName)
    ? []
    : [
        `${property}.secretName '${secretName}' is not a name a Secret can have: use lower-case letters, digits, dots and hyphens.`,
      ];
  for (const [name, key] of Object.entries(keys)) {
    if (KEY.test(key)) continue;
    problems.push(
      `${property}.${name} '${key}' is not a key a Secret can have: use letters, digits, dots, hyphens and underscores.`,
    );
  }
  return problems;
}
