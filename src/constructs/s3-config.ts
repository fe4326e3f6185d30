import { problemsOfSecret, type SecretKeyPair } from './secret-key';

/** An S3 system. */
export interface S3Config {
  /** Host name (https is meant), or a URL beginning with http:// or https://, without a bucket; e.g. 's3.example.net'. */
  readonly s3Host: string;
  /**
   * Region that requests are signed for.
   * @default 'us-east-1', which self-hosted systems accept
   */
  readonly region?: string;
  /**
   * Trust of the TLS certificate.
   * @default - the well-known certificate authorities
   */
  readonly tls?: {
    /** PEM certificates to trust in addition to the well-known ones. */
    readonly caBundle?: string;
  };
  /** The keys: `SecretKey.pair(secretName, accessKeyProperty, secretKeyProperty)`, a Secret in the Job namespace. */
  readonly s3Credentials: SecretKeyPair;
}

/** As the manifest has it. */
export const s3ConfigOf = ({ s3Host, region, tls, s3Credentials }: S3Config) => ({
  s3Host,
  region,
  tls: tls && { caBundle: tls.caBundle },
  s3Credentials: {
    secretName: s3Credentials.secretName,
    // `cdk8s import` writes names in its own case here; the manifest has the CRD's.
    accessKeyIdProperty: s3Credentials.accessKeyIDProperty,
    secretKeyProperty: s3Credentials.secretKeyProperty,
  },
});

const S3_HOST = /^(https?:\/\/)?[A-Za-z0-9.:[\]_-]+\/?$/;

/** What is wrong with the S3 system that `property` names. */
export function problemsOfS3(property: string, { s3Host, s3Credentials }: S3Config): string[] {
  const { secretName, ...keys } = s3Credentials;
  const problems = problemsOfSecret(`${property}.s3Credentials`, secretName, keys);
  if (!S3_HOST.test(s3Host)) {
    problems.push(
      `${property}.s3Host '${s3Host}' is neither a host name nor a URL without a path: write it like 's3.example.net'.`,
    );
  }
  return problems;
}
