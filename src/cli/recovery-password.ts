import { randomInt } from 'node:crypto';

/** 32 characters, 5 bits each, none of which is taken for another when it is read from paper: no O beside 0, no I beside 1. */
export const ALPHABET = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';
const GROUPS = 8;
const CHARACTERS = 4;

/** A password of 160 bits, which nobody has to remember and everybody can copy: `K7QF-…`, eight groups. */
export function recoveryPassword(random: (below: number) => number = randomInt): string {
  const group = () => Array.from({ length: CHARACTERS }, () => ALPHABET[random(ALPHABET.length)]).join('');
  return Array.from({ length: GROUPS }, group).join('-');
}
