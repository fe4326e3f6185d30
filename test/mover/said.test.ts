import { hear, NAMES_KEPT, type Said, silence } from '../../src/mover/said';

function heard(...lines: string[]): { said: Said; text: (string | undefined)[] } {
  const said = silence();
  return { said, text: lines.map((line) => hear(said, line)) };
}
const error = (item: string, message = 'permission denied') =>
  JSON.stringify({ message_type: 'error', error: { message }, during: 'archival', item });

test('files that could not be read are counted; the first are named', () => {
  const { said } = heard(...Array.from({ length: 70 }, (_, i) => error(`/volumes/0/${i}`)));
  expect(said).toMatchObject({ errors: 70, errorMessage: 'permission denied', text: [] });
  expect(said.errorItems).toEqual(Array.from({ length: NAMES_KEPT }, (_, i) => `/volumes/0/${i}`));
});

test('the last word is why it gave up, with JSON or without', () => {
  expect(heard('{"message_type":"exit_error","code":12,"message":"Fatal: wrong password"}').said.fatal).toBe(
    'Fatal: wrong password',
  );
  expect(heard('Fatal: repository contains errors').said.fatal).toBe('Fatal: repository contains errors');
});

test('a request that is tried over is no text, and is kept until it succeeds', () => {
  const retry =
    'Save(<data/79185a4975>) returned error, retrying after 1m10.110136268s: client.PutObject: Bucket quota exceeded';
  expect(heard(retry)).toEqual({
    said: { ...silence(), retried: 'Save(<data/79185a4975>): client.PutObject: Bucket quota exceeded' },
    text: [undefined],
  });
  expect(heard(retry, 'Save(<data/79185a4975>) operation successful after 3 retries').said).toEqual(
    silence(),
  );
});

test('what nobody expects is text; how restic leaves after a signal is not', () => {
  const { said, text } = heard(
    '\u001b[2Ksignal terminated received, cleaning up',
    '',
    'odd',
    '{"message_type":"new"}',
    '{ not JSON',
  );
  expect(said.text).toEqual(['odd', '{"message_type":"new"}', '{ not JSON']);
  expect(text).toEqual([undefined, undefined, 'odd', '{"message_type":"new"}', '{ not JSON']);
});

test('of much text the first lines are kept, and all are heard', () => {
  const lines = Array.from({ length: 9 }, (_, i) => `line ${i}`);
  const { said, text } = heard(...lines);
  expect(said.text).toEqual(lines.slice(0, 5));
  expect(text).toEqual(lines);
});
