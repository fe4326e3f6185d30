import type { Turn } from './turn';

/** A run that waits for its turn. */
export interface Waiting {
  key: string;
  /** UID of its ServiceBackup. */
  owner: string;
  turn: Turn;
  /** Each once; '' when any place will do. */
  nodes: readonly string[];
  /** How often a place had got free when it was given one and left it unused; -1 when it was not. */
  passed: number;
}

/** Those who wait for one node, the longest expected first; of equals, who came first. */
export class Line {
  private readonly entries: Waiting[] = [];
  /** How long what waits for this node is expected to take: of a run that goes to several nodes, its share. */
  seconds = 0;

  get isEmpty(): boolean {
    return this.entries.length === 0;
  }

  get keys(): string[] {
    return this.entries.map(({ key }) => key);
  }

  add(entry: Waiting): void {
    this.entries.splice(this.position(entry.turn.seconds), 0, entry);
    this.seconds += entry.turn.seconds / entry.nodes.length;
  }

  remove(entry: Waiting): void {
    this.entries.splice(this.entries.indexOf(entry), 1);
    this.seconds -= entry.turn.seconds / entry.nodes.length;
  }

  first(mayGo: (entry: Waiting) => boolean): Waiting | undefined {
    return this.entries.find(mayGo);
  }

  /** After all that take as long or longer. */
  private position(seconds: number): number {
    let low = 0;
    let high = this.entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.entries[middle]!.turn.seconds >= seconds) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
