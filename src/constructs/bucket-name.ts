import { BUCKET_NAME } from '../api';

const NAME = new RegExp(BUCKET_NAME);

/** What is wrong with the name of a bucket that `property` gives, with a name that would do. */
export function problemsOfBucketName(property: string, name: string): string[] {
  if (name.length >= 3 && name.length <= 63 && NAME.test(name)) return [];
  const mend = suggestion(name);
  return [
    `${property} '${name}' is not a bucket name S3 accepts (3 to 63 lower-case letters, digits, dots and hyphens): use ${mend ? `'${mend}'` : 'another'}.`,
  ];
}

function suggestion(name: string): string | undefined {
  const mended = name
    .toLowerCase()
    .replace(/[^a-z0-9.-]+/g, '-')
    .replace(/[.-]*\.[.-]*/g, '.')
    .slice(0, 63)
    .replace(/^[.-]+|[.-]+$/g, '');
  return NAME.test(mended) ? mended : undefined;
}
