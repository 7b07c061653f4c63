import { betterAuth } from 'better-auth';
import type pg from 'pg';
import { newSid } from '../platform/ids.ts';

export interface AuthSettings {
  pool: pg.Pool;
  publicUrl: string;
  /** Signs cookies; made once and kept. */
  secret: string;
}

/** better-auth with its four tables under our names. People are made by `recordPerson`, inside the deed that needs them. */
export function createAuth(settings: AuthSettings) {
  return betterAuth({
    database: settings.pool,
    baseURL: settings.publicUrl,
    secret: settings.secret,
    trustedOrigins: [settings.publicUrl],
    telemetry: { enabled: false },
    logger: { disabled: true },
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: passwordLengthMin,
      maxPasswordLength: passwordLengthMax,
    },
    rateLimit: { enabled: false },
    advanced: {
      cookiePrefix: 'switchhook',
      useSecureCookies: settings.publicUrl.startsWith('https:'),
      database: { generateId: () => newSid('USR') },
    },
    user: {
      modelName: 'person',
      fields: { emailVerified: 'email_verified', createdAt: 'created_at', updatedAt: 'updated_at' },
    },
    session: {
      modelName: 'session',
      expiresIn: 30 * 24 * 60 * 60,
      fields: {
        userId: 'person_id',
        expiresAt: 'expires_at',
        ipAddress: 'ip_address',
        userAgent: 'user_agent',
        createdAt: 'created_at',
        updatedAt: 'updated_at',
      },
    },
    account: {
      modelName: 'credential',
      fields: {
        userId: 'person_id',
        accountId: 'provider_person_id',
        providerId: 'provider_id',
        password: 'password_hash',
        accessToken: 'access_token',
        refreshToken: 'refresh_token',
        idToken: 'id_token',
        accessTokenExpiresAt: 'access_token_expires_at',
        refreshTokenExpiresAt: 'refresh_token_expires_at',
        createdAt: 'created_at',
        updatedAt: 'updated_at',
      },
    },
    verification: {
      modelName: 'verification',
      fields: { expiresAt: 'expires_at', createdAt: 'created_at', updatedAt: 'updated_at' },
    },
  });
}

export type Auth = ReturnType<typeof createAuth>;

export const passwordLengthMin = 10;
export const passwordLengthMax = 128;
