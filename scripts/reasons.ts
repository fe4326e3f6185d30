import { type Explanation, REASON_GROUPS } from '../src/api/reasons';
import { writeOrCheck } from './generated';

const INTRO = `<!-- Made by \`npm run reasons\` from src/api/reasons.ts: change it there. -->

# Reasons

What goes wrong has a name, which stays the same from version to version: alerts and scripts may rely on it. The sentence beside it
names the object and the mend. A reason stands

- in the columns STATE and REASON of \`kubectl get servicebackups\`, and in \`status.message\`; each item has its own in \`status.items\`;
- in \`status.lastBackup\`. If items failed for several reasons, the run's is \`ItemsFailed\`;
- in the conditions: \`Ready\` is False when no run can start; \`LastBackupSucceeded\` when the last run was no Success;
  \`RetentionHeld\` is True while nothing is forgotten, \`RecoveryKeyMissing\` while no recovery key was made;
- in an event of the service's namespace: \`kubectl get events --field-selector reason=VolumeNotStaged -A\`;
- at the command line, which then exits 1: \`service-backup status\`, \`snapshots\`, \`restore\`.

An item that failed with a reason marked ↻ is tried again in the same run, as often as \`jobSpec.backoffLimit\` says (3 times: after 30 s, 60 s, 120 s); meanwhile
the run is \`Running\` with that reason, and \`status.run.retries\` says when. Other items of the service, and other services, go on. When the cause is mended the next run succeeds: nothing has to be reset.
`;

/** A table's cell: a line break or a bar would end it. */
const cell = (text: string): string => text.replace(/\s+/g, ' ').replaceAll('|', '\\|');

/** In columns, as the formatter of the repository wants them. */
function table(head: string[], rows: string[][]): string {
  const widths = head.map((_, at) => Math.max(...[head, ...rows].map((row) => row[at]!.length)));
  const line = (cells: string[]) => `| ${cells.map((text, at) => text.padEnd(widths[at]!)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

/** docs/reasons.md, as the code would have it. */
export function reasonsPage(): string {
  const tables = REASON_GROUPS.map(({ title, reasons }) => {
    const rows = Object.entries<Explanation>(reasons).map(([reason, { means, mend, passing }]) => [
      `\`${reason}\``,
      cell(passing ? `${means} ↻` : means),
      cell(mend),
    ]);
    return `## ${title}\n\n${table(['reason', 'what it means', 'how to mend'], rows)}`;
  });
  return `${[INTRO.trimEnd(), ...tables].join('\n\n')}\n`;
}

if (require.main === module)
  writeOrCheck({
    file: 'docs/reasons.md',
    text: reasonsPage(),
    source: 'src/api/reasons.ts',
    command: 'npm run reasons',
  });
