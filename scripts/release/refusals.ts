import { isDay, sectionOf } from './changelog';
import { type Crd, crdBreaks } from './crd-breaks';

/** What a release is judged by. */
export interface Candidate {
  version: string;
  changelog: string;
  /** Tags of the repository. */
  tags: readonly string[];
  /** Files that differ from the last commit, or are in none. */
  uncommitted: readonly string[];
  releasedKinds: readonly Crd[];
  kinds: readonly Crd[];
}

export const tagOf = (version: string): string => `v${version}`;

/** Why it must not be released as it is: the code, or its CHANGELOG.md, must change first. */
export const unfit = ({ version, changelog, releasedKinds, kinds }: Candidate): string[] => [
  ...(sectionOf(changelog, version)
    ? []
    : [
        `CHANGELOG.md has no section '## [${version}] - …' with a word in it: write there what users get, or correct the version in package.json.`,
      ]),
  ...crdBreaks(releasedKinds, kinds),
];

/** Why it cannot be released here and now. A dry run may. */
export function untimely({ version, changelog, tags, uncommitted }: Candidate): string[] {
  const section = sectionOf(changelog, version);
  return [
    ...(tags.includes(tagOf(version))
      ? [
          `${version} was released already (tag ${tagOf(version)}): give package.json the next version, and CHANGELOG.md a section for it.`,
        ]
      : []),
    ...(section && !isDay(section.day)
      ? [`CHANGELOG.md says '${section.day}' of ${version}: write the day of the release, as 2027-01-31.`]
      : []),
    ...(uncommitted.length > 0
      ? [
          `The working tree is not what is committed (${uncommitted[0]}${uncommitted.length > 1 ? ` and ${uncommitted.length - 1} more` : ''}): commit it, or put it away.`,
        ]
      : []),
  ];
}
