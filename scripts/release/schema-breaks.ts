/** A structural schema of a CRD, as far as it is compared: each word of it, whatever it holds. */
export type Schema = Record<string, unknown>;

interface Rule {
  rule: string;
}

/** Words that tell people something, and refuse nothing. */
const FREE = new Set(['description', 'title', 'example', 'externalDocs']);
/** Bounds: they may go, or become wider. */
const MOST = new Set(['maxLength', 'maxItems', 'maxProperties', 'maximum']);
const LEAST = new Set(['minLength', 'minItems', 'minProperties', 'minimum']);
/** What these refuse cannot be told from their text: they may go, but neither come nor change. */
const MAY_GO = new Set([
  ...['pattern', 'format', 'multipleOf', 'uniqueItems', 'exclusiveMaximum', 'exclusiveMinimum'],
  ...['anyOf', 'oneOf', 'allOf', 'not'],
]);
/** Words that are looked into. */
const LOOKED_INTO = new Set([
  ...['properties', 'items', 'additionalProperties', 'required', 'enum', 'x-kubernetes-validations'],
]);

/**
 * What an object that the old schema took may have that the new one refuses or drops, as sentences without their end: `path: what`.
 * Words that it does not know may not change at all.
 */
export function schemaBreaks(path: string, before: Schema, after: Schema): string[] {
  const words = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (word) => !FREE.has(word) && !LOOKED_INTO.has(word),
  );
  return [
    ...words.flatMap((word) => {
      const [was, is] = [before[word], after[word]];
      return isAllowed(word, was, is) ? [] : [`${path}: ${word} was ${shown(was)} and is ${shown(is)}`];
    }),
    ...requiredAnew(path, before, after),
    ...valuesGone(path, before, after),
    ...rulesAnew(path, before, after),
    ...childBreaks(path, before, after),
  ];
}

function isAllowed(word: string, was: unknown, is: unknown): boolean {
  if (JSON.stringify(was) === JSON.stringify(is)) return true;
  if (MOST.has(word)) return is === undefined || (was !== undefined && Number(is) >= Number(was));
  if (LEAST.has(word)) return is === undefined || (was !== undefined && Number(is) <= Number(was));
  return MAY_GO.has(word) && is === undefined;
}

const shown = (value: unknown): string => (value === undefined ? 'absent' : JSON.stringify(value));

function requiredAnew(path: string, before: Schema, after: Schema): string[] {
  const was = (before.required ?? []) as string[];
  const is = (after.required ?? []) as string[];
  return is.filter((name) => !was.includes(name)).map((name) => `${path}.${name}: it is required now`);
}

function valuesGone(path: string, before: Schema, after: Schema): string[] {
  const [was, is] = [before.enum, after.enum] as (unknown[] | undefined)[];
  if (!is) return [];
  if (!was) return [`${path}: it has an enum now, ${JSON.stringify(is)}`];
  return was
    .filter((value) => !is.includes(value))
    .map((value) => `${path}: the value ${JSON.stringify(value)} is gone`);
}

function rulesAnew(path: string, before: Schema, after: Schema): string[] {
  const rulesOf = (schema: Schema) =>
    ((schema['x-kubernetes-validations'] ?? []) as Rule[]).map(({ rule }) => rule);
  const was = rulesOf(before);
  return rulesOf(after)
    .filter((rule) => !was.includes(rule) && !isOfNewField(rule, before))
    .map((rule) => `${path}: the rule '${rule}' is new`);
}

/** `!has(self.field) || …` is true of every old object if the field is new. A condition (`?`) would bind more than that. */
function isOfNewField(rule: string, before: Schema): boolean {
  // CEL writes words of its own as __word__.
  const field = /^!has\(self\.(?:__(\w+)__|(\w+))\) \|\| [^?]+$/.exec(rule);
  const name = field?.[1] ?? field?.[2];
  return name !== undefined && !Object.hasOwn((before.properties ?? {}) as object, name);
}

function childBreaks(path: string, before: Schema, after: Schema): string[] {
  const was = (before.properties ?? {}) as Record<string, Schema>;
  const is = (after.properties ?? {}) as Record<string, Schema>;
  const fields = Object.entries(was).flatMap(([name, child]) =>
    is[name] ? schemaBreaks(`${path}.${name}`, child, is[name]) : [`${path}.${name}: it is gone`],
  );
  const elements = (['items', 'additionalProperties'] as const).flatMap((word) => {
    const [old, young] = [before[word], after[word]] as (Schema | undefined)[];
    const below = `${path}${word === 'items' ? '[]' : '{}'}`;
    if (old && young) return schemaBreaks(below, old, young);
    return old || young ? [`${below}: it is ${young ? 'new' : 'gone'}`] : [];
  });
  return [...fields, ...elements];
}
