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
  return (key) => {
    const segments = key.split('/');
    return rules.reduce((out, { not, matches }) => (matches(segments) ? !not : out), false);
  };
}

/** Of a sequence: one that a test passes, or any number of them. */
type Part<T> = 'any' | ((one: T) => boolean);

function ruleOf(pattern: string): { not: boolean; matches: (segments: string[]) => boolean } {
  const not = pattern.startsWith('!');
  const rest = pattern.slice(not ? 1 : 0).replace(/(?<=.)\/+$/, '');
  const anchored = rest.startsWith('/');
  const written = rest.slice(anchored ? 1 : 0).split('/');
  // At the end it is something, and below whatever matched is anything.
  if (written.at(-1) === '**') written[written.length - 1] = '*';
  const parts: Part<string>[] = written.map((segment) => (segment === '**' ? 'any' : segmentTest(segment)));
  const all: Part<string>[] = [...(anchored ? [] : ['any' as const]), ...parts, 'any'];
  return { not, matches: (segments) => isLike(segments, all) };
}

function segmentTest(pattern: string): (segment: string) => boolean {
  const parts = Array.from(pattern.matchAll(/\[([!^])?([^\]]+)\]|\\(.)|./gsu), (found): Part<string> => {
    const [part, not, range, escaped = part] = found;
    if (range !== undefined) return rangeTest(pattern, not !== undefined, range);
    if (part === '*') return 'any';
    return part === '?' ? () => true : (character) => character === escaped;
  });
  return (segment) => isLike(Array.from(segment), parts);
}

function rangeTest(pattern: string, not: boolean, range: string): (character: string) => boolean {
  try {
    const one = new RegExp(`^[${range.replace(/[\\[^&]/g, '\\$&')}]$`, 'su');
    return (character) => one.test(character) !== not;
  } catch {
    throw new Fault('BackupFailed', `The pattern ${pattern} in exclude means nothing: correct it.`);
  }
}

/**
 * Only the last 'any' may have to take one more: what came before has matched, and as early as can be. So nobody's pattern takes
 * longer than its length times that of the key, as a regular expression's may.
 */
function isLike<T>(sequence: readonly T[], parts: readonly Part<T>[]): boolean {
  let [at, part] = [0, 0];
  let again: { at: number; part: number } | undefined;
  while (at < sequence.length) {
    const wanted = parts[part];
    if (wanted === 'any') {
      part++;
      again = { at, part };
    } else if (wanted?.(sequence[at] as T)) {
      at++;
      part++;
    } else if (again) {
      again.at++;
      at = again.at;
      part = again.part;
    } else {
      return false;
    }
  }
  return parts.slice(part).every((left) => left === 'any');
}
