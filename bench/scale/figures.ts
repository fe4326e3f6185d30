/** A figure beside its bar. */
export interface Figure {
  what: string;
  value: number;
  unit: string;
  /** What K8up needs: measured in the same run, or a text that was measured once. */
  k8up?: number | string;
  /** At most so much. Without one the figure is told, and not judged. */
  bar?: number;
  /** What else there is to say. */
  note?: string;
}

const rounded = (value: number | string): string =>
  typeof value === 'string'
    ? value
    : Number.isInteger(value)
      ? String(value)
      : value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);

/** Prints each figure as it is measured, and all of them as a table. */
export class Figures {
  private readonly all: Figure[] = [];

  add(figure: Figure): void {
    this.all.push(figure);
    const { what, value, unit, bar, k8up, note } = figure;
    const verdict = bar === undefined ? '      ' : value <= bar ? 'OK    ' : 'MISSED';
    const beside = [
      ...(bar === undefined
        ? []
        : [`bar ${rounded(bar)}${bar > 0 ? `, ratio ${(value / bar).toFixed(2)}` : ''}`]),
      ...(k8up === undefined ? [] : [`K8up ${rounded(k8up)}`]),
      ...(note === undefined ? [] : [note]),
    ].join('; ');
    console.log(`${verdict}  ${what}: ${rounded(value)} ${unit}${beside && ` (${beside})`}`);
  }

  get missed(): number {
    return this.all.filter(({ value, bar }) => bar !== undefined && value > bar).length;
  }

  /** In Markdown, for docs/benchmarks.md. */
  table(): string {
    const rows = this.all.map(({ what, value, unit, bar, k8up, note }) => [
      what,
      k8up === undefined ? '' : rounded(k8up),
      bar === undefined ? '' : `≤ ${rounded(bar)}`,
      `${rounded(value)} ${unit}`.trim(),
      bar === undefined ? '' : value <= bar ? 'OK' : 'MISSED',
      note ?? '',
    ]);
    const head = ['figure', 'K8up', 'bar', 'ours', '', 'note'];
    const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
    return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
  }
}

export function spread(values: readonly number[]): { median: number; max: number } {
  const sorted = [...values].sort((a, b) => a - b);
  return { median: sorted[Math.floor(sorted.length / 2)] ?? Number.NaN, max: sorted.at(-1) ?? Number.NaN };
}
