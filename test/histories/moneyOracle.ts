import { monthsAfter } from './moneyCalendar.ts';

/*
 * What a life must have cost, worked out from the facts alone: openings, closures, releases, calls, prices. It knows none of
 * the product's rules, and writes each constant once more.
 */

/** Half-open; without an end while it lasts. */
export interface Span {
  from: number;
  until: number;
}

export interface Prices {
  feeMicros: bigint;
  localMicros: bigint;
  tollfreeMicros: bigint;
  minuteMicros: bigint;
  tollfreeMinuteMicros: bigint;
}

/** Prices of plans, each from a moment on. */
export type PriceSheet = { planCode: string; from: number; prices: Prices }[];

const prices = (fee: number, local: number, tollfree: number, minute: number): Prices => ({
  feeMicros: BigInt(fee) * 1_000_000n,
  localMicros: BigInt(local) * 10_000n,
  tollfreeMicros: BigInt(tollfree) * 10_000n,
  minuteMicros: BigInt(minute) * 100n,
  tollfreeMinuteMicros: BigInt(minute + 200) * 100n,
});

/** As they are delivered: dollars a month, cents a number, hundredths of a cent a minute. */
export const firstPrices = (): PriceSheet =>
  Object.entries({
    performance: prices(79, 250, 450, 450),
    'marketing-lite': prices(49, 300, 500, 500),
    starter: prices(29, 350, 550, 600),
    agency: prices(199, 175, 350, 350),
  }).map(([planCode, first]) => ({ planCode, from: 0, prices: first }));

export interface Owner {
  ownerId: number;
  zone: string;
  /** When it was closed or canceled; a sub-account is so as well while its agency is. */
  closures: Span[];
  /** Its subscription, if it pays for itself: since when, and its plan from which moment on. */
  subscription: { began: number; plans: { from: number; planCode: string }[] } | null;
  /** Whose wallet pays from which moment on. */
  payers: { from: number; payerId: number }[];
}

export interface Facts {
  owners: Owner[];
  numbers: {
    accountId: number;
    trackingNumberId: number;
    kind: 'local' | 'tollfree';
    bought: number;
    releases: Span[];
  }[];
  calls: {
    accountId: number;
    callId: number;
    kind: 'local' | 'tollfree';
    rang: number;
    answered: number;
    talkSeconds: number;
  }[];
}

export interface Line {
  ownerId: number;
  cause: string;
  /** The number of a number's month, the call of a call. */
  of: number | null;
  at: number;
  quantity: bigint;
  unitMicros: bigint;
  payerId: number;
}

export interface Month {
  from: number;
  until: number;
}

/** Everything that must be charged up to a moment, in no order. */
export function expectedLines(facts: Facts, sheet: PriceSheet, until: number): Line[] {
  const ownerOf = (ownerId: number) => facts.owners.find((each) => each.ownerId === ownerId)!;
  const payerAt = (owner: Owner, at: number) => last(owner.payers, at).payerId;
  const pricesAt = (payerId: number, at: number) => {
    const { planCode } = last(ownerOf(payerId).subscription!.plans, at);
    return last(
      sheet.filter((each) => each.planCode === planCode),
      at,
    ).prices;
  };
  const lines: Line[] = [];
  for (const owner of facts.owners) {
    for (const { from } of subscriptionMonths(owner, until)) {
      const unitMicros = pricesAt(owner.ownerId, from).feeMicros;
      lines.push({
        ownerId: owner.ownerId,
        cause: 'subscription',
        of: null,
        at: from,
        quantity: 1n,
        unitMicros,
        payerId: owner.ownerId,
      });
    }
  }
  for (const number of facts.numbers) {
    const owner = ownerOf(number.accountId);
    for (const { from } of numberMonths(owner, number, until)) {
      const payerId = payerAt(owner, from);
      const unitMicros = pricesAt(payerId, from)[`${number.kind}Micros`];
      const of = number.trackingNumberId;
      lines.push({ ownerId: owner.ownerId, cause: 'number', of, at: from, quantity: 1n, unitMicros, payerId });
    }
  }
  for (const call of facts.calls) {
    const owner = ownerOf(call.accountId);
    const minutes = chargedMinutes(call, owner.closures);
    if (minutes === 0n) continue;
    const payer = ownerOf(payerAt(owner, call.rang));
    const month = subscriptionMonths(payer, call.answered).find(
      ({ from, until }) => from <= call.answered && call.answered < until,
    )!;
    const { minuteMicros, tollfreeMinuteMicros } = pricesAt(payer.ownerId, month.from);
    lines.push({
      ownerId: owner.ownerId,
      cause: 'call',
      of: call.callId,
      at: call.answered,
      quantity: minutes,
      unitMicros: call.kind === 'tollfree' ? tollfreeMinuteMicros : minuteMicros,
      payerId: payer.ownerId,
    });
  }
  return lines;
}

/** The months of an owner's own subscription that have begun up to a moment, each charged at its beginning. */
export function subscriptionMonths({ subscription, zone, closures }: Owner, until: number): Month[] {
  return subscription ? monthsOf(subscription.began, zone, closures, until) : [];
}

export function numberMonths(owner: Owner, number: Facts['numbers'][number], until: number): Month[] {
  return monthsOf(number.bought, owner.zone, [...owner.closures, ...number.releases], until);
}

/** A month begins where the one before ends, unless that lies inside a time away: then where the time away ends, counted anew. */
function monthsOf(began: number, zone: string, away: readonly Span[], until: number): Month[] {
  const gaps = merge(away);
  const months: Month[] = [];
  let anchor = began;
  let count = 0;
  for (let at = began; at <= until; ) {
    const gap = gaps.find((each) => each.from <= at && at < each.until);
    if (gap) {
      at = gap.until;
      anchor = at;
      count = 0;
      continue;
    }
    count += 1;
    const next = monthsAfter(anchor, count, zone);
    months.push({ from: at, until: next });
    at = next;
  }
  return months;
}

/** Every minute begun of the talk, up to the first closing after the answer; none when it was answered inside a closure. */
function chargedMinutes(call: Facts['calls'][number], closures: readonly Span[]): bigint {
  if (closures.some((each) => each.from <= call.answered && call.answered < each.until)) return 0n;
  const ends = closures.map((each) => each.from).filter((from) => from > call.answered);
  const openSeconds = Math.floor((Math.min(...ends) - call.answered) / 1000);
  return BigInt(Math.ceil(Math.min(call.talkSeconds, openSeconds) / 60));
}

/** Spans that touch or overlap, as one. */
function merge(spans: readonly Span[]): Span[] {
  const merged: Span[] = [];
  for (const span of spans.toSorted((a, b) => a.from - b.from)) {
    const before = merged.at(-1);
    if (before && span.from <= before.until) before.until = Math.max(before.until, span.until);
    else merged.push({ ...span });
  }
  return merged;
}

/** Of things that hold from a moment on, the one that holds then; of two of the same moment, the later given. */
function last<Thing extends { from: number }>(things: readonly Thing[], at: number): Thing {
  return things
    .filter((each) => each.from <= at)
    .toSorted((a, b) => a.from - b.from)
    .at(-1)!;
}
