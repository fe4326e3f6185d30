/** The patterns that some rules have for a namespace. */
export const patternsFor = <R extends { readonly namespaces?: readonly string[] }>(
  namespace: string,
  rules: readonly R[],
  of: (rule: R) => readonly string[],
): string[] =>
  rules
    .filter(({ namespaces = ['*'] }) => namespaces.some((pattern) => matches(pattern, namespace)))
    .flatMap((rule) => of(rule).map((pattern) => pattern.replaceAll('{namespace}', namespace)));

/** Whether a text is as a pattern says, in which `*` stands for anything, also for nothing. */
export function matches(pattern: string, text: string): boolean {
  const [head = '', ...parts] = pattern.split('*');
  const tail = parts.pop();
  if (tail === undefined) return pattern === text;
  if (!text.startsWith(head)) return false;
  let at = head.length;
  for (const part of parts) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.endsWith(tail) && text.length - tail.length >= at;
}
