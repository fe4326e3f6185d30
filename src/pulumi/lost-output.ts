import { Construct } from 'constructs';
import { fieldOf, isOutput, Lifted } from './inputs';

/** What Pulumi makes of an Output that stands in a template string, or goes through JSON.stringify. */
const LOST = /Calling \[to(String|JSON)\] on an \[Output<T>\]/;

/** Where in a tree an Output became text, in sentences. */
export function lostOutputs(tree: unknown, path = ''): string[] {
  if (typeof tree === 'string') {
    return LOST.test(tree)
      ? [`${path} has an Output that became text: use pulumi.interpolate instead of a template string.`]
      : [];
  }
  // The arguments of a value have no names; those of its options have.
  if (tree instanceof Lifted) return tree.args.flatMap((arg) => lostOutputs(arg, path));
  // What cdk8s declares is not walked: a construct knows its whole app.
  if (typeof tree !== 'object' || tree === null || isOutput(tree) || Construct.isConstruct(tree)) return [];
  return Array.isArray(tree)
    ? tree.flatMap((item, at) => lostOutputs(item, fieldOf(path, at)))
    : Object.entries(tree).flatMap(([key, value]) => lostOutputs(value, fieldOf(path, key)));
}
