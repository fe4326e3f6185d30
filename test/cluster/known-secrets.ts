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

const MAINTENANCE = podTemplateName('maintenance');
const TEMPLATES = [podTemplateName('mover'), MAINTENANCE, podTemplateName('bucket')];

/** Names of Secrets: of those that any Job may have, and of those that only Jobs of maintenance may. */
export interface Named {
  any: string[];
  maintenance: string[];
}

/** The Secrets that objects name, if they are BackupConfigs. */
export function secretsOf(objects: readonly { kind: string; spec?: unknown }[]): Named {
  const configs = objects
    .filter(({ kind }) => kind === 'BackupConfig')
    .map(({ spec }) => ({ settings: (spec as BackupConfig['spec']).serviceBackup }));
  return {
    any: [...secretsOfConfigs(configs), ...serviceSecretsOf(configs)],
    maintenance: maintenanceSecretsOf(configs),
  };
}

/** What the fence lets the operator take credentials from, as its administrator adds to it. */
export class KnownSecrets {
  readonly #added = { any: new Set<string>(), maintenance: new Set<string>() };

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

  async letThrough({ any, maintenance }: Named): Promise<void> {
    const lists = [...this.deployed].map(([template, deployed]) => [
      ...deployed.split(','),
      ...this.#addedTo(template),
    ]);
    const known = (name: string) => lists.every((names) => names.includes(name));
    const unknown = any.filter((name) => !known(name));
    const forMaintenance = maintenance.filter((name) => !this.#added.maintenance.has(name));
    for (const name of unknown) this.#added.any.add(name);
    for (const name of forMaintenance) this.#added.maintenance.add(name);
    if (unknown.length + forMaintenance.length > 0) await this.#write((template) => this.#addedTo(template));
  }

  async restore(): Promise<void> {
    if (this.#added.any.size + this.#added.maintenance.size > 0) await this.#write(() => []);
  }

  #addedTo(template: string): string[] {
    const { any, maintenance } = this.#added;
    return [...any, ...(template === MAINTENANCE ? maintenance : [])];
  }

  async #write(added: (template: string) => string[]): Promise<void> {
    for (const [template, deployed] of this.deployed)
      await this.cluster.kubectl([
        ...['annotate', 'podtemplate', template, '-n', JOB_NAMESPACE, '--overwrite'],
        `${ANNOTATION.secrets}=${[...new Set([...deployed.split(','), ...added(template)])].join(',')}`,
      ]);
  }
}
