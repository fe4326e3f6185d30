const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;

/** Whether it is a DNS label: the name of a namespace, or one that other names are made of. */
export const isLabel = (name: string): boolean => LABEL.test(name);
/** Whether it is a DNS subdomain: the name of nearly every object. */
export const isSubdomain = (name: string): boolean => SUBDOMAIN.test(name);

/** What is wrong with the name of an object of `kind` that `property` gives. */
export const problemsOfName = (property: string, name: string | undefined, kind: string): string[] =>
  name === undefined || isSubdomain(name)
    ? []
    : [
        `${property} '${name}' is not a name a ${kind} can have: use lower-case letters, digits, dots and hyphens.`,
      ];

/** What is wrong with the namespace that `property` names. */
export const problemsOfNamespace = (property: string, name: string | undefined): string[] =>
  name === undefined || isLabel(name)
    ? []
    : [
        `${property} '${name}' is not a name a namespace can have: use at most 63 lower-case letters, digits and hyphens.`,
      ];

/** What is wrong with the name of a construct's own object. */
export function problemsOfOwnName(
  name: string,
  { isId, example }: { isId: boolean; example: string },
): string[] {
  if (isLabel(name)) return [];
  const origin = isId ? ", which is the construct's id," : '';
  return [
    `the name '${name}'${origin} is not one Kubernetes accepts: use at most 63 lower-case letters, digits and hyphens, e.g. '${example}'.`,
  ];
}
