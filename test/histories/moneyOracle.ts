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
  /** Minutes of calls that a month brings along. */
  includedMinutes: bigint;
  /** Whether a closing gives back what is left of the month. */
  isCredited: boolean;
}

/** Prices of plans, each from a moment on. */
export type PriceSheet = { planCode: string; from: number; prices: Prices }[];

const prices = (fee: number, local: number, tollfree: number, minute: number, included = 0): Prices => ({
  feeMicros: BigInt(fee) * 1_000_000n,
  localMicros: BigInt(local) * 10_000n,
  tollfreeMicros: BigInt(tollfree) * 10_000n,
  minuteMicros: BigInt(minute) * 100n,
  tollfreeMinuteMicros: BigInt(minute + 200) * 100n,
  includedMinutes: BigInt(included),
  isCredited: included > 0,
});

/** As they are delivered: dollars a month, cents a number, hundredths of a cent a minute, and the minutes included. */
export const firstPrices = (): PriceSheet =>
  Object.entries({
    performance: prices(79, 250, 450, 450),
    'marketing-lite': prices(49, 300, 500, 500),
    essentials: prices(99, 225, 425, 420, 250),
    pro: prices(149, 200, 400, 400, 1000),
    starter: prices(29, 350, 550, 600),
    agency: prices(199, 175, 350, 350),
    'agency-plus': prices(399, 150, 300, 300, 2500),
  }).map(([planCode, first]) => ({ planCode, from: 0, prices: first }));

export interface PlanFrom {
  from: number;
  planCode: string;
  /** Of a change: the moment as of which its preview was worked out. */
  asOf: number;
}

export interface Subscription {
  began: number;
  /** Infinity while it lasts. */
  ended: number;
  plans: PlanFrom[];
}

