import { recoveryPassword } from '../../src/mover/recovery-key';

const PASSWORD = 'correct horse battery staple';
const from = (password: string | undefined) =>
  recoveryPassword({
    SERVICE_BACKUP_RECOVERY_PASSWORD: password,
    RESTIC_PASSWORD: 'of the repository, long enough',
  });

test('a password of 20 characters or more, without the end of line that a file has', () => {
  expect(from(PASSWORD)).toBe(PASSWORD);
  expect(from(`${PASSWORD} \r\n`)).toBe(`${PASSWORD} `);
  expect(from('x'.repeat(20))).toBe('x'.repeat(20));
});

test.each([
  [undefined, 'its password has 0 characters, and 20 are the least'],
  [`${'x'.repeat(19)}\n`, 'its password has 19 characters, and 20 are the least'],
  [`${PASSWORD}\n${PASSWORD}`, 'its password has more than one line'],
  ['of the repository, long enough', "its password is the repository's own, which would be lost with it"],
])('the password %j is refused', (password, why) => {
  expect(() => from(password)).toThrow(
    expect.objectContaining({
      reason: 'TaskInvalid',
      message: `No recovery key was made: ${why}. It comes in SERVICE_BACKUP_RECOVERY_PASSWORD.`,
    }),
  );
});
