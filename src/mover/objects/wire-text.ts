/*
 * Values of headers are bytes, which S3 systems mean as UTF-8, and Node shows as one character a byte. What is no UTF-8 is kept
 * too: such a byte is a lone surrogate, U+DC80 to U+DCFF, as Python's `surrogateescape` has it.
 */
const STRICT = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A header's value as text. */
export function fromWire(value: string): string {
  if (!/[^\0-\x7f]/.test(value)) return value;
  try {
    return STRICT.decode(Buffer.from(value, 'latin1'));
  } catch {
    return value.replace(/[\x80-\xff]/g, (c) => String.fromCharCode(0xdc00 + c.charCodeAt(0)));
  }
}

/** The bytes of a text, one character each; the opposite of `fromWire`. */
export const toWire = (text: string): string =>
  text.replace(/[\ud800-\udbff][\udc00-\udfff]|[^\0-\x7f]/g, (c) =>
    /^[\udc80-\udcff]$/.test(c)
      ? String.fromCharCode(c.charCodeAt(0) - 0xdc00)
      : Buffer.from(c).toString('latin1'),
  );
