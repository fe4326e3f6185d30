/** What a run waits for when as many Jobs run as may: its turn. */
export interface Turn {
  /** Nodes, or scratch claims, of which any will do; '', or none named: its Job reads no volume, and needs only a free place. */
  nodes: readonly string[];
  /** How long what is left of the run is expected to take, in seconds: the longest goes first. */
  seconds: number;
  /** Jobs at once, over all nodes. */
  limit: number;
}
