import { BUCKET_PATTERN, NAMESPACE_PATTERN } from '../api';

/** Buckets that some namespaces may name. */
export interface BucketRule {
  /**
   * The namespaces, 1 to 200; `*` stands for anything.
   * @default - all
   */
  readonly namespaces?: readonly string[];
  /**
   * What backupBucketName may be there, 1 to 200: `*` stands for anything, `{namespace}` for the namespace of the ServiceBackup. No
   * namespace has a dot in its name, so that `'{namespace}.*'` gives each buckets of its own; of `'{namespace}-*'` namespace `a` has also
   * those of namespace `a-b`.
   */
  readonly backup: readonly string[];
  /**
   * What `Item.bucket` may name there, 1 to 200, as in `backup`. Where the services of several people share the keys of
   * `s3ServiceConfig`, this keeps each from the others' data.
   * @default - none
   */
  readonly service?: readonly string[];
}

const NAMESPACE = new RegExp(NAMESPACE_PATTERN);
const BUCKET = new RegExp(BUCKET_PATTERN);

/** What is wrong with patterns for namespaces. */
export const problemsOfNamespacePatterns = (
  property: string,
  patterns: readonly string[] | undefined,
  most: number,
): string[] => [
  ...problemsOfCount(property, patterns, most, 'remove it for all namespaces'),
  ...(patterns ?? []).flatMap((pattern, at) =>
    NAMESPACE.test(pattern) && pattern.length <= 63
      ? []
      : [
          `${property}[${at}] '${pattern}' is no pattern for namespaces: use at most 63 lower-case letters, digits, hyphens and '*', e.g. 'team-*'.`,
        ],
  ),
];

/** What is wrong with the rules of who may name which bucket. */
export const problemsOfBucketRules = (rules: readonly BucketRule[] | undefined): string[] => [
  ...problemsOfCount('buckets', rules, 1000, 'remove it for any bucket'),
  ...(rules ?? []).flatMap(({ namespaces, backup, service }, at) => [
    ...problemsOfNamespacePatterns(`buckets[${at}].namespaces`, namespaces, 200),
    ...problemsOfBucketPatterns(`buckets[${at}].backup`, backup, "name a pattern, e.g. '{namespace}.*'"),
    ...problemsOfBucketPatterns(`buckets[${at}].service`, service, 'remove it, which means the same'),
  ]),
];

const problemsOfBucketPatterns = (
  property: string,
  patterns: readonly string[] | undefined,
  mend: string,
): string[] => [
  ...problemsOfCount(property, patterns, 200, mend),
  ...(patterns ?? []).flatMap((pattern, nth) =>
    BUCKET.test(pattern) && pattern.length <= 128
      ? []
      : [
          `${property}[${nth}] '${pattern}' is no pattern for buckets: use at most 128 lower-case letters, digits, dots, hyphens, '*' and '{namespace}', e.g. '{namespace}.*'.`,
        ],
  ),
];

function problemsOfCount(
  property: string,
  list: readonly unknown[] | undefined,
  most: number,
  mend: string,
): string[] {
  if (list?.length === 0) return [`${property} is empty and would allow nothing: ${mend}.`];
  return list && list.length > most
    ? [`${property} has ${list.length} entries: use at most ${most}, e.g. with a '*'.`]
    : [];
}
