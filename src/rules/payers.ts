import type { Decision } from './decision.ts';
import { no, yes } from './decision.ts';
import { microsPerUnit } from './money.ts';
import { agencyRoles, type Role, roleNames } from './permission.ts';
import { addDays, isBefore } from './time.ts';

/*
 * Who pays for a sub-account: its agency, or the account itself. It changes by two sides: one makes an offer, somebody of the
 * other accepts it. What was charged before the acceptance stays with whoever paid until then.
 */

export type Payer = 'own' | 'agency';
export type Side = 'agency' | 'account';

/** Who speaks for a side in this. */
export const rolesOfSide = {
  agency: agencyRoles,
  account: ['administrator', 'billing-manager'],
} as const satisfies Record<Side, readonly Role[]>;

/** On which side somebody stands with these roles; the agency's people reach in, and still are the agency's. */
export function sidesOf(held: readonly Role[]): Side[] {
  return (['agency', 'account'] as const).filter((side) =>
    rolesOfSide[side].some((role) => (held as readonly string[]).includes(role)),
  );
}

/** An offer, and its payment link, work this long. */
export const offerDays = 14;
export const noteLengthMax = 1_000;

export interface Offer {
  payerOfferId: number;
  agencyId: number;
  /** Who would pay from the acceptance on. */
  payer: Payer;
  offeredSide: Side;
  offeredBy: string;
  offeredAt: Date;
  expiresAt: Date;
  endedAt: Date | null;
}

export interface Standpoint {
  agencyId: number | null;
  payer: Payer;
}

/**
 * Making an offer. That an account pays for itself is the agency's to offer, with the plan; that the agency pays, either side's.
 * Answers with the side that offers, and until when it stands.
 */
export function decideOffer(
  account: Standpoint,
  wanted: { payer: Payer; note: string | null },
  held: readonly Role[],
  open: Pick<Offer, 'expiresAt'> | null,
  now: Date,
): Decision<{ side: Side; expiresAt: Date }> {
  if (account.agencyId === null) return no({ code: 'not-sub-account' });
  if (account.payer === wanted.payer) return no({ code: 'pays-already', payer: wanted.payer });
  const [side] = sidesOf(held);
  if (!side || (wanted.payer === 'own' && side !== 'agency'))
    return no({ code: 'other-side', does: 'offer this', who: namesOf('agency') });
  if ((wanted.note?.length ?? 0) > noteLengthMax)
    return no({ code: 'invalid-input', fields: { note: `Write up to ${noteLengthMax} characters.` } });
  if (open) return no({ code: 'offer-open', until: open.expiresAt });
  return yes({ side, expiresAt: addDays(now, offerDays) });
}

/** Accepting or declining: somebody of the other side than the one that offered, and never the person who did. */
export function decideAnswer<Found extends Offer>(
  offer: Found | null,
  by: { personId: string; held: readonly Role[] },
  now: Date,
): Decision<Found> {
  if (!offer) return no({ code: 'not-found' });
  if (isOver(offer, now)) return no({ code: 'offer-over' });
  const side = otherSide(offer.offeredSide);
  if (!sidesOf(by.held).includes(side))
    return no({ code: 'other-side', does: 'answer this offer', who: namesOf(side) });
  if (offer.offeredBy === by.personId) return no({ code: 'own-offer' });
  return yes(offer);
}

/** Taking an offer back: anybody of the side that made it. */
export function decideWithdrawal<Found extends Offer>(
  offer: Found | null,
  held: readonly Role[],
  now: Date,
): Decision<Found> {
  if (!offer) return no({ code: 'not-found' });
  if (isOver(offer, now)) return no({ code: 'offer-over' });
  if (!sidesOf(held).includes(offer.offeredSide))
    return no({ code: 'other-side', does: 'withdraw this offer', who: namesOf(offer.offeredSide) });
  return yes(offer);
}

/** At the moment of the acceptance: that the agency still is the account's, and whoever offered may still offer. */
export function decideStanding(offer: Offer, account: Standpoint, offererHolds: readonly Role[]): Decision<true> {
  const stands =
    account.agencyId === offer.agencyId &&
    account.payer !== offer.payer &&
    sidesOf(offererHolds).includes(offer.offeredSide);
  return stands ? yes(true) : no({ code: 'offer-over' });
}

/**
 * When the agency pays again: nothing of the account's own time may be left owing, and the agency must not be out of funds
 * itself, since calls would end with the acceptance.
 */
export function decideAgencyPays(ownMicros: bigint, isAgencyWithoutFunds: boolean): Decision<true> {
  if (ownMicros < 0n) return no({ code: 'owes-first', oweMicros: -ownMicros });
  if (isAgencyWithoutFunds) return no({ code: 'payer-without-funds' });
  return yes(true);
}

/** The least that the first payment has to be, in whole cents: the first month, and something for numbers and calls, less what is there. */
export function firstPaymentMin(feeMicros: bigint, availableMicros: bigint): bigint {
  const least = 10n * microsPerUnit;
  const needed = ((feeMicros + least - availableMicros + microsPerCent - 1n) / microsPerCent) * microsPerCent;
  return needed > least ? needed : least;
}

const microsPerCent = 10_000n;

export const otherSide = (side: Side): Side => (side === 'agency' ? 'account' : 'agency');
const namesOf = (side: Side) => rolesOfSide[side].map((role) => roleNames[role]);
const isOver = (offer: Offer, now: Date) => offer.endedAt !== null || !isBefore(now, offer.expiresAt);
