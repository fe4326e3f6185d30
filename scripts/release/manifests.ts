import { App, Chart, Yaml } from 'cdk8s';
import { BackupOperator } from 'service-backup';

/** Names of the Secrets in all of docs/: who writes YAML uses these, so the fence must know them. */
const SECRETS = ['s3-backup', 'restic-pw', 's3-service'];
/** Keys that may delete, where there are such. */
const MAINTENANCE_SECRETS = ['s3-maintenance'];
/** And the name of the claim to which buckets are copied. */
const SCRATCH_CLAIMS = ['scratch'];

/** What a release has for people who write no TypeScript. */
export interface Manifests {
  /** The operator with its defaults, without a BackupConfig, in the order in which it is applied. */
  operator: string;
  /** The kinds alone. */
  crds: string;
  /** Images that the cluster pulls. */
  images: string[];
}

interface KubeObject {
  kind: string;
}

/** @throws if the programs are not built */
export function manifestsOf(version: string): Manifests {
  const app = new App();
  const chart = new Chart(app, 'service-backup');
  new BackupOperator(chart, 'operator', {
    secrets: SECRETS,
    maintenanceSecrets: MAINTENANCE_SECRETS,
    scratchClaims: SCRATCH_CLAIMS,
  });
  const operator = app.synthYaml();
  const objects: KubeObject[] = chart.toJson();
  const kinds = objects.filter(({ kind }) => kind === 'CustomResourceDefinition');
  return {
    operator: `# service-backup ${version}, without a BackupConfig: docs/yaml.md tells what else is needed.\n${operator}`,
    crds: `# The kinds of service-backup ${version}.\n${Yaml.stringify(...kinds)}`,
    images: [...new Set(objects.flatMap(imagesIn))].sort(),
  };
}

/** Images of the containers of an object, wherever its pod is. */
function imagesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, child]) =>
    name === 'image' && typeof child === 'string' ? [child] : imagesIn(child),
  );
}
