/** What one run cost. */
export interface Cost {
  wallSeconds: number;
  cpuSeconds: number;
}

export interface Interval {
  median: number;
  low: number;
  high: number;
  /** Probability with which the true median lies between low and high, if the pairs are independent. */
  confidence: number;
}

/**
 * The median and an interval around it, by order statistics: no assumption about how the values are spread. Of 9 values the
 * second and the eighth enclose the true median with 96 %.
 */
export function medianInterval(values: readonly number[]): Interval {
  const sorted = [...values].sort((a, b) => a - b);
  const n = sorted.length;
  const at = (index: number) => sorted[index] ?? Number.NaN;
  const median = n % 2 ? at((n - 1) / 2) : (at(n / 2 - 1) + at(n / 2)) / 2;
  let outer = 0;
  while (outer + 1 < n / 2 && coverage(n, outer + 1) >= 0.95) outer++;
  return { median, low: at(outer), high: at(n - 1 - outer), confidence: coverage(n, outer) };
}

/** P(the median lies between the values of rank `outer` and n-1-`outer`, counted from 0). */
function coverage(n: number, outer: number): number {
  let outside = 0;
  let ways = 1;
  for (let k = 0; k <= outer; k++) {
    outside += ways;
    ways = (ways * (n - k)) / (k + 1);
  }
  return 1 - (2 * outside) / 2 ** n;
}
