/**
 * URLs that are fetched (GET) when a run has ended, as uptime services take it. In them {namespace}, {name}, {state} and {reason} are
 * replaced by those of the run. What must stay secret does not belong into them: a BackupConfig is no Secret.
 */
export interface NotifySettings {
  /**
   * Fetched after a run that ended with Success. E.g. 'https://uptime.example.net/push/{namespace}-{name}?status=up'.
   * @default - nothing is fetched
   */
  readonly success?: string;
  /**
   * Fetched after a run that ended with Warning or Failed. E.g. 'https://uptime.example.net/push/{namespace}-{name}?status=down&msg={reason}'.
   * @default - nothing is fetched
   */
  readonly failure?: string;
}

const PLACEHOLDERS = ['{namespace}', '{name}', '{state}', '{reason}'];
const LONGEST = 1024;

/** What is wrong with the URL that `property` names. */
export function problemsOfNotifyUrl(property: string, url: string | undefined): string[] {
  if (url === undefined) return [];
  const problems: string[] = [];
  const filled = url.replace(/\{[^{}]*\}?|\}/g, (word) => {
    if (!PLACEHOLDERS.includes(word))
      problems.push(
        `${property} has '${word}', which is no placeholder: use {namespace}, {name}, {state} or {reason}.`,
      );
    return 'x';
  });
  if (!/^https?:\/\//.test(url) || !URL.canParse(filled)) {
    problems.push(
      `${property} '${url}' is no URL that can be fetched: write it like 'https://uptime.example.net/push/{name}'.`,
    );
  }
  if (url.length > LONGEST) {
    problems.push(`${property} has ${url.length} characters: use a URL of at most ${LONGEST}.`);
  }
  return problems;
}
