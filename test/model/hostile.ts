import type { TSchema } from '@sinclair/typebox';
import fc from 'fast-check';

type Arbitrary = fc.Arbitrary<unknown>;

/** Names that every object of JavaScript has, or that look as if. */
const POLLUTING = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', 'then'];
const ODD_TEXTS = [
  '',
  ' ',
  'NaN',
  'Infinity',
  '-0',
  'null',
  'undefined',
  '\u0000',
  '\u202eevil\u202c',
  'ä😀\u0301',
  '../../etc/passwd',
  'a/b/c',
  '{{x}}$(y)%s',
  '"\\\n\r\t',
  '9999-12-31T23:59:59Z',
  '0001-01-01T00:00:00Z',
  '2026-02-30T25:61:61Z',
  '+275760-09-13T00:00:00.001Z',
  '* * * * *',
  '0 0 31 2 *',
  '59 23 29 2 +1',
  '1-59/58 */23 L 2 5#5',
  '? ? ? ? ?',
];
const ODD_NUMBERS = [0, -0, -1, 0.5, 1e308, -1e308, 2 ** 31, 2 ** 53, 2 ** 63, 5e-324];

/** Where nearly every odd text is refused at once, so that nothing else would be tried. */
const REAL: Record<string, fc.Arbitrary<string>> = {
  schedule: fc.constantFrom('30 1 * * *', '0 4 * * 0', '* * * * *', '0 0 29 2 *'),
  timeZone: fc.constantFrom('Etc/UTC', 'America/New_York'),
};

const oddTexts = fc.constantFrom(...ODD_TEXTS, ...POLLUTING);
/** To make texts of any script is slow: some are made once. */
const wideTexts = fc.constantFrom(
  ...fc.sample(fc.string({ unit: 'grapheme', maxLength: 12 }), { numRuns: 300, seed: 7 }),
);
const dates = fc.constantFrom(
  '2026-11-21T01:30:00Z',
  '2026-11-20T01:30:00Z',
  '2026-11-22T01:30:00.5+02:00',
  '1970-01-01T00:00:00Z',
  '0001-01-01T00:00:00Z',
  '9999-12-31T23:59:59Z',
);

/** Whatever a schema lets in: its odd corners more often than a person would. */
export function fitting(schema: TSchema): Arbitrary {
  if ('const' in schema) return fc.constant(schema.const);
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map(fitting));
  if (schema.enum) return fc.constantFrom(...schema.enum);
  switch (schema.type) {
    case 'string':
      return texts(schema);
    case 'integer':
      return integers(schema);
    case 'boolean':
      return fc.boolean();
    case 'array':
      return lists(schema);
    default:
      return schema.properties ? records(schema) : labels(schema);
  }
}

function texts({ format, pattern, minLength = 0, maxLength = 2000 }: TSchema): Arbitrary {
  if (format === 'date-time') return dates;
  if (pattern) return matching(pattern, minLength, maxLength);
  const long = fc.constantFrom('x', 'é', '😀').map((one) => one.repeat(maxLength));
  return fc
    .oneof(
      { weight: 4, arbitrary: oddTexts },
      { weight: 4, arbitrary: wideTexts },
      { weight: 1, arbitrary: long },
    )
    .filter((text) => [...text].length >= minLength && [...text].length <= maxLength);
}

const known = new Map<string, Arbitrary>();
/** To make texts of a pattern is slow, too. */
function matching(pattern: string, minLength: number, maxLength: number): Arbitrary {
  const key = `${pattern} ${minLength} ${maxLength}`;
  const may = new RegExp(pattern);
  const samples = () => [
    ...fc.sample(fc.stringMatching(may), { numRuns: 200, seed: 7 }),
    ...ODD_TEXTS,
    ...POLLUTING,
  ];
  const fits = (text: string) => may.test(text) && text.length >= minLength && text.length <= maxLength;
  const made = known.get(key) ?? fc.constantFrom(...new Set(samples().filter(fits)));
  known.set(key, made);
  return made;
}

const integers = ({ minimum = 0, maximum = Number.MAX_SAFE_INTEGER }: TSchema): Arbitrary =>
  fc.oneof(
    fc.integer({ min: minimum, max: Math.min(maximum, minimum + 2000) }),
    fc.constantFrom(minimum, maximum, Math.min(maximum, 2 ** 31)),
  );

