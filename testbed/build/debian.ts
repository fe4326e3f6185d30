import { run } from '../machine/command';

/** What the nodes are made of, beside Kubernetes itself. */
const PACKAGES = [
  'containerd',
  'runc',
  'containernetworking-plugins',
  'iptables',
  'nftables',
  'busybox-static',
  'e2fsprogs',
  'iproute2',
  'openssl',
  'util-linux',
  'ca-certificates',
];

async function isInstalled(name: string): Promise<boolean> {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own form
  const status = await run('dpkg-query', ['--show', '--showformat=${db:Status-Status}', name]).catch(
    () => '',
  );
  return status === 'installed';
}

/** Installs the Debian packages that are missing; with all of them there it takes no privileges and no network. */
export async function installPackages(onInstall: (names: string) => void): Promise<void> {
  const installed = await Promise.all(PACKAGES.map(isInstalled));
  const missing = PACKAGES.filter((_, index) => !installed[index]);
  if (missing.length === 0) return;
  onInstall(`apt-get to install ${missing.join(', ')}`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['update', '--quiet'], { env });
  await run('apt-get', ['install', '--quiet', '--yes', '--no-install-recommends', ...missing], { env });
}
