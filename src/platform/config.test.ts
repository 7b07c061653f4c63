import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type Config, projectDir, readConfig } from './config.ts';

function configOf(env: Record<string, string | undefined>): Config {
  const read = readConfig(env);
  assert.ok(read.ok, read.ok ? '' : read.mistakes.join('\n'));
  return read.config;
}

function mistakesOf(env: Record<string, string | undefined>): string[] {
  const read = readConfig(env);
  return read.ok ? [] : read.mistakes;
}

const stripe = {
  PAYMENTS: 'stripe',
  STRIPE_SECRET_KEY: 'sk_live_0123456789',
  STRIPE_WEBHOOK_SECRET: 'whsec_0123456789',
  PUBLIC_URL: 'https://calls.example.com',
};
const twilio = { CARRIER: 'twilio', TWILIO_ACCOUNT_SID: `AC${'0'.repeat(32)}`, TWILIO_AUTH_TOKEN: 'a'.repeat(32) };

describe('readConfig', () => {
  test('needs no settings at all', () => {
    assert.deepEqual(configOf({}), {
      port: 3000,
      host: '127.0.0.1',
      trustedProxies: 'loopback',
      dataDir: join(projectDir, 'data'),
      databaseUrl: null,
      publicUrl: 'http://localhost:3000',
      smtpUrl: null,
      mailFrom: 'Switchhook <no-reply@localhost>',
      secretKey: null,
      carrier: { name: 'simulated' },
      payments: { name: 'simulated' },
      metricsToken: null,
      development: true,
    });
  });

  test('treats an empty setting as absent', () => {
    assert.deepEqual(configOf({ PORT: '', DATABASE_URL: ' ', PUBLIC_URL: '' }), configOf({}));
  });

  test('takes every setting', () => {
    assert.deepEqual(
      configOf({
        PORT: '8080',
        HOST: '10.0.0.7',
        TRUSTED_PROXIES: 'loopback,10.0.0.0/8 , 2001:db8::/32',
        DATA_DIR: '/srv/switch hook',
        DATABASE_URL: 'postgres://me:secret@db.example.com/switchhook',
        SMTP_URL: 'smtps://me:secret@mail.example.com:465',
        MAIL_FROM: 'Example Calls <calls@example.com>',
        SECRET_KEY: 'A'.repeat(43),
        ...twilio,
        TWILIO_AUTH_TOKEN_SECONDARY: 'b'.repeat(32),
        TWILIO_API_URL: 'https://api.dublin.ie1.twilio.com/',
        ...stripe,
        PUBLIC_URL: 'https://calls.example.com/',
        METRICS_TOKEN: 'known-to-the-watcher',
      }),
      {
        port: 8080,
        host: '10.0.0.7',
        trustedProxies: 'loopback, 10.0.0.0/8, 2001:db8::/32',
        dataDir: '/srv/switch hook',
        databaseUrl: 'postgres://me:secret@db.example.com/switchhook',
        publicUrl: 'https://calls.example.com',
        smtpUrl: 'smtps://me:secret@mail.example.com:465',
        mailFrom: 'Example Calls <calls@example.com>',
        secretKey: 'A'.repeat(43),
        carrier: {
          name: 'twilio',
          accountSid: twilio.TWILIO_ACCOUNT_SID,
          authToken: twilio.TWILIO_AUTH_TOKEN,
          secondaryAuthToken: 'b'.repeat(32),
          apiUrl: 'https://api.dublin.ie1.twilio.com',
        },
        payments: {
          name: 'stripe',
          secretKey: stripe.STRIPE_SECRET_KEY,
          webhookSecret: stripe.STRIPE_WEBHOOK_SECRET,
          apiUrl: 'https://api.stripe.com',
        },
        metricsToken: 'known-to-the-watcher',
        development: false,
      },
    );
  });

  test('the public address follows the port', () => {
    assert.equal(configOf({ PORT: '4711' }).publicUrl, 'http://localhost:4711');
  });

  const developmentCases: [Record<string, string>, boolean, string][] = [
    [{}, true, '127.0.0.1'],
    [{ PUBLIC_URL: 'http://127.0.0.1:3000' }, true, '127.0.0.1'],
    [{ PUBLIC_URL: 'http://[::1]:3000' }, true, '127.0.0.1'],
    [{ PUBLIC_URL: 'http://app.localhost:3000' }, true, '127.0.0.1'],
    [{ HOST: '::1' }, true, '::1'],
    [{ HOST: 'localhost' }, true, 'localhost'],
    [{ HOST: '0.0.0.0' }, false, '0.0.0.0'],
    [{ PUBLIC_URL: 'https://calls.example.com' }, false, '0.0.0.0'],
    [{ PUBLIC_URL: 'http://127.evil.example.com' }, false, '0.0.0.0'],
    [{ DATABASE_URL: 'postgres://localhost/switchhook' }, false, '0.0.0.0'],
    [{ CARRIER: 'simulated' }, true, '127.0.0.1'],
    [{ ...twilio, TWILIO_API_URL: 'http://127.0.0.1:4010' }, false, '0.0.0.0'],
    [{ ...stripe, PUBLIC_URL: '', STRIPE_API_URL: 'http://127.0.0.1:12111' }, false, '0.0.0.0'],
  ];
  for (const [env, development, host] of developmentCases) {
    test(`${JSON.stringify(env)} is ${development ? '' : 'not '}development and listens on ${host}`, () => {
      const config = configOf(env);
      assert.equal(config.development, development);
      assert.equal(config.host, host);
    });
  }

  const mistakeCases: [string, string, RegExp][] = [
    ['MAIL_FROM', 'nobody', /^MAIL_FROM is "nobody"; expected an address/],
    ['MAIL_FROM', 'A <a@b.example>\r\nBcc: x@y.example', /^MAIL_FROM is/],
    ['SECRET_KEY', 'hunter2', /^SECRET_KEY does not fit; expected 32 random bytes/],
    ['PORT', 'abc', /^PORT is "abc"; expected a whole number from 1 to 65535/],
    ['PORT', '0', /^PORT is "0"/],
    ['PORT', '70000', /^PORT is "70000"/],
    ['PORT', '3000.5', /^PORT is "3000.5"/],
    ['TRUSTED_PROXIES', '10.0.0.0/33', /^TRUSTED_PROXIES is "10.0.0.0\/33"; expected addresses or networks/],
    ['TRUSTED_PROXIES', 'everybody', /^TRUSTED_PROXIES is/],
    ['HOST', 'http://x', /^HOST is "http:\/\/x"; expected the address to listen on/],
    [
      'DATABASE_URL',
      'mysql://localhost/x',
      /^DATABASE_URL is "mysql:\/\/localhost\/x"; expected the address of a Post/,
    ],
    ['DATABASE_URL', 'postgres://localhost', /^DATABASE_URL is/],
    ['DATABASE_URL', 'localhost', /^DATABASE_URL is "localhost"/],
    ['PUBLIC_URL', 'calls.example.com', /^PUBLIC_URL is "calls.example.com"; expected http/],
    ['PUBLIC_URL', 'https://calls.example.com/app', /^PUBLIC_URL/],
    ['PUBLIC_URL', 'https://calls.example.com/?', /^PUBLIC_URL/],
    ['PUBLIC_URL', 'ftp://calls.example.com', /^PUBLIC_URL/],
    ['CARRIER', 'bell', /^CARRIER is "bell"; expected simulated or twilio\.$/],
    ['PAYMENTS', 'cash', /^PAYMENTS is "cash"; expected simulated or stripe\.$/],
    ['METRICS_TOKEN', 'hunter2', /^METRICS_TOKEN is too short or has spaces; expected at least 16 (?!.*hunter2)/],
    ['SMTP_URL', 'mail.example.com', /^SMTP_URL is "mail.example.com"; expected smtp:\/\/ or smtps:\/\//],
  ];
  for (const [name, value, sentence] of mistakeCases) {
    test(`${name}=${value} gets a sentence`, () => {
      const mistakes = mistakesOf({ [name]: value });
      assert.equal(mistakes.length, 1);
      assert.match(mistakes[0]!, sentence);
    });
  }

  const twilioMistakeCases: [Record<string, string>, RegExp][] = [
    [{ TWILIO_ACCOUNT_SID: '' }, /^TWILIO_ACCOUNT_SID is missing; CARRIER=twilio expects AC and 32 hex/],
    [{ TWILIO_ACCOUNT_SID: `SK${'0'.repeat(32)}` }, /^TWILIO_ACCOUNT_SID is something else/],
    [{ TWILIO_AUTH_TOKEN: '' }, /^TWILIO_AUTH_TOKEN is missing; CARRIER=twilio expects 32 hex/],
    [{ TWILIO_AUTH_TOKEN: 'hunter2' }, /^TWILIO_AUTH_TOKEN is something else/],
    [{ TWILIO_AUTH_TOKEN_SECONDARY: 'hunter2' }, /^TWILIO_AUTH_TOKEN_SECONDARY is something else/],
    [{ TWILIO_API_URL: 'http://api.twilio.com' }, /^TWILIO_API_URL is "http:\/\/api.twilio.com"; expected https/],
    [{ TWILIO_API_URL: 'https://api.twilio.com/2010-04-01' }, /^TWILIO_API_URL/],
    [{ TWILIO_API_URL: 'https://me:hunter2@proxy' }, /^TWILIO_API_URL is "https:\/\/me:\*\*\*@proxy"/],
    [{ PUBLIC_URL: '' }, /^PUBLIC_URL is "http:\/\/localhost:3000", where Twilio can not reach it/],
  ];
  for (const [env, sentence] of twilioMistakeCases) {
    test(`behind Twilio ${JSON.stringify(env)} gets a sentence, and no secret is repeated`, () => {
      const mistakes = mistakesOf({ ...twilio, PUBLIC_URL: 'https://calls.example.com', ...env });
      assert.equal(mistakes.length, 1);
      assert.match(mistakes[0]!, sentence);
      assert.doesNotMatch(mistakes[0]!, /hunter2|[0a]{32}/);
    });
  }

  const stripeMistakeCases: [Record<string, string>, RegExp][] = [
    [{ STRIPE_SECRET_KEY: '' }, /^STRIPE_SECRET_KEY is missing; PAYMENTS=stripe expects a secret or restricted key/],
    [{ STRIPE_SECRET_KEY: 'pk_live_hunter2hunter2' }, /^STRIPE_SECRET_KEY is something else/],
    [{ STRIPE_WEBHOOK_SECRET: '' }, /^STRIPE_WEBHOOK_SECRET is missing; PAYMENTS=stripe expects the signing secret/],
    [{ STRIPE_WEBHOOK_SECRET: 'hunter2' }, /^STRIPE_WEBHOOK_SECRET is something else/],
    [{ STRIPE_API_URL: 'http://api.stripe.com' }, /^STRIPE_API_URL is "http:\/\/api.stripe.com"; expected https/],
    [{ PUBLIC_URL: '' }, /^PUBLIC_URL is "http:\/\/localhost:3000", where Stripe can not reach it/],
  ];
  for (const [env, sentence] of stripeMistakeCases) {
    test(`behind Stripe ${JSON.stringify(env)} gets a sentence, and no secret is repeated`, () => {
      const mistakes = mistakesOf({ ...stripe, ...env });
      assert.equal(mistakes.length, 1);
      assert.match(mistakes[0]!, sentence);
      assert.doesNotMatch(mistakes[0]!, /hunter2|0123456789/);
    });
  }

  test('what is Twilio’s counts behind Twilio only', () => {
    assert.deepEqual(configOf({ TWILIO_AUTH_TOKEN: 'another program’s' }), configOf({}));
  });

  test('names all mistakes at once', () => {
    assert.equal(mistakesOf({ PORT: 'x', PUBLIC_URL: 'x', SMTP_URL: 'x', DATABASE_URL: 'x', HOST: '!' }).length, 5);
  });

  test('never repeats a password', () => {
    const mistakes = mistakesOf({ DATABASE_URL: 'mysql://me:hunter2@db/x', SMTP_URL: 'http://me:hunter2@mail' });
    assert.equal(mistakes.length, 2);
    assert.doesNotMatch(mistakes.join('\n'), /hunter2/);
  });
});