function lists({ items, minItems = 0, maxItems = 40 }: TSchema): Arbitrary {
  const few = fc.array(fitting(items), { minLength: minItems, maxLength: Math.min(maxItems, minItems + 3) });
  const many = fitting(items).map((one) => Array.from({ length: maxItems }, () => one));
  return fc.oneof({ weight: 60, arbitrary: few }, { weight: 1, arbitrary: many });
}

function records({ properties, required = [] }: TSchema): Arbitrary {
  const fields = Object.fromEntries(
    Object.entries(properties as Record<string, TSchema>).map(([name, schema]) => [
      name,
      REAL[name] ? fc.oneof({ weight: 9, arbitrary: REAL[name] }, fitting(schema)) : fitting(schema),
    ]),
  );
  return fc.record(fields, { requiredKeys: required });
}

const labels = ({ minProperties = 0, maxProperties = 5 }: TSchema): Arbitrary =>
  fc.dictionary(
    fc.oneof(fc.constantFrom('app', ...POLLUTING), fc.string()),
    fc.constantFrom('', 'wiki', 'x-1'),
    {
      minKeys: minProperties,
      maxKeys: Math.min(maxProperties, 3),
    },
  );

const nested = (depth: number): unknown => JSON.parse(`${'{"a":'.repeat(depth)}[]${'}'.repeat(depth)}`);

/** What nobody expects anywhere. Big ones are seldom: each is made when it is needed. */
const intruders: fc.Arbitrary<() => unknown> = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(...ODD_NUMBERS, true, false, null).map((value) => () => value) },
  { weight: 12, arbitrary: oddTexts.map((text) => () => text) },
  {
    weight: 12,
    arbitrary: fc
      .constantFrom('[]', '{}', '[null]', '[[]]', '[{}]', '{"length":-1}', '{"__proto__":{"polluted":1}}')
      .map((text) => () => JSON.parse(text) as unknown),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      () => 'x'.repeat(2 ** 20),
      () => ' '.repeat(100_000),
      () => 'a'.repeat(100_000).concat('!'),
      () => Array.from({ length: 5000 }, () => ({ name: 'a', type: 'pvc' })),
      () => nested(5000),
    ),
  },
);

interface Change {
  where: number;
  what: 'replace' | 'remove' | 'add' | 'double';
  key: string;
  value(): unknown;
}

const changes: fc.Arbitrary<Change> = fc.record({
  where: fc.nat(),
  what: fc.constantFrom('replace', 'replace', 'replace', 'remove', 'add', 'double'),
  key: fc.constantFrom(...POLLUTING, 'name', 'status', 'spec'),
  value: intruders,
});

/** What fits a schema, with one or some parts of it replaced, taken away, doubled, or with something beside them. */
export const misfitting = (schema: TSchema, from = fitting(schema)): Arbitrary =>
  fc.tuple(from, fc.array(changes, { minLength: 1, maxLength: 3 })).map(([value, all]) => {
    const root: Holder = { whole: structuredClone(value) };
    for (const change of all) make(change, root);
    return root.whole;
  });

/** As the API server tells it: JSON, which may be nested more deeply than JavaScript can write it. */
export function told<T>(value: T): T {
  try {
    return JSON.parse(JSON.stringify(value)) as T;
  } catch {
    return value;
  }
}

function make({ where, what, key, value }: Change, root: Holder): void {
  const places = placesIn(root);
  const { of, at } = places[where % places.length]!;
  const here = of[at];
  if (what === 'replace' || at === 'whole') put(of, at, value());
  else if (what === 'remove') delete of[at];
  else if (what === 'double') put(of, at, [here, here]);
  else if (typeof here === 'object' && here !== null) put(here as Holder, key, value());
  else put(of, key, value());
}

type Holder = Record<string, unknown>;

/** As JSON.parse does: also of the name '__proto__'. */
const put = (of: Holder, at: string, value: unknown) =>
  Object.defineProperty(of, at, { value, enumerable: true, configurable: true, writable: true });

function placesIn(value: unknown, found: { of: Holder; at: string }[] = []): typeof found {
  if (typeof value !== 'object' || value === null) return found;
  for (const at of Object.keys(value)) {
    if (found.length > 500) return found;
    found.push({ of: value as Holder, at });
    placesIn((value as Holder)[at], found);
  }
  return found;
}
