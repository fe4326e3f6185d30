import { type TObject, type TSchema, type TUnsafe, Type } from '@sinclair/typebox';

/** A CEL rule of a CRD: what a schema cannot say, the API server refuses with `message`. */
export interface Rule {
  rule: string;
  message: string;
}

/** One of a few words. TypeBox' own union of literals is not a structural schema; an `enum` is. */
export function oneOf<const T extends readonly string[]>(values: T, description: string): TUnsafe<T[number]> {
  return Type.Unsafe<T[number]>({ type: 'string', enum: [...values], description });
}

/** Labels by their keys. TypeBox' own record of strings is not a structural schema. */
export const labels = (
  description: string,
  options: { minProperties?: number; maxProperties?: number } = {},
): TUnsafe<Record<string, string>> =>
  Type.Unsafe<Record<string, string>>({
    type: 'object',
    description,
    additionalProperties: {
      type: 'string',
      maxLength: 63,
      pattern: '^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$',
    },
    ...options,
  });

/** Adds CEL rules to a schema. */
export function withRules<T extends TSchema>(schema: T, ...rules: Rule[]): T {
  return { ...schema, 'x-kubernetes-validations': rules };
}

export const text = (
  description: string,
  options: { maxLength?: number; minLength?: number; pattern?: string } = {},
) => Type.String({ description, ...options });

export const count = (description: string, options: { minimum?: number; maximum?: number } = {}) =>
  Type.Integer({ description, minimum: 0, ...options });

/** An instant in RFC 3339, UTC. */
export const instant = (description: string) => Type.String({ description, format: 'date-time' });

export const flag = (description: string) => Type.Boolean({ description });

export function record<T extends Record<string, TSchema>>(description: string, properties: T): TObject<T> {
  // Structural schemas refuse `additionalProperties: false` beside `properties`: unknown fields are pruned instead.
  return Type.Object(properties, { description });
}

export const optional = Type.Optional;
export const list = Type.Array;
