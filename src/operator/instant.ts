/** An instant as status has it: RFC 3339 to the second, as everywhere in Kubernetes. */
export const instant = (at: Date): string => at.toISOString().replace(/\.\d{3}Z$/, 'Z');
