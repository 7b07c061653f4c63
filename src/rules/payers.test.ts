import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Decision } from './decision.ts';
import {
  decideAgencyPays,
  decideAnswer,
  decideOffer,
  decideStanding,
  decideWithdrawal,
  firstPaymentMin,
  type Offer,
  sidesOf,
} from './payers.ts';
import { roles } from './permission.ts';
import { addDays } from './time.ts';

const noon = new Date('2027-03-03T12:00:00.000Z');
const said = (decision: Decision<unknown>) => (decision.ok ? 'yes' : decision.refusal.code);
const ofAgency = { agencyId: 7, payer: 'agency' } as const;
const ofItself = { agencyId: 7, payer: 'own' } as const;
const offer: Offer = {
  payerOfferId: 1,
  agencyId: 7,
  payer: 'own',
  offeredSide: 'agency',
  offeredBy: 'ann',
  offeredAt: noon,
  expiresAt: addDays(noon, 14),
  endedAt: null,
};

test('who speaks for which side', () => {
  const expected = {
    'agency-administrator': ['agency'],
    'agency-billing-manager': ['agency'],
    administrator: ['account'],
    'billing-manager': ['account'],
  } as Record<string, string[]>;
  for (const role of roles) assert.deepEqual(sidesOf([role]), expected[role] ?? [], role);
});

test('that an account pays for itself is the agency’s to offer; that the agency pays, either side’s', () => {
  const own = { payer: 'own', note: null } as const;
  const agency = { payer: 'agency', note: null } as const;
  assert.equal(said(decideOffer(ofAgency, own, ['agency-billing-manager'], null, noon)), 'yes');
  assert.equal(said(decideOffer(ofAgency, own, ['administrator'], null, noon)), 'other-side');
  assert.equal(said(decideOffer(ofItself, agency, ['administrator'], null, noon)), 'yes');
  assert.equal(said(decideOffer(ofItself, agency, ['agency-administrator'], null, noon)), 'yes');
  assert.equal(said(decideOffer(ofItself, agency, ['marketing-manager'], null, noon)), 'other-side');
  assert.equal(said(decideOffer(ofItself, own, ['agency-administrator'], null, noon)), 'pays-already');
  assert.equal(
    said(decideOffer({ agencyId: null, payer: 'own' }, agency, ['administrator'], null, noon)),
    'not-sub-account',
  );
  assert.equal(said(decideOffer(ofItself, agency, ['administrator'], offer, noon)), 'offer-open');
  const long = { payer: 'agency', note: 'x'.repeat(1_001) } as const;
  assert.equal(said(decideOffer(ofItself, long, ['administrator'], null, noon)), 'invalid-input');
});

test('the other side answers, never whoever offered; the own side withdraws; each until its last instant', () => {
  const bob = { personId: 'bob', held: ['administrator'] } as const;
  assert.equal(said(decideAnswer(offer, bob, noon)), 'yes');
  assert.equal(said(decideAnswer(offer, bob, new Date(offer.expiresAt.getTime() - 1))), 'yes');
  assert.equal(said(decideAnswer(offer, bob, offer.expiresAt)), 'offer-over');
  assert.equal(said(decideAnswer({ ...offer, endedAt: noon }, bob, noon)), 'offer-over');
  assert.equal(said(decideAnswer(null, bob, noon)), 'not-found');
  assert.equal(said(decideAnswer(offer, { ...bob, held: ['agency-administrator'] }, noon)), 'other-side');
  const both = { personId: 'ann', held: ['agency-administrator', 'administrator'] } as const;
  assert.equal(said(decideAnswer(offer, both, noon)), 'own-offer');
  assert.equal(said(decideAnswer(offer, { ...both, personId: 'bob' }, noon)), 'yes');
  assert.equal(said(decideWithdrawal(offer, ['agency-billing-manager'], noon)), 'yes');
  assert.equal(said(decideWithdrawal(offer, ['administrator'], noon)), 'other-side');
  assert.equal(said(decideWithdrawal(offer, ['agency-administrator'], offer.expiresAt)), 'offer-over');
});

test('at the acceptance the offerer must still be able to offer, of the same agency', () => {
  assert.equal(said(decideStanding(offer, ofAgency, ['agency-administrator'])), 'yes');
  assert.equal(said(decideStanding(offer, ofAgency, [])), 'offer-over');
  assert.equal(said(decideStanding(offer, ofAgency, ['administrator'])), 'offer-over');
  assert.equal(said(decideStanding(offer, { ...ofAgency, agencyId: 8 }, ['agency-administrator'])), 'offer-over');
  assert.equal(said(decideStanding(offer, ofItself, ['agency-administrator'])), 'offer-over');
});

test('the agency takes over nothing that is owed, and not while it has no funds itself', () => {
  assert.equal(said(decideAgencyPays(0n, false)), 'yes');
  assert.equal(said(decideAgencyPays(-1n, false)), 'owes-first');
  assert.equal(said(decideAgencyPays(5n, true)), 'payer-without-funds');
});

test('the first payment covers the first month and ten dollars, less what is there', () => {
  assert.equal(firstPaymentMin(29_000_000n, 0n), 39_000_000n);
  assert.equal(firstPaymentMin(29_000_000n, -5_000_000n), 44_000_000n);
  assert.equal(firstPaymentMin(29_000_000n, 20_000_000n), 19_000_000n);
  assert.equal(firstPaymentMin(29_000_000n, 500_000_000n), 10_000_000n);
  assert.equal(firstPaymentMin(29_000_000n, -1n), 39_010_000n, 'in whole cents');
});
