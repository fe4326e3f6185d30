import { randomBytes } from 'node:crypto';

export interface Keys {
  accessKeyId: string;
  secretAccessKey: string;
}

/** As many bits as an HMAC with SHA-256 can use. Letters, digits, `-` and `_`: no program has to escape any. */
const SECRET_BYTES = 32;

/** Keys for a new user. */
export const drawn = (name: string): Keys => ({
  accessKeyId: name,
  secretAccessKey: randomBytes(SECRET_BYTES).toString('base64url'),
});
