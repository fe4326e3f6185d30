import { StringDecoder } from 'node:string_decoder';

/** Whole lines of a stream of bytes; what follows the last newline is the last line. `onChunk` is called for every sign of life. */
export async function* lines(stream: AsyncIterable<unknown>, onChunk?: () => void): AsyncIterable<string> {
  const decoder = new StringDecoder('utf8');
  // A watch event may come in many chunks: they are joined once, when its newline is there.
  let parts: string[] = [];
  for await (const chunk of stream) {
    onChunk?.();
    const text = decoder.write(chunk as Buffer);
    let from = 0;
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', from)) {
      parts.push(text.slice(from, at));
      yield parts.join('');
      parts = [];
      from = at + 1;
    }
    if (from < text.length) parts.push(text.slice(from));
  }
  const rest = parts.join('') + decoder.end();
  if (rest) yield rest;
}
