import { FormatRegistry, type TSchema, TypeRegistry } from '@sinclair/typebox';
import { Errors, type ValueError, ValueErrorType } from '@sinclair/typebox/errors';
import { Check, Clean } from '@sinclair/typebox/value';
import { backupConfigSpec } from './backup-config';
import type { BackupConfig, ServiceBackup } from './kinds';
import { serviceBackupSpec, serviceBackupStatus } from './service-backup';

// The API server lets in only what fits its CRD. But CRDs can be older than the operator, or changed by hand; and an object that is not what
// the code takes it for must not be taken for anything.

/** Four times what the operator ever writes: whoever wrote more was somebody else. */
const MOST_STATUS = 4 * 65_536;

FormatRegistry.Set('date-time', (text) => /^\d{4}-\d\d-\d\dT/i.test(text) && !Number.isNaN(Date.parse(text)));
// What `oneOf` and `labels` of schema.ts make.
TypeRegistry.Set<TSchema>('Unsafe', (schema, value) =>
  schema.enum ? schema.enum.includes(value) : areStrings(value, schema),
);

function areStrings(value: unknown, { minProperties = 0, maxProperties, additionalProperties }: TSchema) {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const all = Object.values(value);
  const { maxLength, pattern } = additionalProperties as { maxLength: number; pattern: string };
  const may = new RegExp(pattern);
  return (
    all.length >= minProperties &&
    !(all.length > maxProperties) &&
    all.every((text) => typeof text === 'string' && text.length <= maxLength && may.test(text))
  );
}

/** What of a ServiceBackup's status, or of its spec, is not as the CRD has it, in words; nothing, if all is. */
export function misfitOf({
  spec,
  status,
}: Pick<ServiceBackup, 'spec' | 'status'>): { in: 'spec' | 'status'; what: string } | undefined {
  const ofStatus =
    status === undefined ? undefined : (tooMuch(status) ?? misfit(serviceBackupStatus, status));
  if (ofStatus) return { in: 'status', what: `status${ofStatus}` };
  const ofSpec = misfit(serviceBackupSpec, spec) ?? oddItem(spec);
  return ofSpec === undefined ? undefined : { in: 'spec', what: `spec${ofSpec}` };
}

/** The known fields of a BackupConfig's spec, or what of it is not as the CRD has it. `spec` itself is changed. */
export function configSpecOf(spec: unknown): BackupConfig['spec'] | string {
  const found = misfit(backupConfigSpec, spec);
  return found === undefined ? (Clean(backupConfigSpec, spec) as BackupConfig['spec']) : `spec${found}`;
}

/** What the CRD says by a rule: an item without either would be left out in silence. */
function oddItem({ backups }: ServiceBackup['spec']): string | undefined {
  const at = backups.findIndex(({ name, selector }) => (name === undefined) === (selector === undefined));
  if (at >= 0) return `.backups.${at} has both a name and a selector, or neither (one is meant)`;
  const bucket = backups.findIndex(
    ({ type, selector, namespace }) => type === 's3' && (selector ?? namespace) !== undefined,
  );
  return bucket < 0
    ? undefined
    : `.backups.${bucket} is a bucket with a selector or a namespace (its name alone is meant)`;
}

function tooMuch(status: unknown): string | undefined {
  try {
    const { length } = JSON.stringify(status);
    return length > MOST_STATUS ? ` has ${length} characters, of at most ${MOST_STATUS}` : undefined;
  } catch {
    return ' is nested too deeply';
  }
}

function misfit(schema: TSchema, value: unknown): string | undefined {
  if (Check(schema, value)) return undefined;
  for (const error of Errors(schema, value)) if (!isOnlyWide(error)) return inWords(error);
  return undefined;
}

/** The API server counts characters; JavaScript counts those beyond the basic plane twice. */
const isOnlyWide = ({ type, value, schema }: ValueError): boolean =>
  type === ValueErrorType.StringMaxLength && [...(value as string)].length <= schema.maxLength;

function inWords({ path, value, message, schema }: ValueError): string {
  const wanted = schema.enum
    ? `one of ${schema.enum.join(', ')}`
    : schema.additionalProperties && 'a set of labels';
  const why = wanted ? `${wanted} is meant` : message.replace(/^E/, 'e');
  return `${path.replaceAll('/', '.')} is ${shown(value)} (${why})`;
}

function shown(value: unknown): string {
  if (value === undefined) return 'absent';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value !== 'string') return String(value);
  return value.length > 40 ? `'${value.slice(0, 40).replace(/[\ud800-\udbff]$/, '')}…'` : `'${value}'`;
}
