import { kyselyAdapter } from '@better-auth/kysely-adapter';
import { betterAuth } from 'better-auth';
import { twoFactor } from 'better-auth/plugins/two-factor';
import { Kysely, PostgresDialect } from 'kysely';
import type pg from 'pg';
import { newSid } from '../platform/ids.ts';
import { hideSessionTokens } from './hideSessionTokens.ts';

export interface AuthSettings {
  pool: pg.Pool;
  publicUrl: string;
  /** Signs cookies, and seals second factors. */
  secret: string;
  /** Somebody asked for a new password: tells them the link's token, by mail. */
  tellResetToken(person: { name: string; email: string }, token: string): Promise<void>;
  /** A new password was chosen by such a link. */
  passwordWasReset(person: { id: string; name: string; email: string }): Promise<void>;
}

const minuteSeconds = 60;
const daySeconds = 24 * 60 * minuteSeconds;
export const resetLinkMinutes = 60;

/** better-auth with its tables under our names. People are made by `recordPerson`, inside the deed that needs them. */
export function createAuth(settings: AuthSettings) {
  const database = new Kysely({ dialect: new PostgresDialect({ pool: settings.pool }) });
  return betterAuth({
    appName: 'Switchhook',
    database: hideSessionTokens(kyselyAdapter(database, { type: 'postgres', transaction: true })),
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
      resetPasswordTokenExpiresIn: resetLinkMinutes * minuteSeconds,
      // A new password ends every session: whoever knew the old one is out.
      revokeSessionsOnPasswordReset: true,
      sendResetPassword: ({ user, token }) => settings.tellResetToken(user, token),
      onPasswordReset: ({ user }) => settings.passwordWasReset(user),
    },
    rateLimit: { enabled: false },
    advanced: {
      cookiePrefix: 'switchhook',
      useSecureCookies: settings.publicUrl.startsWith('https:'),
      database: { generateId: () => newSid('USR') },
      ipAddress: { ipAddressHeaders: ['x-forwarded-for'] },
    },
    plugins: [
      twoFactor({
        issuer: 'Switchhook',
        schema: {
          user: { fields: { twoFactorEnabled: 'second_factor_enabled' } },
          twoFactor: {
            modelName: 'second_factor',
            fields: {
              userId: 'person_id',
              backupCodes: 'recovery_codes',
              failedVerificationCount: 'failed_count',
              lockedUntil: 'locked_until',
            },
          },
        },
      }),
    ],
    user: {
      modelName: 'person',
      fields: { emailVerified: 'email_verified', createdAt: 'created_at', updatedAt: 'updated_at' },
    },
    session: {
      modelName: 'session',
      expiresIn: 30 * daySeconds,
      fields: {
        userId: 'person_id',
        token: 'token_hash',
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
      storeIdentifier: 'hashed',
      fields: { expiresAt: 'expires_at', createdAt: 'created_at', updatedAt: 'updated_at' },
    },
  });
}

export type Auth = ReturnType<typeof createAuth>;

export const passwordLengthMin = 10;
export const passwordLengthMax = 128;
