/** What CHANGELOG.md says of a version. */
export interface Section {
  /** As written behind the version: a day, or 'unreleased'. */
  day: string;
  text: string;
}

/** The section of a version in a text as https://keepachangelog.com has it; none if there is no word in it. */
export function sectionOf(changelog: string, version: string): Section | undefined {
  for (const part of changelog.split(/^## /m).slice(1)) {
    const [heading = '', ...lines] = part.split('\n');
    const found = /^\[(.+)\] - (.+)$/.exec(heading.trim());
    const text = lines.join('\n').trim();
    if (found?.[1] === version && text !== '') return { day: found[2]!, text };
  }
  return undefined;
}

export const isDay = (text: string): boolean =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text));
