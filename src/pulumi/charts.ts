import { ComponentResource, type ComponentResourceOptions, ResourceError } from '@pulumi/pulumi';
import { App } from 'cdk8s';
import { children } from './children';
import { lostOutputs } from './lost-output';
import { type Manifest, mistakesOf, objectsOf } from './synthesis';

/**
 * Whole cdk8s charts. An object is called by its kind, namespace and name in the stack, so that a construct that only moves or gets
 * another id is not deployed anew. Outputs cannot stand in charts: hand them plain values, e.g. of the stack's configuration.
 */
export class Charts extends ComponentResource {
  constructor(name: string, declare: (app: App) => void, opts?: ComponentResourceOptions) {
    super('service-backup:index:Charts', name, {}, opts);
    const app = new App();
    declare(app);
    const objects = objectsOf(app).map(({ manifest }) => ({ name: `${name}/${idOf(manifest)}`, manifest }));
    const mistakes = [
      ...objects.flatMap(({ manifest }) =>
        lostOutputs(manifest).map((mistake) => `${manifest.kind} ${idOf(manifest)}: ${mistake}`),
      ),
      ...mistakesIn(app),
    ];
    if (mistakes.length > 0) throw new ResourceError(mistakes.join('\n'), this, true);
    children(objects, { parent: this, restored: (manifest) => manifest, after: (needed) => needed });
    this.registerOutputs({});
  }
}

/** Of an app with ServiceBackups, the synthesis throws all mistakes as one text. */
function mistakesIn(app: App): string[] {
  try {
    return mistakesOf(app, '');
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

const idOf = ({ metadata: { namespace, name } }: Manifest): string =>
  namespace === undefined ? name : `${namespace}/${name}`;
