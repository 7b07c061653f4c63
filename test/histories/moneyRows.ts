import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { inOneMoment, readStatement } from '../../src/billing/statements/readStatement.ts';
import { findMonths, hasWallet } from '../../src/billing/statements/store.ts';
import { findBalance } from '../../src/billing/store.ts';
import type { Db } from '../../src/platform/db.ts';
import { dayOf, daysBefore, daysFrom } from '../../src/rules/calendar.ts';
import {
  expectedLines,
  type Facts,
  type Line,
  numberMonths,
  type Owner,
  type PriceSheet,
  reckonSubscriptions,
  type Span,
} from './moneyOracle.ts';

const day = 86_400_000;
const forever = Number.POSITIVE_INFINITY;

/** What a life began with; everything later is read from the rows. */
export interface Opening {
  ownerId: number;
  zone: string;
  /** Null for an agency. */
  agencyId: number | null;
  planCode: string | null;
  payerId: number;
  at: number;
}

/** What no row tells: when the end of a call was told, and as of which moments an owner's changes of plan were worked out. */
export interface Diary {
  told: Map<number, number>;
  asOf: Map<number, number[]>;
}

/** What must hold at every step: the trial balance is zero, wallets are the sums of their postings, nothing is below zero that mustn't be. */
export async function checkBooks(db: Db, ownerIds: readonly number[]): Promise<void> {
  const { rows } = await sql<Record<string, bigint> & { ownerId: number }>`
    with side as (
      select owner_id, credit as account, amount_micros, cause from posting where owner_id = any (${ownerIds}::bigint[])
      union all
      select owner_id, debit, -amount_micros, cause from posting where owner_id = any (${ownerIds}::bigint[])
    ), book as (
      select owner_id,
             sum(amount_micros) as all_micros,
             coalesce(sum(amount_micros) filter (where account = 'wallet'), 0) as wallet_micros,
             coalesce(sum(amount_micros) filter (where account = 'revenue' and cause <> 'rounding'), 0) as revenue_micros,
             coalesce(sum(amount_micros) filter (where account = 'payments'), 0) as payments_micros,
             coalesce(sum(amount_micros) filter (where account = 'refunds'), 0) as refunds_micros,
             coalesce(sum(amount_micros) filter (where account = 'unclaimed'), 0) as unclaimed_micros
        from side group by owner_id
    )
    select w.owner_id, w.available_micros, b.*,
           coalesce((select sum(amount_micros) from charge where payer_id = w.owner_id and settled_at is not null), 0) as settled_micros
      from wallet w left join book b using (owner_id)
     where w.owner_id = any (${ownerIds}::bigint[])
  `.execute(db);
  for (const row of rows) {
    const { allMicros, walletMicros, revenueMicros, paymentsMicros, refundsMicros, unclaimedMicros } = row;
    const of = ` of owner ${row.ownerId}`;
    assert.equal(allMicros ?? 0n, 0n, `the trial balance${of}`);
    assert.equal(row.availableMicros, walletMicros ?? 0n, `the wallet against its postings${of}`);
    assert.equal(row.settledMicros, revenueMicros ?? 0n, `settled charges against the postings of revenue${of}`);
    assert.ok((paymentsMicros ?? 0n) <= 0n, `more was paid back than was paid in${of}`);
    assert.ok((refundsMicros ?? 0n) >= 0n, `more was refunded than was approved${of}`);
    assert.ok((unclaimedMicros ?? 0n) >= 0n, `more was claimed than was unclaimed${of}`);
  }
}

