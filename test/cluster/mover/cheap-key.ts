import { createCipheriv, createHash, randomBytes, scryptSync } from 'node:crypto';

/** Costs a millisecond, where restic's own choice costs 0.3 s of processor time at every start. */
const SCRYPT = { N: 2, r: 1, p: 1 };

/**
 * A key of a restic repository that opens fast, for tests, which start restic hundreds of times: as restic's design document
 * describes keys (scrypt, AES-256 in counter mode, Poly1305-AES).
 *
 * @param masterKey what `restic cat masterkey` prints
 * @returns name and contents of its object below `keys/`
 */
export function cheapKey(password: string, masterKey: string): { name: string; contents: string } {
  const salt = randomBytes(64);
  const derived = scryptSync(password, salt, 64, SCRYPT);
  const [encrypt, k, r] = [derived.subarray(0, 32), derived.subarray(32, 48), derived.subarray(48)];
  const nonce = randomBytes(16);
  const secret = createCipheriv('aes-256-ctr', encrypt, nonce).update(masterKey);
  const s = createCipheriv('aes-128-ecb', k, null).setAutoPadding(false).update(nonce);
  const contents = JSON.stringify({
    created: '2026-01-01T00:00:00Z',
    username: 'root',
    hostname: 'test',
    kdf: 'scrypt',
    ...SCRYPT,
    salt: salt.toString('base64'),
    data: Buffer.concat([nonce, secret, poly1305(secret, r, s)]).toString('base64'),
  });
  return { name: createHash('sha256').update(contents).digest('hex'), contents };
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
