import { type Input, Output, output } from '@pulumi/pulumi';
import type { Duration } from 'cdk8s';
import type { IConstruct } from 'constructs';
import type * as plain from '../constructs';

type Leaf = string | number | boolean | null | undefined;
type LeafInputs<T> = [Exclude<T, undefined>] extends [never] ? T : Input<T>;
type TreeInputs<T> = T extends IConstruct
  ? never
  : T extends Value
    ? Lifted<T> | T
    : T extends object
      ? Lifted<T> | Fields<T>
      : never;
/** What is made by the factories of its class alone. */
type Value = plain.BucketAdmin | plain.Item | plain.Retention | plain.Schedule | plain.SecretKey | Duration;

/** What a construct takes, with an Output wherever a value may stand. What cdk8s declares is referred to by its name. */
export type Inputs<T> = LeafInputs<Extract<T, Leaf>> | TreeInputs<Exclude<T, Leaf>>;

/** The same, field by field. */
export type Fields<T> = { readonly [K in keyof T]: Inputs<T[K]> };

/**
 * A value, e.g. a schedule, that is made when the Outputs among its arguments are known. Made at once, it would turn them into
 * text.
 */
export class Lifted<T> {
  constructor(
    /** Makes the value, of what is known by then. */
    readonly make: (...args: never[]) => T,
    /** Its arguments, with Outputs among them. */
    readonly args: readonly unknown[],
    /** How a value is told by one leaf, and made of it again; without it, it is told by its fields. */
    readonly byLeaf?: {
      /** The leaf. */
      tell: (value: T) => unknown;
      /** The value of a leaf. */
      make: (leaf: never) => T;
    },
  ) {}
}

type Factories<C> = {
  readonly [K in keyof C as C[K] extends (...args: never[]) => unknown ? K : never]: C[K] extends (
    ...args: infer A extends readonly unknown[]
  ) => infer T
    ? (...args: Fields<A>) => Lifted<T>
    : never;
};

/** The static factories of a value class, which take Outputs. */
export function lifted<C extends object>(values: C, byLeaf?: Lifted<unknown>['byLeaf']): Factories<C> {
  const factories = values as Record<string, unknown>;
  const names = Object.getOwnPropertyNames(values).filter((name) => typeof factories[name] === 'function');
  const lift = (name: string) => {
    const make = (factories[name] as (...args: never[]) => unknown).bind(values);
    return (...args: unknown[]) => new Lifted(make, args, byLeaf);
  };
  return Object.fromEntries(names.map((name) => [name, lift(name)])) as unknown as Factories<C>;
}

export const isOutput = (tree: unknown): boolean => Output.isInstance(tree) || tree instanceof Promise;

/** Arrays and objects that were written as such: what is of a class is taken as it is. */
export function isTree(tree: unknown): tree is Record<string, unknown> | unknown[] {
  if (typeof tree !== 'object' || tree === null) return false;
  const prototype = Object.getPrototypeOf(tree);
  return Array.isArray(tree) || prototype === Object.prototype || prototype === null;
}

export const fieldOf = (path: string, key: string | number): string =>
  typeof key === 'number' ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`;

/** The Outputs of a tree, in the order in which `rebuilt` comes by them. */
export function outputsIn(tree: unknown): Output<unknown>[] {
  if (isOutput(tree)) return [output(tree)];
  if (tree instanceof Lifted) return outputsIn(tree.args);
  return isTree(tree) ? Object.values(tree).flatMap(outputsIn) : [];
}

/** What to put where an Output stands, and where a value stands that is still to be made. */
export interface Stead {
  output: (output: Output<unknown>, path: string) => unknown;
  lifted?: (value: Lifted<unknown>, path: string) => unknown;
}

/** The tree, with something else in the stead of what is not known yet. `path` is the name of the property. */
export function rebuilt(tree: unknown, stead: Stead, path = ''): unknown {
  if (isOutput(tree)) return stead.output(output(tree), path);
  if (tree instanceof Lifted) {
    if (stead.lifted) return stead.lifted(tree, path);
    return tree.make(...(rebuilt(tree.args, stead, path) as never[]));
  }
  if (!isTree(tree)) return tree;
  if (Array.isArray(tree)) return tree.map((item, at) => rebuilt(item, stead, fieldOf(path, at)));
  return Object.fromEntries(
    Object.entries(tree).map(([key, value]) => [key, rebuilt(value, stead, fieldOf(path, key))]),
  );
}

/** The tree, with the values of its Outputs in their stead. What is made of them is still to be made. */
export function known(tree: unknown, values: readonly unknown[]): unknown {
  const rest = [...values];
  const stead: Stead = {
    output: () => rest.shift(),
    lifted: ({ make, args, byLeaf }) => new Lifted(make, rebuilt(args, stead) as unknown[], byLeaf),
  };
  return rebuilt(tree, stead);
}

/** A tree in which every Output is known, with what is made of them. */
export const madeOf = (tree: unknown): unknown => rebuilt(tree, { output: (output) => output });
