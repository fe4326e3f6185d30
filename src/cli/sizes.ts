const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** Bytes as people read them: `310 KiB`, `48.0 MiB`, `198.4 GiB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  // 1023.95 MiB would be printed as '1024.0 MiB'.
  while (unit < UNITS.length - 1 && value >= (unit < 1 ? 1023.5 : 1023.95)) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit >= 2 || (unit === 1 && value < 9.95) ? 1 : 0;
  return `${value.toFixed(digits)} ${UNITS[unit]}`;
}

/** A number with thousands set apart, the same in every locale, so that scripts and screenshots agree. */
export const formatCount = (count: number): string => count.toLocaleString('en-US');

export const countOf = (count: number, one: string, many = `${one}s`): string =>
  `${formatCount(count)} ${count === 1 ? one : many}`;

/** A size as Kubernetes takes it (`20Gi`, `500M`, `1.5Ti`), as a person may write it after --size. */
export const isQuantity = (text: string): boolean => /^[0-9]+(\.[0-9]+)?([KMGTPE]i|[kMGTPE])?$/.test(text);
