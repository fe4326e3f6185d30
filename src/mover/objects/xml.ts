const NAMED: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Text of an XML document as it was meant. */
const decoded = (text: string): string =>
  !text.includes('&')
    ? text
    : text.replace(/&(?:#x([0-9a-f]+)|#([0-9]+)|(\w+));/gi, (entity, hex, decimal, name) =>
        hex || decimal
          ? String.fromCodePoint(hex ? Number.parseInt(hex, 16) : Number(decimal))
          : (NAMED[name] ?? entity),
      );

/** A listing asks for the same few elements thousands of times. */
const patterns = new Map<string, RegExp>();
function patternOf(element: string): RegExp {
  const made = patterns.get(element) ?? new RegExp(`<${element}(?: [^>]*)?>([^<]*)</${element}>`);
  patterns.set(element, made);
  return made;
}

/** The text of an element that has no elements in it; undefined: there is none. */
export function textOf(xml: string, element: string): string | undefined {
  const text = patternOf(element).exec(xml)?.[1];
  if (text !== undefined) return decoded(text);
  return new RegExp(`<${element}(?: [^>]*)?/>`).test(xml) ? '' : undefined;
}

/** The insides of all elements of that name. */
export const all = (xml: string, element: string): string[] =>
  Array.from(xml.matchAll(new RegExp(`<${element}>(.*?)</${element}>`, 'gs')), ([, inside = '']) => inside);

export const escaped = (text: string): string => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
