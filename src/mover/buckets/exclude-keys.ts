import { Fault } from '../fault';

/**
 * Which keys a list of patterns leaves out. The patterns are those of volumes, with the key as the path:
 *
 *   *.part     a segment at any depth; whatever lies below a segment that matches is left out, too
 *   a/b*       several segments in a row, at any depth
 *   /cache     from the beginning of the key
 *   **         any number of segments; elsewhere * and ? stay within one, and [a-z] is one of these characters
 *   !keep      brings back what an earlier pattern left out
 *
 * A slash at the end says nothing.
 *
 * @throws BackupFailed for a pattern that means nothing
 */
export function excluder(patterns: readonly string[]): (key: string) => boolean {
  const rules = patterns.map(ruleOf);
  return (key) => rules.reduce((out, { not, matches }) => (matches.test(key) ? !not : out), false);
}

function ruleOf(pattern: string): { not: boolean; matches: RegExp } {
  const not = pattern.startsWith('!');
  const rest = pattern.slice(not ? 1 : 0).replace(/(?<=.)\/+$/, '');
  const anchored = rest.startsWith('/');
  const segments = rest.slice(anchored ? 1 : 0).split('/');
  const text = segments
    .map((segment, at) => {
      const last = at === segments.length - 1;
      if (segment === '**') return last ? '.*' : '(?:[^/]*/)*';
      return glob(segment) + (last ? '' : '/');
    })
    .join('');
  try {
    return { not, matches: new RegExp(`^${anchored ? '' : '(?:.*/)?'}${text}(?:/|$)`, 'su') };
  } catch {
    throw new Fault('BackupFailed', `The pattern ${pattern} in exclude means nothing: correct it.`);
  }
}

const literally = (text: string): string => text.replace(/[\\^$.|+(){}[\]/*?]/g, '\\$&');

const glob = (segment: string): string =>
  segment.replace(
    /\[([!^])?([^\]]+)\]|\\(.)|./gsu,
    (part, not?: string, range?: string, escaped?: string) => {
      if (range !== undefined) return `[${not ? '^/' : ''}${range.replace(/[\\[^&]/g, '\\$&')}]`;
      if (part === '*') return '[^/]*';
      return part === '?' ? '[^/]' : literally(escaped ?? part);
    },
  );
