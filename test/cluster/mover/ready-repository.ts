import { createCipheriv, createHash, randomBytes, scryptSync } from 'node:crypto';

/** What `restic init` (0.18.0) once made: its id, its object `config`, and what `restic cat masterkey` prints of it. */
export const REPOSITORY_ID = 'b101e5cf11697bc56b8a039086987c20919fd541ff99590e3ea73b991e795515';
const CONFIG =
  'jF/9SEsGaMqlxST0jzsHJkv7nv4DtD7EQvhaVT7yXXjHTsWjMhyAJ6ATKiXprMF0Op3NtSABYTjU+b1J1BI2Xe1ZvK2HnP4iUnl4CMhA4unjhsFxROMFgVj92rEkXgpkRymADkJqFnZR2uqGo6CpnHRwf+jKMOj56+wK+iN0EE9X7rRMSt5T0v71PDE4SiVqbFgBUlhh56K7kE0=';
const MASTER_KEY = {
  mac: { k: 'VVdR6U6hmCE5LQW5O2KOlg==', r: 'Hre51w/4z4mTPIuarhqcgg==' },
  encrypt: 'gP2nyg6VbU3Q1G1iS+nlYVG/czazNiNEkjsRl2WXAGg=',
};

/** Costs a millisecond, where restic's own choice costs 0.3 s of processor time at every start. */
const SCRYPT = { N: 2, r: 1, p: 1 };

/**
 * The objects of an empty restic repository whose key opens fast, for tests, which start restic hundreds of times. The key is made as
 * restic's design document describes keys: scrypt, AES-256 in counter mode, Poly1305-AES.
 */
export function readyRepository(password: string): Record<string, string | Buffer> {
  const salt = randomBytes(64);
  const derived = scryptSync(password, salt, 64, SCRYPT);
  const [encrypt, k, r] = [derived.subarray(0, 32), derived.subarray(32, 48), derived.subarray(48)];
  const nonce = randomBytes(16);
  const secret = createCipheriv('aes-256-ctr', encrypt, nonce).update(JSON.stringify(MASTER_KEY));
  const s = createCipheriv('aes-128-ecb', k, null).setAutoPadding(false).update(nonce);
  const key = JSON.stringify({
    created: '2026-01-01T00:00:00Z',
    username: 'root',
    hostname: 'test',
    kdf: 'scrypt',
    ...SCRYPT,
    salt: salt.toString('base64'),
    data: Buffer.concat([nonce, secret, poly1305(secret, r, s)]).toString('base64'),
  });
  const name = createHash('sha256').update(key).digest('hex');
  return { config: Buffer.from(CONFIG, 'base64'), [`keys/${name}`]: key };
}

const little = (bytes: Buffer): bigint => BigInt(`0x${Buffer.from(bytes).reverse().toString('hex') || '0'}`);

/** RFC 8439, section 2.5. */
function poly1305(message: Buffer, r: Buffer, s: Buffer): Buffer {
  const prime = 2n ** 130n - 5n;
  const factor = little(r) & 0x0ffffffc0ffffffc0ffffffc0fffffffn;
  let sum = 0n;
  for (let at = 0; at < message.length; at += 16) {
    const block = little(Buffer.concat([message.subarray(at, at + 16), Buffer.of(1)]));
    sum = ((sum + block) * factor) % prime;
  }
  const tag = (sum + little(s)) % 2n ** 128n;
  return Buffer.from(tag.toString(16).padStart(32, '0'), 'hex').reverse();
}
