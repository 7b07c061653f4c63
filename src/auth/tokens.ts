import { createHash, randomBytes } from 'node:crypto';

/** A secret for a link: 192 bits, so that nobody guesses one. */
export const newToken = (): string => randomBytes(24).toString('base64url');

/** What is kept of a token: whoever reads the table can't use it. */
export const hashToken = (token: string): string => createHash('sha256').update(token).digest('hex');
