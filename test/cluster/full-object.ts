/** A structural schema, as far as values are made of it. */
interface Schema {
  type?: string;
  format?: string;
  enum?: string[];
  pattern?: string;
  minimum?: number;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema;
  items?: Schema;
}

/** Texts of which one is right wherever a schema asks for a form. */
const TEXTS = ['text', '30 1 * * *', 'https://example.net/{name}', '10Gi'];

/** A value with every field that the schema has. */
export function fullValue(schema: Schema, path = ''): unknown {
  const { type, format, pattern = '', properties, additionalProperties, items } = schema;
  if (properties)
    return Object.fromEntries(
      Object.entries(properties).map(([name, child]) => [name, fullValue(child, `${path}.${name}`)]),
    );
  if (additionalProperties) return { text: fullValue(additionalProperties, `${path}.text`) };
  if (items) return [fullValue(items, `${path}[0]`)];
  if (schema.enum) return schema.enum[0];
  if (format === 'date-time') return '2026-11-22T01:30:00Z';
  if (type === 'integer') return Math.max(schema.minimum ?? 0, 1);
  if (type === 'boolean') return true;
  const text = TEXTS.find((one) => new RegExp(pattern).test(one));
  if (text === undefined) throw new Error(`${path}: none of the texts here matches ${pattern}: add one.`);
  return text;
}
