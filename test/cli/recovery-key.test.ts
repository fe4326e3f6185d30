import { encodeOutcome, type KeyLine } from '../../src/api';
import { keyOf, tellNotMade } from '../../src/cli/recovery-key';

const line: KeyLine = { type: 'key', id: 'f'.repeat(64) };
const message = (recoveryKey?: boolean) => encodeOutcome({ version: 1, items: [], recoveryKey });

describe('whether a key was added', () => {
  test('its report says, whatever became of the mover afterwards', () => {
    expect(keyOf(line, { exitCode: 0, message: '' })).toEqual({ id: line.id });
    expect(keyOf(line, { exitCode: 137, message: '' })).toEqual({ id: line.id });
  });

  test('the outcome says, when the log was lost', () => {
    expect(keyOf(undefined, { exitCode: 0, message: message(true) })).toEqual({});
  });

  test.each([
    ['an outcome that tells of none', 0, message(false)],
    ['an outcome that does not speak of it', 0, message()],
    ['no outcome at all', 0, ''],
    ['a mover that failed, in a repository that had a key before', 1, message(true)],
  ])('is not taken from %s', (_, exitCode, text) => {
    expect(keyOf(undefined, { exitCode, message: text })).toBeUndefined();
  });
});

describe('a key that was not made', () => {
  test('is told with the reason', () => {
    const why = 'The password of Secret restic opens no repository. (WrongPassword)';

    expect(tellNotMade(why, true, undefined)).toBe(`No recovery key was made: ${why}`);
  });

  test('is not claimed not to be there when nobody knows, and what is left behind is named', () => {
    expect(tellNotMade('the command was interrupted.', false, 'Job and Secret jobs/x are left.')).toBe(
      'Whether a recovery key was added is not known: the command was interrupted. Nobody has the password of one that was, and it does no harm: give the command again, with --again. Job and Secret jobs/x are left.',
    );
  });
});
