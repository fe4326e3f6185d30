import colors from 'picocolors';
import type { Paint } from './tables';

/**
 * Colours on a terminal only, and none with NO_COLOR (https://no-color.org: set and not empty).
 */
export function paintFor(stream: { isTTY?: boolean }, env: NodeJS.ProcessEnv): Paint {
  const with_ = colors.createColors(Boolean(stream.isTTY) && !env.NO_COLOR && env.TERM !== 'dumb');
  return { dim: with_.dim, bold: with_.bold, good: with_.green, warn: with_.yellow, bad: with_.red };
}

/** No colour at all. */
export const PLAIN: Paint = paintFor({}, {});
