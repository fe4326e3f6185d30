import { ALPHABET, recoveryPassword } from '../../src/cli/recovery-password';

test('a recovery password has 160 bits: 32 characters of an alphabet of 32', () => {
  expect(new Set(ALPHABET).size).toBe(32);
  expect(recoveryPassword()).toMatch(/^([A-Z2-9]{4}-){7}[A-Z2-9]{4}$/);
});

test('nothing in it is taken for another character when it is read from paper', () => {
  for (const doubtful of 'O0I1l') expect(ALPHABET).not.toContain(doubtful);
});

test('every character of it is drawn, each from the whole alphabet', () => {
  const asked: number[] = [];
  const draws = (below: number) => {
    asked.push(below);
    return asked.length - 1;
  };

  expect(recoveryPassword(draws).replaceAll('-', '')).toBe(ALPHABET);
  expect(asked).toEqual(Array(32).fill(32));
});

test('no two are alike', () => {
  const many = Array.from({ length: 200 }, () => recoveryPassword());

  expect(new Set(many).size).toBe(200);
  // With 6,400 draws a character of 32 that never comes is a mistake, not bad luck (10 to the power of -86).
  expect(new Set(many.join('').replaceAll('-', '')).size).toBe(32);
});
