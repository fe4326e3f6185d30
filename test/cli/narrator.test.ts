import { Narrator } from '../../src/cli/narrator';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

function stage(isTTY: boolean) {
  let text = '';
  return { isTTY, write: (more: string) => (text += more), text: () => text };
}

const progress = (percent: number) =>
  ({ type: 'progress', percent, bytes: 1, totalBytes: 2, files: 1, totalFiles: 2, seconds: 1 }) as const;

describe('in a log', () => {
  test('a wait is told after 2 s, and again every 10 s', () => {
    const log = stage(false);
    const narrator = new Narrator(log);

    narrator.waitFor('the pod');
    jest.advanceTimersByTime(1_900);
    expect(log.text()).toBe('');
    jest.advanceTimersByTime(10_200);
    narrator.rest();
    jest.advanceTimersByTime(60_000);

    expect(log.text()).toBe('  waiting for the pod (2 s)\n  waiting for the pod (12 s)\n');
  });

  test('what is waited for next is told at once when the silence is long enough', () => {
    const log = stage(false);
    const narrator = new Narrator(log);

    narrator.waitFor('a node');
    jest.advanceTimersByTime(1_500);
    narrator.waitFor('the pod');
    jest.advanceTimersByTime(500);
    narrator.rest();

    expect(log.text()).toBe('  waiting for the pod (2 s)\n');
  });

  test('what holds everything up is told in its place, and then the wait goes on', () => {
    const log = stage(false);
    const narrator = new Narrator(log);

    narrator.waitFor('the pod');
    jest.advanceTimersByTime(1_500);
    narrator.heldUpBy('the API server');
    jest.advanceTimersByTime(500);
    narrator.heldUpBy(undefined);
    jest.advanceTimersByTime(1_000);
    narrator.rest();

    expect(log.text()).toBe('  waiting for the API server (2 s)\n  waiting for the pod (2 s)\n');
  });

  test('progress is a line every 5 s', () => {
    const log = stage(false);
    const narrator = new Narrator(log);

    for (let second = 0; second < 11; second += 1) {
      narrator.progress(progress(second));
      jest.advanceTimersByTime(1_000);
    }

    expect(log.text().match(/restoring (\d+) %/g)).toEqual([
      'restoring 0 %',
      'restoring 5 %',
      'restoring 10 %',
    ]);
  });
});

describe('on a terminal', () => {
  test('a wait is one line that is written over, and gone before what stays', () => {
    const terminal = stage(true);
    const narrator = new Narrator(terminal);

    narrator.waitFor('the pod');
    jest.advanceTimersByTime(2_500);
    narrator.say('it started');

    expect(terminal.text()).toBe(
      '\r\u001b[K  waiting for the pod (2 s)\r\u001b[K  waiting for the pod (2 s)\r\u001b[Kit started\n',
    );
  });

  test('a wait never wraps: it could not be written over', () => {
    const terminal = { ...stage(true), columns: 20 };
    const narrator = new Narrator(terminal);

    narrator.waitFor('a pod with a very long name');
    jest.advanceTimersByTime(2_000);
    narrator.rest();

    expect(terminal.text()).toBe('\r\u001b[K  waiting for a pod\r\u001b[K');
  });
});
