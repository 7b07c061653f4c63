import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from './config.ts';

/** What the installation's key is good for. The key itself is never in the database, so a copy of that opens nothing. */
export interface Secrets {
  /** A secret for one purpose, the same each time. */
  derive(purpose: string): string;
  /** Encrypts; what comes out opens with the same key and for the same purpose only. */
  seal(text: string, purpose: string): Buffer;
  /** Null when it was sealed with another key, or was changed. */
  open(sealed: Buffer, purpose: string): string | null;
}

const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;

export function openSecrets(key: Buffer): Secrets {
  const deriveBytes = (purpose: string) => Buffer.from(hkdfSync('sha256', key, '', purpose, keyBytes));
  return {
    derive: (purpose) => deriveBytes(purpose).toString('base64url'),
    seal(text, purpose) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', deriveBytes(purpose), nonce);
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
    },
    open(sealed, purpose) {
      const nonce = sealed.subarray(0, nonceBytes);
      const tag = sealed.subarray(nonceBytes, nonceBytes + tagBytes);
      try {
        const decipher = createDecipheriv('aes-256-gcm', deriveBytes(purpose), nonce).setAuthTag(tag);
        return Buffer.concat([decipher.update(sealed.subarray(nonceBytes + tagBytes)), decipher.final()]).toString();
      } catch {
        return null;
      }
    },
  };
}

/** The key from `SECRET_KEY`, or from a file in the data folder that is made at the first start. */
export function keepKey({ secretKey, dataDir }: Pick<Config, 'secretKey' | 'dataDir'>): Buffer {
  if (secretKey !== null) return Buffer.from(secretKey, 'base64url');
  const file = join(dataDir, 'secret.key');
  try {
    return makeKey(dataDir, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return Buffer.from(readFileSync(file, 'utf8').trim(), 'base64url');
  }
}

/** Whoever comes first makes it; the file appears whole or not at all to those who find it there. */
function makeKey(dataDir: string, file: string): Buffer {
  mkdirSync(dataDir, { recursive: true });
  const descriptor = openSync(file, 'wx', 0o600);
  const key = randomBytes(keyBytes);
  writeSync(descriptor, `${key.toString('base64url')}\n`);
  fsyncSync(descriptor);
  closeSync(descriptor);
  return key;
}