/** What must hold of a life whose worker has just looked: `since` the look began, and `until` now. */
export async function checkCharges(
  db: Db,
  openings: readonly Opening[],
  diary: Diary,
  sheet: PriceSheet,
  since: number,
  until: number,
): Promise<void> {
  const facts = await readFacts(db, openings, diary);
  const charged = (await readCharges(db, openings)).map(write);
  const must = expectedLines(facts, sheet, since).map(write);
  const may = expectedLines(facts, sheet, until).map(write);
  assert.deepEqual(without(must, charged), [], 'was not charged, or not so');
  assert.deepEqual(without(charged, may), [], 'was charged and should not have been, or not so');

  const never = async (what: string, query: ReturnType<typeof sql<{ detail: string }>>) => {
    const { rows } = await query.execute(db);
    assert.deepEqual(rows, [], what);
  };
  const ours = openings.map((each) => each.ownerId);
  const spans = sql`(
    select account_id as owner_id, closed_at, reactivated_at from closure
    union all select agency_id, closed_at, reactivated_at from agency_closure
    union all select account_id, closed_at, reactivated_at from agency_closure join account using (agency_id))`;
  await never(
    'charged inside a closure, its own or its agency’s',
    sql`select h.description || ' at ' || h.at as detail from charge h join ${spans} s using (owner_id)
         where h.owner_id = any (${ours}::bigint[]) and s.closed_at <= h.at and (s.reactivated_at is null or h.at < s.reactivated_at)`,
  );
  await never(
    'earned from a wallet inside a closure of its owner',
    sql`select p.description || ' at ' || p.at as detail from posting p join ${spans} s using (owner_id)
         where p.owner_id = any (${ours}::bigint[]) and p.debit = 'wallet' and p.credit = 'revenue' and p.cause <> 'rounding'
           and s.closed_at <= p.at and (s.reactivated_at is null or p.at < s.reactivated_at)`,
  );
  await never(
    'a charge is not what its quantity and price say, or was left out of the wallet',
    sql`select description as detail from charge
         where owner_id = any (${ours}::bigint[])
           and (amount_micros <> quantity * unit_micros or (settled_at is null and at < to_timestamp(${since} / 1000.0)))`,
  );
  await checkPaidTime(db, facts, sheet, until);
}

/** The statements of all times add up to the ledger; what one ends with is what the next begins with. */
export async function checkStatements(db: Db, openings: readonly Opening[], until: Date): Promise<void> {
  for (const { ownerId, zone, at } of openings) {
    if (!(await hasWallet(db, ownerId))) continue;
    const { availableMicros } = await findBalance(db, ownerId);
    const middle = (at + until.getTime()) / 2;
    const [first, split, last] = [at - day, middle, until.getTime() + day].map((each) => dayOf(new Date(each), zone));
    const whole = daysFrom(first!, last!, zone)!;
    const months = await findMonths(db, ownerId, whole, zone);
    const sum = months.reduce((sum, each) => sum + each.inMicros - each.outMicros - each.chargedMicros, 0n);
    assert.equal(sum, availableMicros, `the statements’ months of owner ${ownerId}`);
    const owner = {
      kind: 'account',
      ownerId,
      name: '',
      payerId: ownerId,
      payingAgency: null,
      timeZone: zone,
      now: until,
    } as const;
    await inOneMoment(db, async (tx) => {
      const later = await readStatement(tx, owner, daysFrom(split!, last!, zone)!);
      const before = await readStatement(tx, owner, daysBefore(daysFrom(split!, last!, zone)!, zone));
      assert.equal(before.wallet!.closingMicros, later.wallet!.openingMicros, `two statements of owner ${ownerId}`);
      assert.equal(later.wallet!.closingMicros, availableMicros, `the last statement of owner ${ownerId}`);
    });
  }
}

