import { all, type Output } from '@pulumi/pulumi';
import { fieldOf, isTree, known, type Lifted, madeOf, outputsIn, rebuilt } from './inputs';

/** Letters and digits, so that it may stand in any name, and short, so that the name stays one. */
const MARK = 'pulumi7output9';
const PLACEHOLDER = new RegExp(`${MARK}([0-9a-z]{4})`);

/**
 * What stands for Outputs while a construct is synthesised. A manifest gets them back: as they are, where a leaf is nothing else,
 * so that numbers stay numbers and secrets secret.
 */
export class Placeholders {
  readonly #held: { output: Output<unknown>; path: string }[] = [];

  /** What a construct takes, of what its component was given. */
  shape(args: unknown): unknown {
    return rebuilt(args, {
      output: (output, path) => this.#hold(output, path),
      lifted: (value, path) => this.#shapeOf(value, path),
    });
  }

  /** A tree with the Outputs in it again. */
  restore(tree: unknown): unknown {
    if (typeof tree === 'string') return this.#restoreText(tree);
    if (!isTree(tree)) return tree;
    if (Array.isArray(tree)) return tree.map((item) => this.restore(item));
    return Object.fromEntries(Object.entries(tree).map(([key, value]) => [key, this.restore(value)]));
  }

  /** A text with the names of the properties in it, which stay when values change. */
  nameIn(text: string): string {
    return text.replace(new RegExp(PLACEHOLDER, 'g'), (_, at: string) => this.#at(at).path);
  }

  #hold(output: Output<unknown>, path: string): string {
    this.#held.push({ output, path });
    return placeholder(this.#held.length - 1);
  }

  #at(at: string) {
    return this.#held[Number.parseInt(at, 36)]!;
  }

  #restoreText(text: string): unknown {
    const parts = text.split(PLACEHOLDER);
    const [before, only, after] = parts;
    if (only === undefined) return text;
    if (parts.length === 3 && before === '' && after === '') return this.#at(only).output;
    const pieces = all(parts.map((part, at) => (at % 2 === 1 ? this.#at(part).output : part)));
    return pieces.apply((texts) => texts.join(''));
  }

  /**
   * A value whose Outputs are not known. One that calculates with them, so that what stands for them is lost, is told leaf by leaf:
   * each stands for what the whole value will have there.
   */
  #shapeOf(value: Lifted<unknown>, path: string): unknown {
    const outputs = outputsIn(value.args);
    const made = (values: unknown[]) => madeOf(known(value, values));
    if (outputs.length === 0) return made([]);
    const told = (tell: (value: unknown) => unknown, path: string) =>
      this.#hold(
        all(outputs).apply((values) => tell(made(values))),
        path,
      );
    if (value.byLeaf) return value.byLeaf.make(told(value.byLeaf.tell, path) as never);

    const own = this.#held.length;
    const args = rebuilt(value.args, { output: (output) => this.#hold(output, path) }) as never[];
    const shape = value.make(...args);
    const text = JSON.stringify(shape);
    if (this.#held.slice(own).every((_, at) => text.includes(placeholder(own + at)))) return shape;

    const leaves = (tree: unknown, tell: (value: unknown) => unknown, path: string): unknown => {
      if (tree === undefined) return undefined;
      if (typeof tree !== 'object' || tree === null) return told(tell, path);
      const entries = Array.isArray(tree) ? [...tree.entries()] : Object.entries(tree);
      const copy = Array.isArray(tree) ? [] : Object.create(Object.getPrototypeOf(tree));
      for (const [key, field] of entries)
        copy[key] = leaves(field, (value) => fieldsOf(tell(value))[key], fieldOf(path, key));
      return copy;
    };
    return leaves(shape, (value) => value, path);
  }
}

const placeholder = (at: number): string => `${MARK}${at.toString(36).padStart(4, '0')}`;
const fieldsOf = (value: unknown) => value as Record<string | number, unknown>;
