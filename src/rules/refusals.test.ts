import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Refusal, sentenceFor } from './refusals.ts';

const moment = new Date('2027-03-03T12:00:00Z');
/** One of each; the compiler fails when a code is missing. */
const all: { [Code in Refusal['code']]: Extract<Refusal, { code: Code }> } = {
  'not-found': { code: 'not-found' },
  'role-missing': { code: 'role-missing', does: 'close the account', who: ['Agency Administrator', 'Administrator'] },
  'account-canceled': { code: 'account-canceled', does: 'buy tracking numbers' },
  'no-funds': { code: 'no-funds', does: 'buy tracking numbers' },
  purged: { code: 'purged' },
  'already-closed': { code: 'already-closed', closedAt: moment },
  'not-closed': { code: 'not-closed' },
  'still-closing': { code: 'still-closing' },
  'too-late-to-reactivate': { code: 'too-late-to-reactivate', until: moment },
  'agency-canceled': { code: 'agency-canceled', until: moment },
  'too-late-to-restore': { code: 'too-late-to-restore', until: moment },
  'already-released': { code: 'already-released', restorableUntil: moment },
  'not-released': { code: 'not-released' },
  'not-bought-yet': { code: 'not-bought-yet' },
  'number-taken': { code: 'number-taken', phoneNumber: '+12125550142' },
  'number-resting': { code: 'number-resting', phoneNumber: '+12125550142', reusableFrom: moment },
  'balance-short': { code: 'balance-short', needMicros: 2_500_000n, haveMicros: 0n },
  'feature-missing': {
    code: 'feature-missing',
    does: 'buy toll-free numbers',
    plan: 'Starter',
    plans: ['Essentials', 'Pro'],
    payer: 'own',
  },
  'price-version-taken': { code: 'price-version-taken', at: new Date('2027-03-03T12:00:00Z') },
  'paid-by-agency': { code: 'paid-by-agency' },
  'not-sub-account': { code: 'not-sub-account' },
  'pays-already': { code: 'pays-already', payer: 'own' },
  'other-side': { code: 'other-side', does: 'answer this offer', who: ['Administrator', 'Billing Manager'] },
  'own-offer': { code: 'own-offer' },
  'offer-open': { code: 'offer-open', until: moment },
  'offer-over': { code: 'offer-over' },
  'owes-first': { code: 'owes-first', oweMicros: 5_000_000n },
  'payer-without-funds': { code: 'payer-without-funds' },
  'no-card': { code: 'no-card' },
  'recharge-needs-card': { code: 'recharge-needs-card' },
  'payment-under-way': { code: 'payment-under-way' },
  'currency-mismatch': { code: 'currency-mismatch', kept: 'USD', given: 'EUR' },
  'payments-unavailable': { code: 'payments-unavailable', what: 'no card can be added' },
  'already-paused': { code: 'already-paused' },
  'not-paused': { code: 'not-paused' },
  'already-stopped': { code: 'already-stopped' },
  'not-stopped': { code: 'not-stopped' },
  'plan-changed': { code: 'plan-changed', differences: ['numbers: now also +12125550142'] },
  'erasure-unconfirmed': { code: 'erasure-unconfirmed', visits: 223, addresses: 1 },
  'key-reused': { code: 'key-reused' },
  'invalid-input': { code: 'invalid-input', fields: { name: 'Give a name.' } },
  'email-taken': { code: 'email-taken' },
  'already-member': { code: 'already-member', email: 'pat@example.com' },
  'role-above-own': { code: 'role-above-own', role: 'Agency Administrator' },
  'last-administrator': { code: 'last-administrator', role: 'Administrator' },
  'owner-stays': { code: 'owner-stays' },
  'owner-only': { code: 'owner-only' },
  'owner-needs-role': { code: 'owner-needs-role', role: 'Administrator' },
  'invitation-over': { code: 'invitation-over' },
  'too-many-invitations': { code: 'too-many-invitations' },
  'invitation-for-another': { code: 'invitation-for-another', email: 'pat@example.com' },
  'sign-up-closed': { code: 'sign-up-closed' },
  'already-held': { code: 'already-held' },
  'not-held': { code: 'not-held' },
  'too-many-tickets': { code: 'too-many-tickets', perDay: 20 },
  'own-ticket': { code: 'own-ticket' },
  'ticket-does-not-fit': { code: 'ticket-does-not-fit', asks: 'Reactivate the agency', role: 'Agency Administrator' },
  'ticket-closed': { code: 'ticket-closed' },
  'ticket-not-closed': { code: 'ticket-not-closed' },
  'close-first': { code: 'close-first' },
  'balance-of-agency': { code: 'balance-of-agency', agencyName: 'Northwind Agency' },
  'refund-under-way': { code: 'refund-under-way', ticketId: 12, requestedAt: moment },
  'nothing-to-refund': { code: 'nothing-to-refund', balanceMicros: -90_000n },
  'refund-decided': { code: 'refund-decided', state: 'Approved' },
  'reactivated-meanwhile': { code: 'reactivated-meanwhile' },
  'part-not-by-hand': { code: 'part-not-by-hand' },
  'part-not-failed': { code: 'part-not-failed' },
  'more-than-payment': { code: 'more-than-payment', leftMicros: 10_000n },
  'no-caller-to-erase': { code: 'no-caller-to-erase' },
  'carrier-unavailable': { code: 'carrier-unavailable', what: 'nothing can be searched' },
  'development-only': { code: 'development-only' },
  'sign-in-first': { code: 'sign-in-first' },
};

test('every refusal has a sentence of its own that says what to do next', () => {
  const show = { moment: (date: Date) => date.toISOString(), money: String, phone: (number: string) => number };
  const sentences = Object.values(all).map((refusal) => sentenceFor(refusal, show));
  assert.equal(new Set(sentences).size, sentences.length);
  for (const sentence of sentences) {
    assert.match(sentence, /^[A-Z+].*[.]$/s);
    assert.doesNotMatch(sentence, /undefined|\[object|null/);
  }
  assert.match(sentenceFor(all['role-missing'], show), /Agency Administrator or Administrator/);
  assert.match(sentenceFor(all['too-late-to-restore'], show), /2027-03-03T12:00:00\.000Z/);
});
