import { type Decision, no, yes } from './decision.ts';
import { microsPerUnit } from './money.ts';
import { isBefore } from './time.ts';

export const topUpMinMicros = 10n * microsPerUnit;
export const topUpMaxMicros = 10_000n * microsPerUnit;
/** Below it auto-recharge begins; a balance that is kept higher than that would be a bank's. */
export const thresholdMaxMicros = 5_000n * microsPerUnit;

const microsPerCent = 10_000n;

/** Whether an amount may be paid at once; a provider knows no less than a cent. */
export function decideAmount(amountMicros: bigint, field: string): Decision<bigint> {
  const fits = amountMicros >= topUpMinMicros && amountMicros <= topUpMaxMicros && amountMicros % microsPerCent === 0n;
  if (fits) return yes(amountMicros);
  return no({ code: 'invalid-input', fields: { [field]: 'Give an amount between $10 and $10,000.' } });
}

export function decideThreshold(thresholdMicros: bigint, field: string): Decision<bigint> {
  const fits = thresholdMicros >= 0n && thresholdMicros <= thresholdMaxMicros && thresholdMicros % microsPerCent === 0n;
  if (fits) return yes(thresholdMicros);
  return no({ code: 'invalid-input', fields: { [field]: 'Give an amount between $0 and $5,000.' } });
}

/** A card can be removed while nothing needs it. */
export function decideRemoval(card: { isLast: boolean; isRechargeOn: boolean; isPaying: boolean }): Decision<true> {
  if (card.isPaying) return no({ code: 'payment-under-way' });
  if (card.isLast && card.isRechargeOn) return no({ code: 'recharge-needs-card' });
  return yes(true);
}

export interface RechargeFacts {
  isOn: boolean;
  isClosed: boolean;
  isPaymentUnderWay: boolean;
  availableMicros: bigint;
  thresholdMicros: bigint;
  /** In the order in which they are charged. */
  cardIds: readonly number[];
  /** Cards that were declined in the round that runs. */
  triedCardIds: readonly number[];
  roundsFailed: number;
  nextRoundAt: Date | null;
}

export type Recharge =
  | { kind: 'nothing' }
  | { kind: 'charge'; cardId: number }
  /** Every card was tried: the next round waits. */
  | { kind: 'round-failed'; nextRoundAt: Date };

/** What auto-recharge does now: the first card, then its backups, each once in a round; one payment at a time. */
export function decideRecharge(facts: RechargeFacts, now: Date): Recharge {
  const waits = facts.nextRoundAt !== null && isBefore(now, facts.nextRoundAt);
  if (!facts.isOn || facts.isClosed || facts.isPaymentUnderWay || waits) return { kind: 'nothing' };
  if (facts.availableMicros >= facts.thresholdMicros) return { kind: 'nothing' };
  const cardId = facts.cardIds.find((each) => !facts.triedCardIds.includes(each));
  if (cardId !== undefined) return { kind: 'charge', cardId };
  return { kind: 'round-failed', nextRoundAt: roundAfter(facts.roundsFailed, now) };
}

const minuteMs = 60_000;
const pausesMs = [60, 6 * 60, 24 * 60, 72 * 60].map((minutes) => minutes * minuteMs);
const pauseAfterSuccessMs = 10 * minuteMs;

/** Rounds that fail come ever more rarely: a bank that is asked too often takes a card for stolen. */
export function roundAfter(roundsFailed: number, now: Date): Date {
  return new Date(now.getTime() + pausesMs[Math.min(roundsFailed, pausesMs.length - 1)]!);
}

/** An amount that was too small to reach the threshold is followed by another, not at once. */
export const roundAfterSuccess = (now: Date): Date => new Date(now.getTime() + pauseAfterSuccessMs);
