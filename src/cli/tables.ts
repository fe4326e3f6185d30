import Table from 'cli-table3';

/** Colours, or the same functions without colour. */
export interface Paint {
  dim: (text: string) => string;
  bold: (text: string) => string;
  good: (text: string) => string;
  warn: (text: string) => string;
  bad: (text: string) => string;
}

export interface Column {
  title: string;
  align?: 'left' | 'right';
}

const BARE = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '   ',
} as const;

/** A table without borders, as kubectl prints them: one line a row, so that grep and awk work on it. */
export function renderTable(columns: Column[], rows: string[][], paint: Paint, indent = ''): string {
  const table = new Table({
    head: columns.map((c) => paint.dim(c.title)),
    colAligns: columns.map((c) => c.align ?? 'left'),
    chars: BARE,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
  });
  table.push(...rows.map((row) => row.map((cell) => cell.replaceAll('\n', ' '))));
  return table
    .toString()
    .split('\n')
    .map((line) => `${indent}${line}`.trimEnd())
    .join('\n');
}

/** The colour of a state. */
export function paintState(state: string | undefined, paint: Paint): (text: string) => string {
  if (state === 'Success') return paint.good;
  if (state === 'Warning' || state === 'Unknown') return paint.warn;
  if (state === 'Failed') return paint.bad;
  return (text) => text;
}
