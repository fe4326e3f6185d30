import type { Cluster } from '../../demo/cluster';
import { JOB_NAMESPACE } from '../../demo/deploy';
import { ANNOTATION, podTemplateName } from '../../src/api';
import type { BackupConfig } from '../../src/api/kinds';
import {
  maintenanceSecretsOf,
  secretsOf as secretsOfConfigs,
  serviceSecretsOf,
} from '../../src/constructs/app-configs';
import type { PodTemplate } from '../../src/kube/objects';

const TEMPLATES = (['mover', 'maintenance', 'bucket'] as const).map(podTemplateName);

/** The Secrets that an object names, if it is a BackupConfig. */
export function secretsOf({ kind, spec }: { kind: string; spec?: unknown }): string[] {
  if (kind !== 'BackupConfig') return [];
  const configs = [{ settings: (spec as BackupConfig['spec']).serviceBackup }];
  return [...secretsOfConfigs(configs), ...serviceSecretsOf(configs), ...maintenanceSecretsOf(configs)];
}

/** What the fence lets the operator take credentials from, as its administrator adds to it. */
export class KnownSecrets {
  readonly #added = new Set<string>();

  private constructor(
    private readonly cluster: Cluster,
    /** Names with commas between them, of each template. */
    private readonly deployed: ReadonlyMap<string, string>,
  ) {}

  static async of(cluster: Cluster): Promise<KnownSecrets> {
    const get = ['get', 'podtemplate', ...TEMPLATES, '-n', JOB_NAMESPACE, '-o', 'json'];
    const { items }: { items: PodTemplate[] } = JSON.parse(await cluster.kubectl(get));
    return new KnownSecrets(
      cluster,
      new Map(items.map(({ metadata }) => [metadata.name, metadata.annotations![ANNOTATION.secrets]!])),
    );
  }

  async letThrough(names: readonly string[]): Promise<void> {
    const lists = [...this.deployed.values()].map((deployed) => [...deployed.split(','), ...this.#added]);
    const unknown = names.filter((name) => !lists.every((known) => known.includes(name)));
    for (const name of unknown) this.#added.add(name);
    if (unknown.length > 0) await this.#write(this.#added);
  }

  async restore(): Promise<void> {
    if (this.#added.size > 0) await this.#write([]);
  }

  async #write(added: Iterable<string>): Promise<void> {
    for (const [template, deployed] of this.deployed)
      await this.cluster.kubectl([
        ...['annotate', 'podtemplate', template, '-n', JOB_NAMESPACE, '--overwrite'],
        `${ANNOTATION.secrets}=${[...new Set([...deployed.split(','), ...added])].join(',')}`,
      ]);
  }
}
