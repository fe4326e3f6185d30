import { App, Chart } from 'cdk8s';

export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  // biome-ignore lint/suspicious/noExplicitAny: what a test looks at is said by the test.
  [field: string]: any;
}

/** An app with one chart, as a person would begin. */
export function appWith(build: (chart: Chart) => void, namespace: string | undefined = 'nextcloud'): App {
  const app = new App();
  build(new Chart(app, 'nextcloud', { namespace }));
  return app;
}

/** All objects of the app, in the order of its files. */
export function manifests(app: App): Manifest[] {
  return app.charts.flatMap((chart) => chart.toJson() as Manifest[]);
}

/** What the synthesis prints when it fails; empty when it does not. */
export function mistakes(app: App): string {
  try {
    app.synthYaml();
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Objects by kind, namespace and name: in which order they come does not matter. */
export const byName = (objects: readonly Manifest[]): Map<string, Manifest> =>
  new Map(
    objects.map((object) => [`${object.kind} ${object.metadata.namespace}/${object.metadata.name}`, object]),
  );

export function one(all: Manifest[], kind: string, name?: string): Manifest {
  const found = all.filter((m) => m.kind === kind && (name === undefined || m.metadata.name === name));
  if (found.length !== 1) throw new Error(`${found.length} objects of kind ${kind}, not one`);
  return found[0]!;
}
