import { createInterface } from 'node:readline';

export interface Dialogue {
  input: NodeJS.ReadableStream;
  output: { write(text: string): unknown };
  signal: AbortSignal;
}

/** Asks, and takes nothing but `y` or `yes` for a yes. */
export async function confirm(question: string, { input, output, signal }: Dialogue): Promise<boolean> {
  output.write(question);
  // As a file, not as a terminal: Ctrl-C stays the signal that it is everywhere else.
  const lines = createInterface({ input, terminal: false, signal });
  try {
    for await (const line of lines) return /^y(es)?$/i.test(line.trim());
    return false;
  } finally {
    lines.close();
  }
}