/** What is owed after a closing is refunded once at most, and unclaimed from its day 90 on, not a moment sooner; arrears are those of who owes. */
export async function checkOwed(db: Db, ours: readonly number[], since: Date): Promise<void> {
  const never = async (what: string, query: ReturnType<typeof sql<{ detail: string }>>) => {
    const { rows } = await sql`
      with ended as (
        select account_id as owner_id, closed_at from closure where account_id = any (${ours}::bigint[]) and reactivated_at is null
        union all
        select agency_id, closed_at from agency_closure where agency_id = any (${ours}::bigint[]) and reactivated_at is null)
      ${query}`.execute(db);
    assert.deepEqual(rows, [], what);
  };
  await never(
    'a refund books something else than was approved, or pays more',
    sql`select r.refund_id::text as detail from refund r
         where r.owner_id = any (${ours}::bigint[])
           and (coalesce(r.amount_micros, 0) <> (select coalesce(sum(p.amount_micros), 0) from posting p
                  where p.owner_id = r.owner_id and p.cause_key = 'refund ' || r.refund_id and p.credit = 'refunds')
             or coalesce(r.amount_micros, 0) <> (select coalesce(sum(t.amount_micros), 0) from refund_part t
                  where t.owner_id = r.owner_id and t.refund_id = r.refund_id and t.replaces_part_id is null)
             or (r.declined_at is not null and r.amount_micros is not null))`,
  );
  await never(
    'rounding is less than half a cent',
    sql`select description as detail from posting where owner_id = any (${ours}::bigint[]) and cause = 'rounding' and amount_micros > 5000`,
  );
  await never(
    'unclaimed before day 90',
    sql`select p.description as detail from posting p
         where p.owner_id = any (${ours}::bigint[]) and p.credit = 'unclaimed' and p.debit = 'wallet' and p.cause = 'unclaimed'
           and not exists (select from ended e where e.owner_id = p.owner_id and p.at >= e.closed_at + interval '2160 hours')`,
  );
  await never(
    'not unclaimed after day 90 though nobody asked',
    sql`select e.owner_id::text as detail from ended e join wallet w using (owner_id)
         where w.available_micros > 0 and e.closed_at + interval '2160 hours' <= ${since}
           and not exists (select from posting p where p.owner_id = e.owner_id and p.at > e.closed_at and p.cause in ('top-up', 'payment'))
           and not exists (select from refund r where r.owner_id = e.owner_id)`,
  );
  await never(
    'owes without arrears, or is in arrears without owing',
    sql`select w.owner_id::text as detail
          from wallet w join subscription s using (owner_id)
         where w.owner_id = any (${ours}::bigint[]) and s.ended_at is null
           and not exists (select from ended e where e.owner_id = w.owner_id)
           and not exists (select from ended e join account a on a.agency_id = e.owner_id where a.account_id = w.owner_id)
           and (w.available_micros <= 0) is distinct from exists (
             select from arrears a where a.owner_id = w.owner_id and a.ended_at is null)`,
  );
  await never(
    'no funds on another day than the fifteenth',
    sql`select a.owner_id::text as detail from arrears a
         where a.owner_id = any (${ours}::bigint[]) and a.no_funds_from <> a.began_at + interval '360 hours'
           and not (a.no_funds_from < a.began_at + interval '360 hours' and exists (
             select from arrears b where b.owner_id = a.owner_id and b.arrears_id < a.arrears_id and b.ended_because = 'closed'))`,
  );
}

/**
 * What cards paid: whatever the provider took for a payment was posted once, and nothing else was. One payment of auto-recharge at a
 * time, none begun inside a closure, and after a look whoever is below the threshold had one under way (one that ends in that very look lets the
next one charge) or waits for a promised time.
 */
export async function checkPayments(db: Db, ours: readonly number[], since: Date): Promise<void> {
  const never = async (what: string, query: ReturnType<typeof sql<{ detail: string }>>) => {
    const { rows } = await query.execute(db);
    assert.deepEqual(rows, [], what);
  };
  const closed = sql`(
    select account_id as owner_id, closed_at, reactivated_at from closure
    union all select agency_id, closed_at, reactivated_at from agency_closure
    union all select account_id, closed_at, reactivated_at from agency_closure join account using (agency_id))`;
  await never(
    'taken twice, posted twice, or one without the other',
    sql`select p.owner_id || '-' || p.payment_id || ' (' || p.cause || '): taken ' || t.taken || ', posted ' || t.posted as detail
          from payment p
          cross join lateral (
            select (select count(*) from simulated_payments.effect e join simulated_payments.payment s using (payment_id)
                     where s.owner_id = p.owner_id and s.our_payment_id = p.payment_id and e.kind = 'take') as taken,
                   (select coalesce(sum(e.amount_cents), 0) * 10000 from simulated_payments.effect e
                      join simulated_payments.payment s using (payment_id)
                     where s.owner_id = p.owner_id and s.our_payment_id = p.payment_id and e.kind = 'take') as taken_micros,
                   (select count(*) from posting g where g.owner_id = p.owner_id and g.cause = 'payment'
                       and g.cause_key = 'payment ' || p.payment_id and g.amount_micros = p.amount_micros
                       and g.debit = 'payments' and g.credit = 'wallet') as posted) t
         where p.owner_id = any (${ours}::bigint[])
           and not case when p.succeeded_at is not null
                          then t.taken = 1 and t.taken_micros = p.amount_micros and t.posted = 1
                        when p.failed_at is not null then t.taken = 0 and t.posted = 0
                        else t.taken <= 1 and t.posted = 0 end`,
  );
  await never(
    'money of a payment that nobody asked for',
    sql`select g.description as detail from posting g
         where g.owner_id = any (${ours}::bigint[]) and g.cause = 'payment'
           and not exists (select from payment p where p.owner_id = g.owner_id and g.cause_key = 'payment ' || p.payment_id)`,
  );
  await never(
    'two payments of auto-recharge at a time',
    sql`select p.owner_id || '-' || p.payment_id as detail
          from payment p join payment q on q.owner_id = p.owner_id and q.payment_id > p.payment_id and q.cause = p.cause
         where p.owner_id = any (${ours}::bigint[]) and p.cause = 'auto-recharge'
           and q.asked_at < coalesce(p.succeeded_at, p.failed_at, 'infinity')`,
  );
  await never(
    'recharged inside a closure',
    sql`select p.owner_id || '-' || p.payment_id as detail from payment p join ${closed} c using (owner_id)
         where p.owner_id = any (${ours}::bigint[]) and p.cause = 'auto-recharge'
           and c.closed_at <= p.asked_at and (c.reactivated_at is null or p.asked_at < c.reactivated_at)`,
  );
  await never(
    'below the threshold, and nothing happens',
    sql`select r.owner_id::text as detail
          from auto_recharge r join wallet w using (owner_id) join subscription s using (owner_id)
         where r.owner_id = any (${ours}::bigint[]) and r.is_on and s.ended_at is null
           and w.available_micros < r.threshold_micros and (r.next_round_at is null or r.next_round_at <= ${since})
           and not exists (select from ${closed} c where c.owner_id = r.owner_id and c.reactivated_at is null)
           and not exists (select from payment p
                            where p.owner_id = r.owner_id
                              and coalesce(p.succeeded_at, p.failed_at, 'infinity') > ${since})`,
  );
}

