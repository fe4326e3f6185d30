import {
  ComponentResource,
  type ComponentResourceOptions,
  type CustomResource,
  Output,
} from '@pulumi/pulumi';
import type { Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import { accepted } from './accepted';
import { children } from './children';
import { Placeholders } from './placeholders';
import { chartIn, type Declared, type Manifest, mistakesOf, objectsOf, tellWarnings } from './synthesis';

/** How a component declares its construct. */
export interface Declaration<P> {
  /** As the program gave them. */
  readonly args: object;
  /** As the construct is to be shaped by, if that differs. */
  readonly shapedBy?: object;
  /** Declares the construct, in a chart of the namespace that the arguments name. */
  readonly construct: (chart: Chart, id: string, props: P) => Construct;
  /** Whether it calculates with what it is given, so that nothing in its objects can stand for an Output. */
  readonly calculates?: boolean;
}

/**
 * A component that deploys what a construct synthesises. The construct is made twice: with placeholders, to know the objects
 * before the Outputs are known; and with the values, for its validations. Nothing is deployed before these have passed.
 */
export abstract class ConstructComponent<P> extends ComponentResource {
  readonly #objects: ReadonlyMap<string, CustomResource>;

  protected constructor(
    type: string,
    name: string,
    { args, shapedBy = args, construct, calculates = false }: Declaration<P>,
    opts: ComponentResourceOptions | undefined,
  ) {
    super(`service-backup:index:${type}`, name, {}, opts);
    const declared = (given: unknown) => {
      const props = given as P & { namespace?: string };
      return construct(chartIn(props.namespace), name, props);
    };
    const checked = accepted(this, name, args, (made: P) => mistakesOf(declared(made), name));

    const placeholders = new Placeholders();
    const shaped = declared(placeholders.shape(shapedBy));
    tellWarnings(shaped, name, this);
    const objects = objectsOf(shaped).map(({ path, manifest }) => ({
      name: placeholders.nameIn(`${name}${path.slice(shaped.node.path.length)}`).replace(/\/Default$/, ''),
      manifest,
    }));
    const anew = (made: unknown) => objectsOf(declared(made)).map(({ manifest }) => manifest);
    const resources = children(objects, {
      parent: this,
      restored:
        calculates && Output.isInstance(checked)
          ? whenKnown(objects, checked.apply(anew))
          : (manifest) => placeholders.restore(manifest),
      after: (needed) => (Output.isInstance(checked) ? checked.apply(() => needed) : needed),
    });
    this.#objects = new Map(objects.map(({ manifest }, at) => [manifest.kind, resources[at]!]));
  }

  /** The object of a kind of which there is one. @internal */
  protected object(kind: string): CustomResource {
    return this.#objects.get(kind)!;
  }
}

/** Of each object that was shaped, the one that is made when all is known. Kinds are known before. */
function whenKnown(shaped: readonly Declared[], made: Output<Manifest[]>): (shape: Manifest) => unknown {
  const places = new Map(shaped.map(({ manifest }, at) => [manifest, at]));
  return (shape) => {
    const { apiVersion, kind, ...rest } = shape;
    const fields = Object.keys(rest).map((key) => [key, made.apply((all) => all[places.get(shape)!]![key])]);
    return { apiVersion, kind, ...Object.fromEntries(fields) };
  };
}