export interface Owner {
  ownerId: number;
  zone: string;
  /** When it was closed or canceled; a sub-account is so as well while its agency is. */
  closures: Span[];
  /** Its subscriptions, while it pays for itself: from when, until its agency pays, and its plan from which moment on. */
  subscriptions: Subscription[];
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
    trackingNumberId: number;
    kind: 'local' | 'tollfree';
    rang: number;
    answered: number;
    talkSeconds: number;
    /** When its end was told. */
    told: number;
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

/** A call as it is charged. */
interface ChargedCall {
  accountId: number;
  callId: number;
  trackingNumberId: number;
  kind: 'local' | 'tollfree';
  at: number;
  told: number;
  minutes: bigint;
  payerId: number;
}

/** A paid month, or a part of one: since the plan was changed, or until a closing that gave back what was left. */
interface Piece extends Month {
  prices: Prices;
  paidMicros: bigint;
  includedMinutes: bigint;
}

/** Everything that must be charged up to a moment, in no order. */
export function expectedLines(facts: Facts, sheet: PriceSheet, until: number): Line[] {
  const ownerOf = (ownerId: number) => facts.owners.find((each) => each.ownerId === ownerId)!;
  const lines: Line[] = [];
  const calls: ChargedCall[] = facts.calls.map((call) => {
    const { answered: at, accountId, callId, trackingNumberId, kind, told } = call;
    const owner = ownerOf(accountId);
    const minutes = chargedMinutes(call, owner.closures);
    return {
      accountId,
      callId,
      trackingNumberId,
      kind,
      at,
      told,
      minutes,
      payerId: last(owner.payers, call.rang).payerId,
    };
  });
  for (const owner of facts.owners) {
    const paid = calls.filter((each) => each.payerId === owner.ownerId && each.minutes > 0n);
    const subscription = reckonSubscriptions(owner, sheet, paid, until);
    lines.push(...subscription.lines);
    for (const piece of subscription.pieces) lines.push(...callLines(piece, paid));
  }
  for (const number of facts.numbers) {
    const owner = ownerOf(number.accountId);
    for (const { from } of numberMonths(owner, number, until)) {
      const { payerId } = last(owner.payers, from);
      const began = ownerOf(payerId).subscriptions.map((each) => ({ ...each, from: each.began }));
      const { planCode } = last(last(began, from).plans, from);
      const unitMicros = pricesAt(sheet, planCode, from)[`${number.kind}Micros`];
      const of = number.trackingNumberId;
      lines.push({ ownerId: owner.ownerId, cause: 'number', of, at: from, quantity: 1n, unitMicros, payerId });
    }
  }
  return lines;
}

/** The calls of a month at its prices; the first of them that were told take the minutes that it includes. */
function callLines(piece: Piece, calls: readonly ChargedCall[]): Line[] {
  let left = piece.includedMinutes;
  const inside = calls.filter(({ at }) => piece.from <= at && at < piece.until).toSorted((a, b) => a.told - b.told);
  return inside.flatMap(({ accountId: ownerId, callId, trackingNumberId, kind, at, minutes, payerId }) => {
    const unitMicros = kind === 'tollfree' ? piece.prices.tollfreeMinuteMicros : piece.prices.minuteMicros;
    const line = { ownerId, cause: 'call', of: callId, at, quantity: minutes, unitMicros, payerId };
    const isIncluded = minutes <= left;
    const given = isIncluded ? minutes : left;
    left -= given;
    if (given === 0n) return [line];
    return [
      line,
      { ...line, cause: 'included-minutes', of: trackingNumberId, quantity: given, unitMicros: -unitMicros },
    ];
  });
}

/** When the paid time of an owner's own subscriptions ends, and what happened to them up to a moment. */
export function reckonSubscriptions(
  owner: Owner,
  sheet: PriceSheet,
  calls: readonly ChargedCall[],
  until: number,
): { pieces: Piece[]; lines: Line[] } {
  const each = owner.subscriptions.map((one) => reckonSubscription(owner, one, sheet, calls, until));
  return { pieces: each.flatMap((one) => one.pieces), lines: each.flatMap((one) => one.lines) };
}

function reckonSubscription(
  { ownerId, zone, closures }: Owner,
  { began, ended, plans }: Subscription,
  sheet: PriceSheet,
  calls: readonly ChargedCall[],
  until: number,
): { pieces: Piece[]; lines: Line[] } {
  const pieces: Piece[] = [];
  const lines: Line[] = [];
  const gaps = merge(closures);
  const ends = [...gaps, { from: ended, until: ended }];
  const charge = (cause: string, at: number, unitMicros: bigint) =>
    lines.push({ ownerId, cause, of: null, at, quantity: 1n, unitMicros, payerId: ownerId });
  let anchor = began;
  let count = 0;
  for (let at = began; at <= until && at < ended; ) {
    const gap = gaps.find((each) => each.from <= at && at < each.until);
    if (gap) {
      at = gap.until;
      anchor = at;
      count = 0;
      continue;
    }
    count += 1;
    const end = monthsAfter(anchor, count, zone);
    const first = pricesAt(sheet, last(plans, at).planCode, at);
    let piece = {
      from: at,
      until: end,
      prices: first,
      paidMicros: first.feeMicros,
      includedMinutes: first.includedMinutes,
    };
    charge('subscription', at, first.feeMicros);
    pieces.push(piece);
    const inside = ({ from }: { from: number }) => at < from && from < end;
    for (const event of [...plans.filter(inside), ...ends.filter(inside)].toSorted((a, b) => a.from - b.from)) {
      if ('until' in event) {
        const credit = piece.prices.isCredited ? unusedMicros(piece, event.from, event.from, calls) : 0n;
        if (credit > 0n) charge('unused-time', event.from - 1, -credit);
        else if (event.from !== ended) continue;
        piece.until = event.from;
        break;
      }
      const { asOf, from, planCode } = event;
      const next = pricesAt(sheet, planCode, asOf);
      charge('plan-change', from, -unusedMicros(piece, asOf, from, calls));
      const [left, whole] = [BigInt(end - asOf), BigInt(end - at)];
      const paidMicros = wholeCents(next.feeMicros * left, whole);
      charge('plan-change', from, paidMicros);
      piece.until = from;
      piece = { from, until: end, prices: next, paidMicros, includedMinutes: (next.includedMinutes * left) / whole };
      pieces.push(piece);
    }
    at = piece.until;
  }
  return { pieces, lines };
}

/** What is left of what was paid, by the millisecond, less what was used of the included minutes beyond their share. */
function unusedMicros(piece: Piece, at: number, now: number, calls: readonly ChargedCall[]): bigint {
  const [left, whole] = [BigInt(piece.until - at), BigInt(piece.until - piece.from)];
  const talked = calls
    .filter((each) => piece.from <= each.at && each.at < piece.until && each.told <= now)
    .reduce((sum, each) => sum + each.minutes, 0n);
  const isUsedUp = talked >= piece.includedMinutes;
  const used = isUsedUp ? piece.includedMinutes : talked;
  const share = (piece.includedMinutes * (whole - left) + whole - 1n) / whole;
  const beyond = used > share ? used - share : 0n;
  const rest = wholeCents(piece.paidMicros * left, whole) - beyond * piece.prices.minuteMicros;
  return rest > 0n ? wholeCents(rest, 1n) : 0n;
}

/** A fraction of micro-units as whole cents, half to even. */
function wholeCents(numerator: bigint, denominator: bigint): bigint {
  const cent = denominator * 10_000n;
  const [cents, rest] = [numerator / cent, (numerator % cent) * 2n];
  const up = rest > cent || (rest === cent && cents % 2n === 1n);
  return (up ? cents + 1n : cents) * 10_000n;
}

const pricesAt = (sheet: PriceSheet, planCode: string, at: number): Prices =>
  last(
    sheet.filter((each) => each.planCode === planCode),
    at,
  ).prices;

export function numberMonths(owner: Owner, number: Facts['numbers'][number], until: number): Month[] {
  return monthsOf(number.bought, owner.zone, [...owner.closures, ...number.releases], until);
}

/** A month of a number begins where the one before ends, unless that lies inside a time away: then where the time away ends, counted anew. */
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
  return BigInt(Math.ceil(Math.max(0, Math.min(call.talkSeconds, openSeconds)) / 60));
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