/** The date that every screen shows as that of the next charge is the end of the month that was charged last. */
async function checkPaidTime(db: Db, facts: Facts, sheet: PriceSheet, until: number): Promise<void> {
  const { rows } = await sql<{ ownerId: number; trackingNumberId: number | null; paidUntil: Date }>`
    select owner_id, null::bigint as tracking_number_id, paid_until from subscription
     where owner_id = any (${facts.owners.map((each) => each.ownerId)}::bigint[])
    union all
    select account_id, tracking_number_id, paid_until from tracking_number
     where account_id = any (${facts.owners.map((each) => each.ownerId)}::bigint[]) and bought_at is not null
  `.execute(db);
  for (const { ownerId, trackingNumberId, paidUntil } of rows) {
    const owner = facts.owners.find((each) => each.ownerId === ownerId)!;
    const number = facts.numbers.find((each) => each.trackingNumberId === trackingNumberId);
    const months = number ? numberMonths(owner, number, until) : reckonSubscriptions(owner, sheet, [], until).pieces;
    // A month may have begun since the look.
    const ends = months.slice(-2).map((each) => new Date(each.until).toISOString());
    if (ends.length > 0)
      assert.ok(
        ends.includes(paidUntil.toISOString()),
        `paid until ${paidUntil.toISOString()} instead of ${ends.at(-1)}`,
      );
  }
}

