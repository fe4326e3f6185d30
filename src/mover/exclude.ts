/**
 * A pattern of the declaration as restic's `--exclude` takes it. restic matches absolute paths of the machine it runs on,
 * people write paths of their volume: `/cache` is the directory `cache` at the volume's root, wherever that is mounted.
 * A pattern without a leading slash matches at any depth, in both.
 */
export function anchorPattern(pattern: string, volume: string): string {
  const [not, rest] = pattern.startsWith('!') ? ['!', pattern.slice(1)] : ['', pattern];
  return rest.startsWith('/') ? `${not}${volume}${rest}` : pattern;
}
