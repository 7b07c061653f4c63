import { isIP } from 'node:net';
import { resolve } from 'node:path';

export type Config = {
  port: number;
  host: string;
  /** Whose word on a visitor's address is taken: addresses and networks, or groups of them by name. */
  trustedProxies: string;
  dataDir: string;
  /** Null means the embedded database. */
  databaseUrl: string | null;
  publicUrl: string;
  smtpUrl: string | null;
  /** Who mails come from: an address, or a name with one. */
  mailFrom: string;
  /** 32 bytes in base64url; null means the key file in the data folder. */
  secretKey: string | null;
  carrier: { name: 'simulated' } | ({ name: 'twilio' } & TwilioSettings);
  payments: { name: 'simulated' } | ({ name: 'stripe' } & StripeSettings);
  /** Opens `GET /metrics`; null means that there is none. */
  metricsToken: string | null;
  /**
   * The embedded database, reachable from this machine only, the simulated carrier and simulated payments: demo sign-ins and
   * the movable clock exist just here.
   */
  development: boolean;
};

export type TwilioSettings = {
  accountSid: string;
  authToken: string;
  /** Another token that may have signed a voice request, while tokens are rotated. */
  secondaryAuthToken: string | null;
  apiUrl: string;
};

export type StripeSettings = {
  secretKey: string;
  /** Signs the events that Stripe sends us. */
  webhookSecret: string;
  apiUrl: string;
};

export type ConfigRead = { ok: true; config: Config } | { ok: false; mistakes: string[] };

type Setting<Value> = { value: Value } | { mistake: string };

/** The folder of package.json; relative settings are relative to it, whatever folder a command is started from. */
export const projectDir = resolve(import.meta.dirname, '../..');

export function readConfig(env: Record<string, string | undefined>): ConfigRead {
  const given = (name: string) => env[name]?.trim() || undefined;
  const mistakes: string[] = [];
  const take = <Value>(setting: Setting<Value>, otherwise: Value): Value => {
    if ('value' in setting) return setting.value;
    mistakes.push(setting.mistake);
    return otherwise;
  };

  const port = take(readPort(given('PORT')), 3000);
  const databaseUrl = take(readDatabaseUrl(given('DATABASE_URL')), null);
  const publicUrl = take(readPublicUrl(given('PUBLIC_URL'), port), '');
  const smtpUrl = take(readSmtpUrl(given('SMTP_URL')), null);
  const mailFrom = take(readMailFrom(given('MAIL_FROM'), publicUrl), '');
  const secretKey = take(readSecretKey(given('SECRET_KEY')), null);
  const metricsToken = take(readMetricsToken(given('METRICS_TOKEN')), null);
  const givenHost = take(readHost(given('HOST')), null);
  const trustedProxies = take(readTrustedProxies(given('TRUSTED_PROXIES')), '');
  const carrierName = take(readCarrierName(given('CARRIER')), 'simulated');
  const carrier: Config['carrier'] =
    carrierName === 'simulated'
      ? { name: carrierName }
      : {
          name: carrierName,
          accountSid: take(readAccountSid(given('TWILIO_ACCOUNT_SID')), ''),
          authToken: take(readAuthToken('TWILIO_AUTH_TOKEN', given('TWILIO_AUTH_TOKEN') ?? ''), ''),
          secondaryAuthToken: take(readSecondaryAuthToken(given('TWILIO_AUTH_TOKEN_SECONDARY')), null),
          apiUrl: take(readApiUrl(given('TWILIO_API_URL')), ''),
        };
  take(readReach(publicUrl, carrier), null);
  const paymentsName = take(readPaymentsName(given('PAYMENTS')), 'simulated');
  const payments: Config['payments'] =
    paymentsName === 'simulated'
      ? { name: paymentsName }
      : {
          name: paymentsName,
          secretKey: take(readStripeKey(given('STRIPE_SECRET_KEY')), ''),
          webhookSecret: take(readWebhookSecret(given('STRIPE_WEBHOOK_SECRET')), ''),
          apiUrl: take(readStripeApiUrl(given('STRIPE_API_URL')), ''),
        };
  take(readPaymentsReach(publicUrl, payments), null);
  if (mistakes.length > 0) return { ok: false, mistakes };

  const development =
    databaseUrl === null &&
    carrier.name === 'simulated' &&
    payments.name === 'simulated' &&
    isLoopback(new URL(publicUrl).hostname) &&
    (givenHost === null || isLoopback(givenHost));
  return {
    ok: true,
    config: {
      port,
      host: givenHost ?? (development ? '127.0.0.1' : '0.0.0.0'),
      trustedProxies,
      dataDir: resolve(projectDir, given('DATA_DIR') ?? 'data'),
      databaseUrl,
      publicUrl,
      smtpUrl,
      mailFrom,
      secretKey,
      carrier,
      payments,
      metricsToken,
      development,
    },
  };
}

