import { ComponentResource, type ComponentResourceOptions } from '@pulumi/pulumi';
import { App } from 'cdk8s';
import { children } from './children';
import { lostOutputs } from './lost-output';
import { refuse } from './refusal';
import { type Manifest, mistakesOf, objectsOf, tellWarnings } from './synthesis';

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
      ...mistakesOf(app, ''),
    ];
    refuse(this, mistakes);
    tellWarnings(app, '', this);
    children(objects, { parent: this, restored: (manifest) => manifest, after: (needed) => needed });
    this.registerOutputs({});
  }
}

const idOf = ({ metadata: { namespace, name } }: Manifest): string =>
  namespace === undefined ? name : `${namespace}/${name}`;
