import { all, type Output, type Resource } from '@pulumi/pulumi';
import { known, madeOf, outputsIn } from './inputs';
import { lostOutputs } from './lost-output';
import { refuse } from './refusal';

/**
 * The arguments of a component when they are known and `mistakesOf` has found nothing wrong with them. What has no Outputs is
 * looked at, and refused, at once.
 */
export function accepted<P>(
  component: Resource,
  name: string,
  args: object,
  mistakesOf: (made: P) => readonly string[],
): P | Output<P> {
  const refuseLost = (given: unknown) =>
    refuse(
      component,
      lostOutputs(given).map((mistake) => `${name}: ${mistake}`),
    );
  const accept = (given: unknown): P => {
    const made = madeOf(given) as P;
    refuse(component, mistakesOf(made));
    return made;
  };

  refuseLost(args);
  const outputs = outputsIn(args);
  if (outputs.length === 0) return accept(args);
  return all(outputs).apply((values) => {
    const given = known(args, values);
    refuseLost(given);
    return accept(given);
  }) as Output<P>;
}
