import type { Cluster } from '../../demo/cluster';
import { JOB_NAMESPACE } from '../../demo/deploy';
import { ANNOTATION, podTemplateName } from '../../src/api';
import type { BackupConfig } from '../../src/api/kinds';
import { secretsOf as secretsOfConfigs } from '../../src/constructs/app-configs';

const TEMPLATES = [podTemplateName('mover'), podTemplateName('maintenance')];

/** The Secrets that an object names, if it is a BackupConfig. */
export function secretsOf({ kind, spec }: { kind: string; spec?: unknown }): string[] {
  if (kind !== 'BackupConfig') return [];
  return secretsOfConfigs([{ settings: (spec as BackupConfig['spec']).serviceBackup }]);
}

/** What the fence lets the operator take credentials from, as its administrator adds to it. */
export class KnownSecrets {
  #now: string[];

  private constructor(
    private readonly cluster: Cluster,
    private readonly deployed: readonly string[],
  ) {
    this.#now = [...deployed];
  }

  static async of(cluster: Cluster): Promise<KnownSecrets> {
    const get = ['get', 'podtemplate', TEMPLATES[0]!, '-n', JOB_NAMESPACE, '-o', 'json'];
    const { metadata } = JSON.parse(await cluster.kubectl(get));
    return new KnownSecrets(cluster, metadata.annotations[ANNOTATION.secrets].split(','));
  }

  async letThrough(names: readonly string[]): Promise<void> {
    const added = [...new Set(names)].filter((name) => !this.#now.includes(name));
    if (added.length > 0) await this.#write([...this.#now, ...added]);
  }

  async restore(): Promise<void> {
    if (this.#now.length > this.deployed.length) await this.#write([...this.deployed]);
  }

  async #write(names: string[]): Promise<void> {
    this.#now = names;
    const annotation = `${ANNOTATION.secrets}=${names.join(',')}`;
    await this.cluster.kubectl([
      'annotate',
      'podtemplate',
      ...TEMPLATES,
      '-n',
      JOB_NAMESPACE,
      '--overwrite',
      annotation,
    ]);
  }
}
