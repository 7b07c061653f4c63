import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

/*
 * Nobody may make us fetch an address of their choosing. Few files reach outside at all, each to an address that the
 * operator set; a new one must be written down here with its reason, and then be looked at.
 */

const root = join(import.meta.dirname, '../..');

const reachOutside: Record<string, string> = {
  'src/platform/carrier/simulated/postSigned.ts':
    'plays the carrier: only to addresses below PUBLIC_URL that we gave it',
  'src/platform/carrier/twilio/open.ts': 'Twilio, at the address of TWILIO_API_URL',
  'src/platform/carrier/twilio/imitation.ts': 'only tests run it; it listens, and asks nobody',
  'src/platform/payments/simulated/sendWebhooks.ts': 'plays the payment provider: only to our own webhook door',
  'src/platform/payments/stripe/open.ts': 'Stripe, at the address of STRIPE_API_URL',
  'src/platform/payments/stripe/imitation.ts': 'only tests run it; it listens, and asks nobody',
  'src/cli/status.ts': 'asks this installation whether it serves',
  'src/platform/mail/openMailer.ts': 'the mail server of SMTP_URL',
};

const ways =
  /\bfetch\(|^import (?!type)[^;]*\bfrom '(?:node:)?(?:http|https|http2|dgram|tls|undici|axios|got)'|\bcreateTransport\(|\btwilio\(|\bnew Stripe\(|\bhttps?\.request\(|\bnet\.connect\(|\bcreateConnection\(/m;

test('only files that are listed reach outside', () => {
  const found = globSync('src/**/*.{ts,tsx}', { cwd: root })
    .filter((file) => !file.includes('.test.') && !file.includes('/browser/'))
    .filter((file) => ways.test(readFileSync(join(root, file), 'utf8')));
  assert.deepEqual(
    found.filter((file) => !reachOutside[file]),
    [],
  );
  for (const file of Object.keys(reachOutside)) assert.ok(found.includes(file), `${file} no longer does`);
});