function readPort(given: string | undefined): Setting<number> {
  if (given === undefined) return { value: 3000 };
  const port = Number(given);
  if (/^\d+$/.test(given) && port >= 1 && port <= 65535) return { value: port };
  return { mistake: `PORT is "${given}"; expected a whole number from 1 to 65535, such as 3000.` };
}

function readHost(given: string | undefined): Setting<string | null> {
  if (given === undefined) return { value: null };
  if (isIP(given) !== 0 || /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(given)) return { value: given };
  return { mistake: `HOST is "${given}"; expected the address to listen on, such as 127.0.0.1 or 0.0.0.0.` };
}

/** Groups that the server knows by name. */
const namedNetworks = ['loopback', 'linklocal', 'uniquelocal'];

function readTrustedProxies(given: string | undefined): Setting<string> {
  const proxies = (given ?? 'loopback').split(',').map((each) => each.trim());
  const isNetwork = (each: string) => {
    const [address = '', bits = '0', ...more] = each.split('/');
    const bitsMax = isIP(address) === 6 ? 128 : 32;
    return isIP(address) !== 0 && more.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= bitsMax;
  };
  if (proxies.every((each) => namedNetworks.includes(each) || isNetwork(each))) return { value: proxies.join(', ') };
  return {
    mistake: `TRUSTED_PROXIES is "${given}"; expected addresses or networks with commas between them, such as loopback, 10.0.0.0/8.`,
  };
}

function readDatabaseUrl(given: string | undefined): Setting<string | null> {
  if (given === undefined) return { value: null };
  const url = parseUrl(given);
  if (url && ['postgres:', 'postgresql:'].includes(url.protocol) && url.pathname.length > 1) return { value: given };
  return {
    mistake: `DATABASE_URL is "${hidePassword(given)}"; expected the address of a PostgreSQL database, such as postgres://name:password@localhost:5432/switchhook.`,
  };
}

function readPublicUrl(given: string | undefined, port: number): Setting<string> {
  if (given === undefined) return { value: `http://localhost:${port}` };
  const url = parseUrl(given);
  if (url && isOrigin(given, url) && ['http:', 'https:'].includes(url.protocol)) return { value: url.origin };
  return {
    mistake: `PUBLIC_URL is "${hidePassword(given)}"; expected http:// or https:// with a host and, if need be, a port, and nothing after it, such as https://calls.example.com.`,
  };
}

function readSmtpUrl(given: string | undefined): Setting<string | null> {
  if (given === undefined) return { value: null };
  const url = parseUrl(given);
  if (url && ['smtp:', 'smtps:'].includes(url.protocol) && url.hostname !== '') return { value: given };
  return {
    mistake: `SMTP_URL is "${hidePassword(given)}"; expected smtp:// or smtps:// with a host, such as smtps://name:password@mail.example.com:465.`,
  };
}

function readMailFrom(given: string | undefined, publicUrl: string): Setting<string> {
  const host = parseUrl(publicUrl)?.hostname ?? 'localhost';
  if (given === undefined) return { value: `Switchhook <no-reply@${host}>` };
  if (/^(?:[^<>\r\n]+ <[^\s@<>]+@[^\s@<>]+>|[^\s@<>]+@[^\s@<>]+)$/.test(given)) return { value: given };
  return {
    mistake: `MAIL_FROM is "${given}"; expected an address, or a name with one, such as Switchhook <no-reply@example.com>.`,
  };
}

/** What was given is never printed: it opens what the database keeps sealed. */
function readSecretKey(given: string | undefined): Setting<string | null> {
  if (given === undefined) return { value: null };
  if (/^[A-Za-z0-9_-]{43}=?$/.test(given)) return { value: given };
  return { mistake: 'SECRET_KEY does not fit; expected 32 random bytes in base64url: 43 letters, digits, - and _.' };
}

function readCarrierName(given: string | undefined): Setting<Config['carrier']['name']> {
  const name = (['simulated', 'twilio'] as const).find((each) => each === (given ?? 'simulated'));
  return name ? { value: name } : { mistake: `CARRIER is "${given}"; expected simulated or twilio.` };
}

/* What stands in the place of an account SID or a token may be the other one, so neither is repeated. */

function readAccountSid(given: string | undefined): Setting<string> {
  if (/^AC[0-9a-f]{32}$/i.test(given ?? '')) return { value: given! };
  return {
    mistake: `TWILIO_ACCOUNT_SID is ${given ? 'something else' : 'missing'}; CARRIER=twilio expects AC and 32 hexadecimal digits, from the front page of the Twilio Console.`,
  };
}

