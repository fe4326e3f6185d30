import { type Schema, schemaBreaks } from '../../scripts/release/schema-breaks';

const text = { type: 'string' };
const number = { type: 'integer' };
const fields = (properties: Record<string, Schema>, required?: string[]): Schema => ({
  type: 'object',
  properties,
  ...(required && { required }),
});
const validated = (rule: string) => ({ 'x-kubernetes-validations': [{ rule, message: 'm' }] });
const rule = (rule: string): Schema => ({ ...text, ...validated(rule) });
const breaks = (before: Schema, after: Schema) => schemaBreaks('kind.spec', before, after);

test.each<[what: string, before: Schema, after: Schema, sentence: string]>([
  ['a field that is gone', fields({ a: text }), fields({}), 'kind.spec.a: it is gone'],
  [
    'another type',
    fields({ a: text }),
    fields({ a: number }),
    'kind.spec.a: type was "string" and is "integer"',
  ],
  [
    'a field that must be there',
    fields({ a: text }, []),
    fields({ a: text, b: text }, ['b']),
    'kind.spec.b: it is required now',
  ],
  [
    'a value less',
    { ...text, enum: ['x', 'y'] },
    { ...text, enum: ['y'] },
    'kind.spec: the value "x" is gone',
  ],
  ['a list of values', text, { ...text, enum: ['x'] }, 'kind.spec: it has an enum now, ["x"]'],
  ['a pattern', text, { ...text, pattern: '^a' }, 'kind.spec: pattern was absent and is "^a"'],
  [
    'another pattern',
    { ...text, pattern: '^a' },
    { ...text, pattern: '^[ab]' },
    'kind.spec: pattern was "^a" and is "^[ab]"',
  ],
  ['a format', text, { ...text, format: 'date-time' }, 'kind.spec: format was absent and is "date-time"'],
  [
    'a shorter text',
    { ...text, maxLength: 9 },
    { ...text, maxLength: 8 },
    'kind.spec: maxLength was 9 and is 8',
  ],
  ['a bound', text, { ...text, maxLength: 8 }, 'kind.spec: maxLength was absent and is 8'],
  ['a longer text', text, { ...text, minLength: 1 }, 'kind.spec: minLength was absent and is 1'],
  [
    'a lower maximum',
    { ...number, maximum: 9 },
    { ...number, maximum: 8 },
    'kind.spec: maximum was 9 and is 8',
  ],
  [
    'a higher minimum',
    { ...number, minimum: 0 },
    { ...number, minimum: 1 },
    'kind.spec: minimum was 0 and is 1',
  ],
  [
    'fewer elements',
    { type: 'array', items: text, maxItems: 9 },
    { type: 'array', items: text, maxItems: 8 },
    'kind.spec: maxItems was 9 and is 8',
  ],
  [
    'elements of another type',
    { type: 'array', items: text },
    { type: 'array', items: number },
    'kind.spec[]: type was "string" and is "integer"',
  ],
  [
    'fewer labels',
    { type: 'object', additionalProperties: text, maxProperties: 9 },
    { type: 'object', additionalProperties: text, maxProperties: 8 },
    'kind.spec: maxProperties was 9 and is 8',
  ],
  [
    'fields where anything was',
    { type: 'object', additionalProperties: text },
    fields({ a: text }),
    'kind.spec{}: it is gone',
  ],
  [
    'shorter labels',
    { type: 'object', additionalProperties: text },
    { type: 'object', additionalProperties: { ...text, maxLength: 8 } },
    'kind.spec{}: maxLength was absent and is 8',
  ],
  ['a rule', text, rule('self != ""'), `kind.spec: the rule 'self != ""' is new`],
  [
    'a rule of a field that was there',
    fields({ a: text }),
    { ...fields({ a: text }), ...validated('!has(self.a) || self.a != ""') },
    `kind.spec: the rule '!has(self.a) || self.a != ""' is new`,
  ],
  [
    'a rule of more than a new field',
    fields({ a: text }),
    { ...fields({ a: text, b: text }), ...validated('!has(self.b) || self.b == "" ? has(self.a) : true') },
    `kind.spec: the rule '!has(self.b) || self.b == "" ? has(self.a) : true' is new`,
  ],
  [
    'a list whose elements have an owner each',
    { type: 'array', items: text, 'x-kubernetes-list-type': 'atomic' },
    { type: 'array', items: text, 'x-kubernetes-list-type': 'set' },
    'kind.spec: x-kubernetes-list-type was "atomic" and is "set"',
  ],
  [
    'unknown fields that are dropped',
    { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    { type: 'object' },
    'kind.spec: x-kubernetes-preserve-unknown-fields was true and is absent',
  ],
  ['a default', text, { ...text, default: 'x' }, 'kind.spec: default was absent and is "x"'],
  [
    'a combination',
    text,
    { ...text, not: { enum: ['x'] } },
    'kind.spec: not was absent and is {"enum":["x"]}',
  ],
])('%s is a break', (_, before, after, sentence) => {
  expect(breaks(before, after)).toEqual([sentence]);
});

test.each<[what: string, before: Schema, after: Schema]>([
  ['a field that may be left out', fields({ a: text }, ['a']), fields({ a: text, b: text }, ['a'])],
  [
    'a new field with required fields of its own',
    fields({ a: text }),
    fields({ a: text, b: fields({ c: text }, ['c']) }),
  ],
  ['a field that may be left out now', fields({ a: text }, ['a']), fields({ a: text })],
  ['another value', { ...text, enum: ['x'] }, { ...text, enum: ['x', 'y'] }],
  ['any value', { ...text, enum: ['x'] }, text],
  ['no pattern', { ...text, pattern: '^a' }, text],
  ['wider bounds', { ...text, maxLength: 8, minLength: 2 }, { ...text, maxLength: 9, minLength: 1 }],
  ['no bounds', { ...number, maximum: 8, minimum: 2 }, number],
  [
    'a rule of a new field',
    fields({ a: text }),
    { ...fields({ a: text, b: text }), ...validated('!has(self.b) || has(self.a)') },
  ],
  [
    'a rule of a new field that is a word of CEL',
    fields({ a: text }),
    { ...fields({ a: text, namespace: text }), ...validated('!has(self.__namespace__) || has(self.a)') },
  ],
  ['a rule less', rule('self != ""'), text],
  ['another word for people', { ...text, description: 'a' }, { ...text, description: 'b' }],
])('%s is none', (_, before, after) => {
  expect(breaks(before, after)).toEqual([]);
});

test('a break is found however deep it is', () => {
  const deep = (leaf: Schema) =>
    fields({
      items: { type: 'array', items: fields({ labels: { type: 'object', additionalProperties: leaf } }) },
    });
  expect(breaks(deep(text), deep({ ...text, maxLength: 1 }))).toEqual([
    'kind.spec.items[].labels{}: maxLength was absent and is 1',
  ]);
});
