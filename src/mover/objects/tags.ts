import { all, textOf } from './xml';

/** The answer to GetObjectTagging; undefined: it is none. */
export function tagsOf(xml: string): Record<string, string> | undefined {
  if (!xml.includes('<Tagging')) return undefined;
  return Object.fromEntries(
    all(xml, 'Tag').map((tag) => [textOf(tag, 'Key') ?? '', textOf(tag, 'Value') ?? '']),
  );
}
