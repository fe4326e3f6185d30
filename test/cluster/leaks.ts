/** A text as it may stand somewhere else: in JSON (and JSON in that), in a URL, in base64, in hexadecimal digits. */
function formsOf(value: string): string[] {
  const quoted = (text: string) => JSON.stringify(text).slice(1, -1);
  const bytes = Buffer.from(value);
  // Within something longer it begins at one of three places; what depends on its neighbours is left out.
  const inBase64 = [0, 1, 2].map((before) =>
    Buffer.concat([Buffer.alloc(before), bytes.subarray(0, bytes.length - ((bytes.length + before) % 3))])
      .toString('base64')
      .slice(before === 0 ? 0 : 4),
  );
  return [
    value,
    quoted(value),
    quoted(quoted(value)),
    encodeURIComponent(value),
    encodeURIComponent(value).replaceAll('%20', '+'),
    ...inBase64,
    ...inBase64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
    bytes.toString('hex'),
  ];
}

/** Which of these secrets stand in a text, in whichever form; by their names, since a test's report is read by others. */
export const leaksIn = (text: string, secrets: Record<string, string>): string[] =>
  Object.entries(secrets)
    .filter(([, value]) => formsOf(value).some((form) => text.includes(form)))
    .map(([name]) => name);
