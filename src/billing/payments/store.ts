import { sql } from 'kysely';
import { closings } from '../../accounts/store.ts';
import type { Db, Tx } from '../../platform/db.ts';
import type { ProviderDispute, ProviderMethod } from '../../platform/payments/port.ts';
import type { Place } from '../../web/paging.ts';

/** A card, as we know it: the provider's id of it, and what a person recognizes it by. */
export interface Card {
  ownerId: number;
  cardId: number;
  provider: string;
  providerCustomerId: string;
  providerMethodId: string;
  brand: string;
  last4: string;
  expiresMonth: number;
  expiresYear: number;
  addedAt: Date;
}

const cardColumns = [
  'ownerId',
  'cardId',
  'provider',
  'providerCustomerId',
  'providerMethodId',
  'brand',
  'last4',
  'expiresMonth',
  'expiresYear',
  'addedAt',
] as const;

/** An owner's cards, in the order in which they are charged. */
export async function findCards(db: Db | Tx, ownerId: number): Promise<Card[]> {
  return db
    .selectFrom('card')
    .select(cardColumns)
    .where('ownerId', '=', ownerId)
    .where('removedAt', 'is', null)
    .orderBy('position')
    .orderBy('cardId')
    .execute();
}

/** The provider's customer that an owner is, whether or not the card that made it is still there. */
export async function findProviderCustomer(db: Db | Tx, ownerId: number, provider: string): Promise<string | null> {
  const row = await db
    .selectFrom('card')
    .select('providerCustomerId')
    .where('ownerId', '=', ownerId)
    .where('provider', '=', provider)
    .orderBy('cardId', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.providerCustomerId ?? null;
}

/** A new card stands last. The same card told twice is one. */
export async function recordCard(
  tx: Tx,
  card: { ownerId: number; provider: string; method: ProviderMethod; addedBy: string },
  now: Date,
): Promise<boolean> {
  const { ownerId, provider, method, addedBy } = card;
  const { rows } = await sql<{ cardId: number }>`
    insert into card (owner_id, provider, provider_customer_id, provider_method_id, brand, last4, expires_month,
                                expires_year, position, added_at, added_by)
    select ${ownerId}, ${provider}, ${method.providerCustomerId}, ${method.providerMethodId}, ${method.brand}, ${method.last4},
           ${method.expiresMonth}, ${method.expiresYear},
           coalesce((select max(position) from card where owner_id = ${ownerId} and removed_at is null), 0) + 1,
           ${now}, ${addedBy}
     where not exists (select from card where owner_id = ${ownerId} and provider_method_id = ${method.providerMethodId})
    on conflict (owner_id, provider_method_id) where removed_at is null do nothing
    returning card_id
  `.execute(tx);
  return rows.length > 0;
}

export async function placeCardFirst(tx: Tx, ownerId: number, cardId: number): Promise<void> {
  await sql`
    update card m set position = placed.position
      from (select card_id,
                   row_number() over (order by card_id <> ${cardId}, position, card_id) as position
              from card where owner_id = ${ownerId} and removed_at is null) placed
     where m.owner_id = ${ownerId} and m.card_id = placed.card_id
  `.execute(tx);
}

export async function recordCardRemoved(tx: Tx, card: Card, by: string, now: Date): Promise<void> {
  await tx
    .updateTable('card')
    .set({ removedAt: now, removedBy: by })
    .where('ownerId', '=', card.ownerId)
    .where('cardId', '=', card.cardId)
    .execute();
}

/** Removed cards that the provider still has. Index: card_to_forget. */
export async function findCardsToForget(db: Db | Tx, limit: number): Promise<Card[]> {
  return db
    .selectFrom('card')
    .select(cardColumns)
    .where('removedAt', 'is not', null)
    .where('forgottenAt', 'is', null)
    .orderBy('removedAt')
    .limit(limit)
    .execute();
}

export async function recordCardForgotten(tx: Tx, card: Card, now: Date): Promise<void> {
  await tx
    .updateTable('card')
    .set({ forgottenAt: now })
    .where('ownerId', '=', card.ownerId)
    .where('cardId', '=', card.cardId)
    .execute();
}

export interface Setup {
  ownerId: number;
  setupId: string;
  openedBy: string;
}

export async function recordSetup(tx: Tx, setup: Setup, now: Date): Promise<void> {
  await tx
    .insertInto('paymentSetup')
    .values({ ...setup, openedAt: now })
    .onConflict((clash) => clash.doNothing())
    .execute();
}

/** A page of the provider that was opened for this owner; nobody else's. */
export async function findSetup(
  db: Db | Tx,
  ownerId: number,
  setupId: string,
): Promise<(Setup & { endedAt: Date | null }) | null> {
  const columns = ['ownerId', 'setupId', 'openedBy', 'endedAt'] as const;
  const found = db.selectFrom('paymentSetup').select(columns);
  return (await found.where('ownerId', '=', ownerId).where('setupId', '=', setupId).executeTakeFirst()) ?? null;
}

/** Pages that nobody has come back from yet, of those opened since. Index: payment_setup_open. */
export async function findOpenSetups(db: Db | Tx, since: Date, until: Date, limit: number): Promise<Setup[]> {
  return db
    .selectFrom('paymentSetup')
    .select(['ownerId', 'setupId', 'openedBy'])
    .where('endedAt', 'is', null)
    .where('openedAt', '>=', since)
    .where('openedAt', '<', until)
    .orderBy('openedAt')
    .limit(limit)
    .execute();
}

export async function endSetup(tx: Tx, { ownerId, setupId }: Setup, now: Date): Promise<void> {
  const ended = tx.updateTable('paymentSetup').set({ endedAt: now });
  await ended.where('ownerId', '=', ownerId).where('setupId', '=', setupId).execute();
}

export const paymentCauses = ['top-up', 'auto-recharge', 'sign-up', 'payment-link'] as const;
export type PaymentCause = (typeof paymentCauses)[number];

export interface Payment {
  ownerId: number;
  paymentId: number;
  cardId: number;
  brand: string;
  last4: string;
  amountMicros: bigint;
  currency: string;
  cause: PaymentCause;
  idempotencyKey: string;
  billingUrl: string | null;
  askedAt: Date;
  askedBy: string | null;
  attempts: number;
  nextAttemptAt: Date;
  lastError: string | null;
  providerPaymentId: string | null;
  authenticateUrl: string | null;
  succeededAt: Date | null;
  failedAt: Date | null;
  failure: string | null;
  /** Of the holder with their bank: under way, or how it ended. */
  dispute: 'open' | 'won' | 'lost' | 'dropped' | null;
  disputeReason: string | null;
}

const paymentColumns = sql.raw(`
  p.owner_id, p.payment_id, p.card_id, p.brand, p.last4, p.amount_micros, p.currency, p.cause, p.idempotency_key,
  p.billing_url, p.asked_at, p.asked_by, p.attempts, p.next_attempt_at, p.last_error, p.provider_payment_id, p.authenticate_url,
  p.succeeded_at, p.failed_at, p.failure,
  (select coalesce(d.outcome, 'open') from dispute d where d.owner_id = p.owner_id and d.payment_id = p.payment_id
    order by d.told_at desc limit 1) as dispute,
  (select d.reason from dispute d where d.owner_id = p.owner_id and d.payment_id = p.payment_id
    order by d.told_at desc limit 1) as dispute_reason`);

export interface NewPayment {
  card: Card;
  amountMicros: bigint;
  currency: string;
  cause: PaymentCause;
  idempotencyKey: string;
  billingUrl: string | null;
  askedBy: string | null;
}

/** A payment to be made: due at once, and whoever takes it first sends it. */
export async function recordPayment(tx: Tx, payment: NewPayment, now: Date): Promise<number> {
  const { card, ...asked } = payment;
  const { ownerId, cardId, brand, last4 } = card;
  const { paymentId } = await tx
    .insertInto('payment')
    .values({ ownerId, cardId, brand, last4, ...asked, askedAt: now, nextAttemptAt: now })
    .returning('paymentId')
    .executeTakeFirstOrThrow();
  return paymentId;
}

export async function findPayment(db: Db | Tx, ownerId: number, paymentId: number): Promise<Payment | null> {
  const { rows } = await sql<Payment>`
    select ${paymentColumns} from payment p where p.owner_id = ${ownerId} and p.payment_id = ${paymentId}
  `.execute(db);
  return rows[0] ?? null;
}

/** What the money of a payment is posted under, once. */
export const causeKeyOf = ({ paymentId }: Pick<Payment, 'paymentId'>): string => `payment ${paymentId}`;

export async function findPostingOfPayment(db: Db | Tx, payment: Payment): Promise<number | null> {
  const found = db.selectFrom('posting').select('postingId').where('ownerId', '=', payment.ownerId);
  return (await found.where('causeKey', '=', causeKeyOf(payment)).executeTakeFirst())?.postingId ?? null;
}

/** Whoever tells what came of a payment holds its row, so that two who tell at once stand in line. */
export async function lockPayment(tx: Tx, ownerId: number, paymentId: number): Promise<Payment | null> {
  const { rows } = await sql<Payment>`
    select ${paymentColumns} from payment p where p.owner_id = ${ownerId} and p.payment_id = ${paymentId} for update
  `.execute(tx);
  return rows[0] ?? null;
}

export type Key = { ownerId: number; paymentId: number };

/** A payment with the card that the provider is asked to charge. */
export type LeasedPayment = Payment & Pick<Card, 'providerCustomerId' | 'providerMethodId'>;

/** Takes due payments (or the one that is named) until the lease is over. Index: payment_due. */
export async function leasePayments(
  tx: Tx,
  now: Date,
  leaseSeconds: number,
  limit: number,
  only: Key | null = null,
): Promise<LeasedPayment[]> {
  const { rows } = await sql<LeasedPayment>`
    update payment p
       set attempts = p.attempts + 1, next_attempt_at = ${new Date(now.getTime() + leaseSeconds * 1000)}
      from (select owner_id, payment_id from payment
             where succeeded_at is null and failed_at is null and next_attempt_at <= ${now}
               and ${only ? sql`owner_id = ${only.ownerId} and payment_id = ${only.paymentId}` : sql`true`}
             order by next_attempt_at limit ${limit} for update skip locked) due,
           card m
     where p.owner_id = due.owner_id and p.payment_id = due.payment_id
       and m.owner_id = p.owner_id and m.card_id = p.card_id
    returning ${paymentColumns}, m.provider_customer_id, m.provider_method_id
  `.execute(tx);
  return rows;
}

const ofPayment = (tx: Tx, { ownerId, paymentId }: Key) =>
  tx.updateTable('payment').where('ownerId', '=', ownerId).where('paymentId', '=', paymentId);

export async function postponePayment(tx: Tx, key: Key, lastError: string | null, until: Date): Promise<void> {
  const open = ofPayment(tx, key).where('succeededAt', 'is', null).where('failedAt', 'is', null);
  await open.set({ lastError, nextAttemptAt: until }).execute();
}

/** The provider has it, and it has not come to its end; `authenticateUrl` while the person is asked by their bank. */
export async function recordPaymentOpen(
  tx: Tx,
  key: Key,
  open: { providerPaymentId: string; authenticateUrl: string | null; nextAttemptAt: Date },
): Promise<void> {
  await ofPayment(tx, key)
    .set({ ...open, lastError: null })
    .execute();
}

export async function recordPaymentSucceeded(tx: Tx, key: Key, providerPaymentId: string, now: Date): Promise<void> {
  const done = { succeededAt: now, providerPaymentId, authenticateUrl: null, lastError: null };
  // What was declined and was taken after all, was taken.
  await ofPayment(tx, key)
    .set({ ...done, failedAt: null, failureCode: null, failure: null })
    .execute();
}

export async function recordPaymentFailed(
  tx: Tx,
  key: Key,
  failed: { providerPaymentId: string | null; failureCode: string; failure: string },
  now: Date,
): Promise<void> {
  await ofPayment(tx, key)
    .set({ ...failed, failedAt: now, authenticateUrl: null, lastError: null })
    .execute();
}

/** What is told of a dispute; its amount is the one that was told first. Under the payment's lock. */
export async function recordDispute(
  tx: Tx,
  { ownerId, paymentId }: Key,
  told: ProviderDispute,
  now: Date,
): Promise<{ amountMicros: bigint }> {
  const { providerDisputeId, reason, news } = told;
  const outcome = news === 'won' || news === 'lost' || news === 'dropped' ? news : null;
  const at = (is: boolean) => (is ? now : null);
  const { rows } = await sql<{ amountMicros: bigint }>`
    insert into dispute as d (owner_id, provider_dispute_id, payment_id, amount_micros, reason, told_at, withdrawn_at, reinstated_at,
                              ended_at, outcome)
    values (${ownerId}, ${providerDisputeId}, ${paymentId}, ${told.amountCents * 10_000n}, ${reason}, ${now},
            ${at(news === 'withdrawn')}, ${at(news === 'reinstated')}, ${at(outcome !== null)}, ${outcome})
    on conflict (owner_id, provider_dispute_id) do update
      set withdrawn_at = coalesce(d.withdrawn_at, excluded.withdrawn_at),
          reinstated_at = coalesce(d.reinstated_at, excluded.reinstated_at),
          ended_at = coalesce(d.ended_at, excluded.ended_at), outcome = coalesce(d.outcome, excluded.outcome)
    returning d.amount_micros
  `.execute(tx);
  return rows[0]!;
}

/** Lets a payment that waits be sent at once. Answers with how many did. */
export async function hastenPayment(tx: Tx, key: Key, now: Date): Promise<number> {
  const open = ofPayment(tx, key).where('succeededAt', 'is', null).where('failedAt', 'is', null);
  const [result] = await open.set({ nextAttemptAt: now }).execute();
  return Number(result!.numUpdatedRows);
}

/** An owner's payments, newest first. Index: payment_log. */
export async function findPayments(db: Db | Tx, ownerId: number, limit: number, before?: Place): Promise<Payment[]> {
  const { rows } = await sql<Payment>`
    select ${paymentColumns} from payment p
     where p.owner_id = ${ownerId}
       and ${before ? sql`(p.asked_at, p.payment_id) < (${before.at}, ${before.id})` : sql`true`}
     order by p.asked_at desc, p.payment_id desc
     limit ${limit}
  `.execute(db);
  return rows;
}

export type ListedPayment = Payment & { ownerName: string };

/** Everybody's payments as the operator sees them, newest first. */
export async function findAllPayments(
  db: Db | Tx,
  { which, limit }: { which: 'all' | 'waiting' | 'disputed'; limit: number },
): Promise<ListedPayment[]> {
  const { rows } = await sql<ListedPayment>`
    select ${paymentColumns}, coalesce(a.name, g.name) as owner_name
      from payment p
      left join account a on a.account_id = p.owner_id
      left join agency g on g.agency_id = p.owner_id
     where ${which === 'waiting' ? sql`p.succeeded_at is null and p.failed_at is null` : which === 'disputed' ? sql`exists (select from dispute d where d.owner_id = p.owner_id and d.payment_id = p.payment_id)` : sql`true`}
     order by p.payment_id desc
     limit ${limit}
  `.execute(db);
  return rows;
}

/** How payments stand, all together. Indexes of what is open: payment_due, dispute_open. */
export async function countPayments(db: Db | Tx, now: Date) {
  const { rows } = await sql<{ done: number; failed: number; oldestSeconds: number | null; openDisputes: number }>`
    select count(succeeded_at) as done, count(failed_at) as failed,
           extract(epoch from ${now} - min(asked_at) filter (where succeeded_at is null and failed_at is null))::float as oldest_seconds,
           (select count(*) from dispute where ended_at is null) as open_disputes
      from payment
  `.execute(db);
  return rows[0]!;
}

/** Whether a card, or any card of the owner, has a payment that has not come to its end. */
export async function isPaying(db: Db | Tx, ownerId: number, cardId?: number): Promise<boolean> {
  const { rows } = await sql<{ yes: boolean }>`
    select exists (
      select from payment
       where owner_id = ${ownerId} and card_id = coalesce(${cardId ?? null}::bigint, card_id)
         and succeeded_at is null and failed_at is null) as yes
  `.execute(db);
  return rows[0]!.yes;
}

/** Whether an owner has a payment of an event, whose name its key begins with. */
export async function hasPaymentOf(db: Db | Tx, ownerId: number, event: string): Promise<boolean> {
  const { rows } = await sql<{ yes: boolean }>`
    select exists (select from payment where owner_id = ${ownerId} and starts_with(idempotency_key, ${event})) as yes
  `.execute(db);
  return rows[0]!.yes;
}

export interface RechargeRule {
  ownerId: number;
  isOn: boolean;
  thresholdMicros: bigint;
  amountMicros: bigint;
  roundBeganAt: Date | null;
  roundsFailed: number;
  nextRoundAt: Date | null;
  /** It charges nothing until somebody sets it anew: money of a payment was taken back. */
  isDisputed: boolean;
}

export async function findRechargeRule(db: Db | Tx, ownerId: number): Promise<RechargeRule | null> {
  const { rows } = await sql<RechargeRule>`
    select owner_id, is_on, threshold_micros, amount_micros, round_began_at, rounds_failed, next_round_at, ${isDisputed} as is_disputed
      from auto_recharge r where owner_id = ${ownerId}
  `.execute(db);
  return rows[0] ?? null;
}

/** What was set begins anew: with the first card, and at once if need be. */
export async function recordRechargeRule(
  tx: Tx,
  rule: Pick<RechargeRule, 'ownerId' | 'isOn' | 'thresholdMicros' | 'amountMicros'>,
  by: string,
  now: Date,
): Promise<void> {
  const anew = { setAt: now, setBy: by, roundBeganAt: null, roundsFailed: 0, nextRoundAt: null };
  const { ownerId: _, ...said } = rule;
  await tx
    .insertInto('autoRecharge')
    .values({ ...rule, ...anew })
    .onConflict((clash) => clash.column('ownerId').doUpdateSet({ ...said, ...anew }))
    .execute();
}

export async function beginRechargeRound(tx: Tx, ownerId: number, now: Date): Promise<void> {
  const begun = tx.updateTable('autoRecharge').set({ roundBeganAt: now });
  await begun.where('ownerId', '=', ownerId).where('roundBeganAt', 'is', null).execute();
}

export async function endRechargeRound(
  tx: Tx,
  ownerId: number,
  roundsFailed: number,
  nextRoundAt: Date | null,
): Promise<void> {
  const ended = tx.updateTable('autoRecharge').set({ roundBeganAt: null, roundsFailed, nextRoundAt });
  await ended.where('ownerId', '=', ownerId).execute();
}

/** Cards that failed in the round that runs. */
export async function findTriedCards(db: Db | Tx, ownerId: number, since: Date): Promise<number[]> {
  const rows = await db
    .selectFrom('payment')
    .select('cardId')
    .distinct()
    .where('ownerId', '=', ownerId)
    .where('cause', '=', 'auto-recharge')
    .where('askedAt', '>=', since)
    .where('failedAt', 'is not', null)
    .execute();
  return rows.map((row) => row.cardId);
}

/** Whether the money of a payment was taken back since a rule `r` was set: until somebody sets it anew, no card is charged by itself. */
const isDisputed = sql`exists (
  select from dispute d where d.owner_id = r.owner_id and d.told_at >= r.set_at and d.reinstated_at is null
                          and d.outcome is distinct from 'dropped')`;

/** Owners who pay for themselves and are below their threshold, with no payment under way and no closure. Unsettled charges count. */
export async function findRechargesDue(db: Db | Tx, now: Date, after: number, limit: number): Promise<number[]> {
  const { rows } = await sql<{ ownerId: number }>`
    select r.owner_id
      from auto_recharge r join wallet w using (owner_id)
     where r.is_on and r.owner_id > ${after} and (r.next_round_at is null or r.next_round_at <= ${now})
       and w.available_micros - coalesce((
             select sum(c.amount_micros) from charge c where c.payer_id = r.owner_id and c.settled_at is null), 0)
           < r.threshold_micros
       and exists (select from subscription s where s.owner_id = r.owner_id and s.ended_at is null)
       and not exists (select from payment p where p.owner_id = r.owner_id and p.succeeded_at is null and p.failed_at is null)
       and not ${isDisputed}
       and not exists (select from ${closings} k where k.owner_id = r.owner_id and k.reactivated_at is null)
     order by r.owner_id
     limit ${limit}
  `.execute(db);
  return rows.map((row) => row.ownerId);
}
