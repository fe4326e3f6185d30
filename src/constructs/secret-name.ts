import { BUCKET_PLACEHOLDER } from '../api';
import { problemsOfName } from './names';

/** What is wrong with the name of a Secret, in which one '{bucket}' may stand for the name of a bucket. */
export function problemsOfSecretName(property: string, name: string): string[] {
  const [before, after, more] = name.split(BUCKET_PLACEHOLDER);
  if (more !== undefined)
    return [`${property} '${name}' has '${BUCKET_PLACEHOLDER}' more than once: once will do.`];
  // The fence would let any Secret of the namespace through.
  if (before === '' && after === '')
    return [
      `${property} '${name}' would be the name of any Secret: write more than the bucket, e.g. 's3-${BUCKET_PLACEHOLDER}'.`,
    ];
  return problemsOfName(property, name.replace(BUCKET_PLACEHOLDER, 'bucket'), 'Secret').length === 0
    ? []
    : problemsOfName(property, name, 'Secret');
}
