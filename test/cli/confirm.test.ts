import { PassThrough } from 'node:stream';
import { confirm } from '../../src/cli/confirm';

/** A person who is asked, and then types this. */
function ask(typed: string | undefined, signal = new AbortController().signal) {
  const input = new PassThrough();
  let shown = '';
  const output = {
    write(text: string) {
      shown += text;
    },
  };
  const answer = confirm('Approve it? ', { input, output, signal });
  if (typed !== undefined) input.end(typed);
  return { answer, shown: () => shown };
}

test('the question is shown', () => {
  expect(ask('').shown()).toBe('Approve it? ');
});

test.each(['y\n', 'yes\n', ' Y \r\n', 'YES'])('%j is a yes', async (typed) => {
  expect(await ask(typed).answer).toBe(true);
});

test.each(['\n', 'n\n', 'yellow\n', 'yes please\n', '', 'no\nyes\n'])('%j is none', async (typed) => {
  expect(await ask(typed).answer).toBe(false);
});

test('Ctrl-C is none', async () => {
  const interrupt = new AbortController();
  const { answer } = ask(undefined, interrupt.signal);
  interrupt.abort();

  expect(await answer).toBe(false);
});