function readAuthToken(name: string, given: string): Setting<string> {
  if (/^[0-9a-f]{32}$/i.test(given)) return { value: given };
  return {
    mistake: `${name} is ${given ? 'something else' : 'missing'}; CARRIER=twilio expects 32 hexadecimal digits, from the Twilio Console.`,
  };
}

function readSecondaryAuthToken(given: string | undefined): Setting<string | null> {
  return given === undefined ? { value: null } : readAuthToken('TWILIO_AUTH_TOKEN_SECONDARY', given);
}

const twilioApiUrl = 'https://api.twilio.com';

function readApiUrl(given: string | undefined): Setting<string> {
  if (given === undefined) return { value: twilioApiUrl };
  const url = parseUrl(given);
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname));
  if (url && isSafe && isOrigin(given, url)) return { value: url.origin };
  return {
    mistake: `TWILIO_API_URL is "${hidePassword(given)}"; expected https:// with a host and nothing after it, such as https://api.dublin.ie1.twilio.com.`,
  };
}

/** A start without PUBLIC_URL would point every rented number at an address that Twilio can't reach. */
function readReach(publicUrl: string, carrier: Config['carrier']): Setting<null> {
  const isHere = (url: string) => isLoopback(new URL(url).hostname);
  const isReached =
    carrier.name === 'simulated' || !publicUrl || !carrier.apiUrl || !isHere(publicUrl) || isHere(carrier.apiUrl);
  if (isReached) return { value: null };
  return {
    mistake: `PUBLIC_URL is "${publicUrl}", where Twilio can not reach it; CARRIER=twilio expects a public address, such as https://calls.example.com.`,
  };
}

function readPaymentsName(given: string | undefined): Setting<Config['payments']['name']> {
  const name = (['simulated', 'stripe'] as const).find((each) => each === (given ?? 'simulated'));
  return name ? { value: name } : { mistake: `PAYMENTS is "${given}"; expected simulated or stripe.` };
}

function readStripeKey(given: string | undefined): Setting<string> {
  if (/^[sr]k_(test|live)_\w{8,}$/.test(given ?? '')) return { value: given! };
  return {
    mistake: `STRIPE_SECRET_KEY is ${given ? 'something else' : 'missing'}; PAYMENTS=stripe expects a secret or restricted key, which begins with sk_ or rk_, from Stripe’s Dashboard.`,
  };
}

function readWebhookSecret(given: string | undefined): Setting<string> {
  if (/^whsec_\w{8,}$/.test(given ?? '')) return { value: given! };
  return {
    mistake: `STRIPE_WEBHOOK_SECRET is ${given ? 'something else' : 'missing'}; PAYMENTS=stripe expects the signing secret of the endpoint PUBLIC_URL/payments/webhooks, which begins with whsec_.`,
  };
}

const stripeApiUrl = 'https://api.stripe.com';

function readStripeApiUrl(given: string | undefined): Setting<string> {
  if (given === undefined) return { value: stripeApiUrl };
  const url = parseUrl(given);
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname));
  if (url && isSafe && isOrigin(given, url)) return { value: url.origin };
  return {
    mistake: `STRIPE_API_URL is "${hidePassword(given)}"; expected https:// with a host and nothing after it. Leave it unset outside of tests.`,
  };
}

/** Stripe sends people back to PUBLIC_URL, and its events to it. */
function readPaymentsReach(publicUrl: string, payments: Config['payments']): Setting<null> {
  const isHere = (url: string) => isLoopback(new URL(url).hostname);
  const isReached =
    payments.name === 'simulated' || !publicUrl || !payments.apiUrl || !isHere(publicUrl) || isHere(payments.apiUrl);
  if (isReached) return { value: null };
  return {
    mistake: `PUBLIC_URL is "${publicUrl}", where Stripe can not reach it; PAYMENTS=stripe expects a public address, such as https://calls.example.com.`,
  };
}

function isOrigin(given: string, url: URL): boolean {
  return url.pathname === '/' && !/[?#]/.test(given) && url.username === '' && url.password === '';
}

function readMetricsToken(given: string | undefined): Setting<string | null> {
  if (given === undefined) return { value: null };
  if (/^[\x21-\x7e]{16,}$/.test(given)) return { value: given };
  return { mistake: 'METRICS_TOKEN is too short or has spaces; expected at least 16 characters without any.' };
}

function parseUrl(given: string): URL | null {
  return URL.canParse(given) ? new URL(given) : null;
}

/** What is printed at a mistake ends up in logs, so a password must not. */
function hidePassword(given: string): string {
  return given.replace(/:[^:/@]*@/, ':***@');
}

function isLoopback(hostname: string): boolean {
  const bare = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  if (bare === 'localhost' || bare.endsWith('.localhost') || bare === '::1') return true;
  return isIP(bare) === 4 && bare.startsWith('127.');
}
