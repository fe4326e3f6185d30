import { type Resource, ResourceError } from '@pulumi/pulumi';

/**
 * What is wrong with a component, as a person reads it. Whatever comes by a rejected Output writes the name of its own property
 * before the message (`error serializing property "outputs": …`); this one bears none.
 */
class Refusal extends ResourceError {
  constructor(message: string, component: Resource) {
    super(message, component, true);
    Object.defineProperty(this, 'message', { get: () => message, set: () => undefined });
  }
}

/** Refuses a component that has mistakes, all of them at once. */
export function refuse(component: Resource, mistakes: readonly string[]): void {
  if (mistakes.length > 0) throw new Refusal(mistakes.join('\n'), component);
}