async function readFacts(db: Db, openings: readonly Opening[], diary: Diary): Promise<Facts> {
  const ours = openings.map((each) => each.ownerId);
  const { rows: closures } = await sql<{ ownerId: number; from: Date; until: Date | null }>`
    select account_id as owner_id, closed_at as from, reactivated_at as until from closure where account_id = any (${ours}::bigint[])
    union all
    select agency_id, closed_at, reactivated_at from agency_closure where agency_id = any (${ours}::bigint[])
    union all
    select a.account_id, g.closed_at, g.reactivated_at from agency_closure g join account a using (agency_id)
     where a.account_id = any (${ours}::bigint[])
  `.execute(db);
  const { rows: numbers } = await sql<{
    accountId: number;
    trackingNumberId: number;
    kind: 'local' | 'tollfree';
    boughtAt: Date;
  }>`
    select account_id, tracking_number_id, kind, bought_at from tracking_number
     where account_id = any (${ours}::bigint[]) and bought_at is not null
  `.execute(db);
  const { rows: releases } = await sql<{ trackingNumberId: number; from: Date; until: Date | null }>`
    select tracking_number_id, released_at as from, restored_at as until from release where account_id = any (${ours}::bigint[])
  `.execute(db);
  const { rows: calls } = await sql<{
    accountId: number;
    callId: number;
    trackingNumberId: number;
    kind: 'local' | 'tollfree';
    rang: Date;
    answered: Date;
    talkSeconds: number;
  }>`
    select c.account_id, c.call_id, c.tracking_number_id, n.kind, c.called_at as rang, a.at as answered, e.duration_seconds as talk_seconds
      from call c
      join tracking_number n using (account_id, tracking_number_id)
      join call_event a on a.account_id = c.account_id and a.call_id = c.call_id and a.leg = 'receiver' and a.status = 'in-progress'
      join call_event e on e.account_id = c.account_id and e.call_id = c.call_id and e.leg = 'receiver' and e.status = 'completed'
     where c.account_id = any (${ours}::bigint[])
  `.execute(db);
  const { rows: deeds } = await sql<{ ownerId: number; at: Date; action: string; detail: Record<string, string> }>`
    select owner_id, at, action, detail from deed where owner_id = any (${ours}::bigint[]) order by deed_id
  `.execute(db);
  const span = (each: { from: Date; until: Date | null }): Span => ({
    from: each.from.getTime(),
    until: each.until?.getTime() ?? forever,
  });
  return {
    owners: openings.map((opening): Owner => {
      const { ownerId, zone, planCode, payerId, at: from } = opening;
      const payers = [{ from, payerId }];
      const asOf = [...(diary.asOf.get(ownerId) ?? [])];
      const subscriptions: Owner['subscriptions'] = [];
      const subscribe = (began: number, code: string) =>
        subscriptions.push({ began, ended: forever, plans: [{ from: began, planCode: code, asOf: began }] });
      if (planCode !== null) subscribe(from, planCode);
      for (const deed of deeds.filter((each) => each.ownerId === ownerId)) {
        const at = deed.at.getTime();
        if (deed.action === 'change-plan') {
          subscriptions.at(-1)!.plans.push({ from: at, planCode: deed.detail.planCode!, asOf: asOf.shift()! });
        }
        const isAccepted = deed.detail.offer === 'accepted' && opening.agencyId !== null;
        if (isAccepted && deed.detail.payer === 'agency') {
          payers.push({ from: at, payerId: opening.agencyId! });
          subscriptions.at(-1)!.ended = at;
        }
        if (deed.action !== 'reactivate-as-standalone' && !(isAccepted && deed.detail.payer === 'own')) continue;
        payers.push({ from: at, payerId: ownerId });
        if (subscriptions.at(-1)?.ended !== forever) subscribe(at, deed.detail.planCode!);
      }
      return {
        ownerId,
        zone,
        closures: closures.filter((each) => each.ownerId === ownerId).map(span),
        subscriptions,
        payers,
      };
    }),
    numbers: numbers.map((each) => ({
      ...each,
      bought: each.boughtAt.getTime(),
      releases: releases.filter((one) => one.trackingNumberId === each.trackingNumberId).map(span),
    })),
    calls: calls.map((each) => ({
      ...each,
      rang: each.rang.getTime(),
      answered: each.answered.getTime(),
      told: diary.told.get(each.callId)!,
    })),
  };
}

async function readCharges(db: Db, openings: readonly Opening[]): Promise<Line[]> {
  const { rows } = await sql<Omit<Line, 'at' | 'quantity'> & { at: Date; quantity: number }>`
    select owner_id, cause, coalesce(call_id, tracking_number_id) as of, at, quantity, unit_micros, payer_id from charge
     where owner_id = any (${openings.map((each) => each.ownerId)}::bigint[])
  `.execute(db);
  return rows.map((each) => ({ ...each, at: each.at.getTime(), quantity: BigInt(each.quantity) }));
}

const write = ({ ownerId, cause, of, at, quantity, unitMicros, payerId }: Line): string =>
  `${new Date(at).toISOString()} ${cause}${of === null ? '' : ` ${of}`} of ${ownerId}: ${quantity} × ${unitMicros}, paid by ${payerId}`;

/** What is left of some lines when each of others took one of them away. */
function without(lines: readonly string[], others: readonly string[]): string[] {
  const left = [...lines].sort();
  for (const other of others) {
    const index = left.indexOf(other);
    if (index >= 0) left.splice(index, 1);
  }
  return left;
}
