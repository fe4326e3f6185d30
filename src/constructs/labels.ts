const NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const KEY = /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

export type Labels = Readonly<Record<string, string>>;

/** Whether something with `labels` has all that are asked for. */
export const haveAll = (labels: Labels, asked: Labels): boolean =>
  Object.entries(asked).every(([key, value]) => labels[key] === value);

/** As one word, the same for the same labels in any order: 'app=wiki,tier=db'. */
export const inWords = (labels: Labels): string =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join(',');

/** What is wrong with the labels of `property`: what Kubernetes would not take as such. */
export function problemsOfLabels(property: string, labels: Labels): string[] {
  return Object.entries(labels).flatMap(([key, value]) => {
    const problems: string[] = [];
    if (!KEY.test(key)) {
      problems.push(
        `${property} has the key '${key}', which no label can have: use at most 63 letters, digits, '-', '_' and '.', after a prefix like 'example.net/' if need be.`,
      );
    }
    if (typeof value !== 'string' || (value !== '' && !NAME.test(value))) {
      problems.push(
        `${property} has '${value}' for '${key}', which no label can have: use a text of at most 63 letters, digits, '-', '_' and '.', which begins and ends with a letter or digit.`,
      );
    }
    return problems;
  });
}
