import { Failure } from './failure';

/** The library that reads kubeconfigs crashes on anything older, without a word that helps. */
const OLDEST = [22, 19] as const;

/** @throws Failure on a Node.js that cannot run this program. */
export function checkNodeVersion(version: string): void {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return;
  throw new Failure(
    `service-backup needs Node.js ${OLDEST.join('.')} or newer, and this is ${version}: start it through npm (npx service-backup), or install a newer one.`,
  );
}
