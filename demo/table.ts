import Table from 'cli-table3';

export interface Row {
  service: string;
  item: string;
  node: string;
  why: string;
  job: string;
  snapshot: string;
  bytes: number;
  filesUnmodified: number;
  state: string;
  message: string;
  /** What came of the comparison, in words. */
  result: string;
  identical?: boolean;
}

const mebibytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

/** Item → node → why that node → Job → snapshot → bytes → result. */
export function table(rows: Row[]): string {
  const t = new Table({
    head: ['SERVICE', 'ITEM', 'NODE', 'WHY', 'JOB', 'SNAPSHOT', 'BYTES', 'RESULT'],
    chars: Object.fromEntries(
      [
        'top',
        'top-mid',
        'top-left',
        'top-right',
        'bottom',
        'bottom-mid',
        'bottom-left',
        'bottom-right',
        'left',
        'left-mid',
        'mid',
        'mid-mid',
        'right',
        'right-mid',
        'middle',
      ].map((name) => [name, '']),
    ),
    style: { head: [], border: [], 'padding-left': 1, 'padding-right': 1 },
  });
  for (const r of rows) {
    t.push([
      r.service,
      r.item,
      r.node,
      shorten(r.why, 32),
      r.job,
      r.snapshot.slice(0, 8),
      mebibytes(r.bytes),
      r.result,
    ]);
  }
  return t.toString();
}

const shorten = (text: string, length: number) =>
  text.length > length ? `${text.slice(0, length - 1)}…` : text;
