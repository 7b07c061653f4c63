import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
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
  if (!existsSync(file)) makeKey(dataDir, file);
  const key = Buffer.from(readFileSync(file, 'utf8').trim(), 'base64url');
  if (key.length === keyBytes) return key;
  throw new Error(`${file} holds no key of ${keyBytes} bytes. Put the right one back, from where you keep its copy.`);
}

/** Whoever comes first makes it, and it appears whole: written beside, then linked into its place. */
function makeKey(dataDir: string, file: string): void {
  mkdirSync(dataDir, { recursive: true });
  const beside = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  writeFileSync(beside, `${randomBytes(keyBytes).toString('base64url')}\n`, { mode: 0o600, flush: true });
  try {
    linkSync(beside, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    unlinkSync(beside);
  }
}
