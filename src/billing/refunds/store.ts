import { sql } from 'kysely';
import type { Db, Tx } from '../../platform/db.ts';
import { type RefundState, refundStateOf } from '../../rules/refund.ts';
import type { Place } from '../../web/paging.ts';

/** A part of a refund, as its row tells it; its state is worked out by the rule. */
export interface RefundPart {
  ownerId: number;
  refundPartId: number;
  refundId: number;
  paymentId: number | null;
  payee: string | null;
  amountMicros: bigint;
  isReplaced: boolean;
  orderedAt: Date;
  idempotencyKey: string;
  attempts: number;
  nextAttemptAt: Date | null;
  lastError: string | null;
  providerRefundId: string | null;
  paidAt: Date | null;
  reference: string | null;
  failedAt: Date | null;
  failure: string | null;
}

/** The request to be paid what is left after a closing, and what became of it. */
export interface Refund {
  ownerId: number;
  refundId: number;
  closureId: number;
  ticketId: number;
  currency: string;
  requestedAt: Date;
  requestedBy: string;
  requestedMicros: bigint;
  approvedAt: Date | null;
  approvedBy: string | null;
  amountMicros: bigint | null;
  declinedAt: Date | null;
  declinedBy: string | null;
  declineReason: string | null;
  parts: RefundPart[];
  state: RefundState;
}

const refundColumns = [
  'ownerId',
  'refundId',
  'closureId',
  'ticketId',
  'currency',
  'requestedAt',
  'requestedBy',
  'requestedMicros',
  'approvedAt',
  'approvedBy',
  'amountMicros',
  'declinedAt',
  'declinedBy',
  'declineReason',
] as const;

const selectPart = sql`
  select p.owner_id, p.refund_part_id, p.refund_id, p.payment_id, p.payee, p.amount_micros, p.ordered_at, p.idempotency_key,
         p.attempts, p.next_attempt_at, p.last_error, p.provider_refund_id, p.paid_at, p.reference, p.failed_at, p.failure,
         exists (select from refund_part r
                  where r.owner_id = p.owner_id and r.replaces_part_id = p.refund_part_id) as is_replaced
    from refund_part p`;

async function withParts(db: Db | Tx, rows: readonly Omit<Refund, 'parts' | 'state'>[]): Promise<Refund[]> {
  if (rows.length === 0) return [];
  const { rows: parts } = await sql<RefundPart>`
    ${selectPart}
     where (p.owner_id, p.refund_id) in (
       select * from unnest(${rows.map((each) => each.ownerId)}::bigint[], ${rows.map((each) => each.refundId)}::bigint[]))
     order by p.refund_part_id
  `.execute(db);
  return rows.map((row) => {
    const own = parts.filter((each) => each.ownerId === row.ownerId && each.refundId === row.refundId);
    return { ...row, parts: own, state: refundStateOf(row, own) };
  });
}

export interface NewRefund {
  ownerId: number;
  closureId: number;
  ticketId: number;
  currency: string;
  requestedAt: Date;
  requestedBy: string;
  requestedByRole: string;
  requestedMicros: bigint;
}

export async function recordRefund(tx: Tx, refund: NewRefund): Promise<number> {
  const { refundId } = await tx.insertInto('refund').values(refund).returning('refundId').executeTakeFirstOrThrow();
  return refundId;
}

/** An owner's refunds, the newest first. */
export async function findRefunds(db: Db | Tx, ownerId: number, limit: number): Promise<Refund[]> {
  const rows = await db
    .selectFrom('refund')
    .select(refundColumns)
    .where('ownerId', '=', ownerId)
    .orderBy('refundId', 'desc')
    .limit(limit)
    .execute();
  return withParts(db, rows);
}

export async function findRefund(db: Db | Tx, ownerId: number, refundId: number): Promise<Refund | null> {
  const rows = await db
    .selectFrom('refund')
    .select(refundColumns)
    .where('ownerId', '=', ownerId)
    .where('refundId', '=', refundId)
    .execute();
  return (await withParts(db, rows))[0] ?? null;
}

/** What was asked for with a ticket. Index: refund_of_ticket. */
export async function findRefundOfTicket(
  db: Db | Tx,
  { ownerId, ticketId }: { ownerId: number; ticketId: number },
): Promise<Refund | null> {
  const rows = await db
    .selectFrom('refund')
    .select(refundColumns)
    .where('ownerId', '=', ownerId)
    .where('ticketId', '=', ticketId)
    .execute();
  return (await withParts(db, rows))[0] ?? null;
}

/** A refund in the desk's list, with the name of whom it is about. */
export interface ListedRefund extends Refund {
  ownerName: string;
}

/** Refunds of all owners, the newest first; `before` is the id at which the page before ended. Index: refund_log. */
export async function findRefundsOfAll(
  db: Db,
  { before, limit }: { before?: number | undefined; limit: number },
): Promise<ListedRefund[]> {
  let query = db
    .selectFrom('refund as r')
    .leftJoin('account as a', 'a.accountId', 'r.ownerId')
    .leftJoin('agency as g', 'g.agencyId', 'r.ownerId')
    .select(refundColumns.map((column) => `r.${column}` as const))
    .select((eb) => eb.fn.coalesce('a.name', 'g.name').$notNull().as('ownerName'));
  if (before) query = query.where('r.refundId', '<', before);
  const rows = await query.orderBy('r.refundId', 'desc').limit(limit).execute();
  const names = new Map(rows.map((row) => [row.refundId, row.ownerName]));
  return (await withParts(db, rows)).map((each) => ({ ...each, ownerName: names.get(each.refundId)! }));
}

export async function setApproved(
  tx: Tx,
  { ownerId, refundId }: Refund,
  approval: { approvedAt: Date; approvedBy: string; amountMicros: bigint },
): Promise<void> {
  await tx
    .updateTable('refund')
    .set(approval)
    .where('ownerId', '=', ownerId)
    .where('refundId', '=', refundId)
    .execute();
}

export async function setDeclined(
  tx: Tx,
  { ownerId, refundId }: Refund,
  decline: { declinedAt: Date; declinedBy: string; declineReason: string },
): Promise<void> {
  await tx.updateTable('refund').set(decline).where('ownerId', '=', ownerId).where('refundId', '=', refundId).execute();
}

export interface NewPart {
  ownerId: number;
  refundId: number;
  paymentId: number | null;
  payee: string | null;
  amountMicros: bigint;
  replacesPartId?: number;
  orderedAt: Date;
  orderedBy: string;
  idempotencyKey: string;
}

export async function recordParts(tx: Tx, parts: readonly NewPart[]): Promise<void> {
  await tx
    .insertInto('refundPart')
    .values(parts.map((part) => ({ ...part, nextAttemptAt: part.paymentId === null ? null : part.orderedAt })))
    .execute();
}

/** A payment that brought money in, with what of it can still go back. */
export interface OriginalPayment {
  paymentId: number;
  succeededAt: Date;
  amountMicros: bigint;
  refundableMicros: bigint;
  card: string;
}

/** An owner's payments in one currency, the newest first. What failed for good has not gone back; what its
 * bank has taken back is not there any more. Index: refund_part_of_payment. */
export async function findOriginalPayments(db: Db | Tx, ownerId: number, currency: string): Promise<OriginalPayment[]> {
  const { rows } = await sql<OriginalPayment>`
    select p.payment_id, p.succeeded_at, p.amount_micros, initcap(p.brand) || ' ending in ' || p.last4 as card,
           greatest(0, p.amount_micros - coalesce((
             select sum(r.amount_micros) from refund_part r
              where r.owner_id = p.owner_id and r.payment_id = p.payment_id and r.failed_at is null), 0)
             - coalesce((
             select sum(d.amount_micros) from dispute d
              where d.owner_id = p.owner_id and d.payment_id = p.payment_id and d.withdrawn_at is not null
                and d.reinstated_at is null), 0))::bigint as refundable_micros
      from payment p
     where p.owner_id = ${ownerId} and p.currency = ${currency} and p.succeeded_at is not null
     order by p.succeeded_at desc, p.payment_id desc
  `.execute(db);
  return rows;
}

export async function findPart(db: Db | Tx, ownerId: number, refundPartId: number): Promise<RefundPart | null> {
  const { rows } = await sql<RefundPart>`
    ${selectPart} where p.owner_id = ${ownerId} and p.refund_part_id = ${refundPartId}
  `.execute(db);
  return rows[0] ?? null;
}

/** How the provider calls the payment that a part goes back to. */
export async function findProviderPayment(
  tx: Tx,
  ownerId: number,
  paymentId: number,
): Promise<{ providerPaymentId: string | null; currency: string } | null> {
  const row = await tx
    .selectFrom('payment')
    .select(['providerPaymentId', 'currency'])
    .where('ownerId', '=', ownerId)
    .where('paymentId', '=', paymentId)
    .executeTakeFirst();
  return row ?? null;
}

/** Parts that could be sent now. Index: refund_part_due. */
export async function findDueParts(
  db: Db | Tx,
  now: Date,
  limit: number,
): Promise<{ ownerId: number; refundPartId: number }[]> {
  return db
    .selectFrom('refundPart')
    .select(['ownerId', 'refundPartId'])
    .where('paidAt', 'is', null)
    .where('failedAt', 'is', null)
    .where('nextAttemptAt', '<=', now)
    .where((eb) => eb.or([eb('leasedUntil', 'is', null), eb('leasedUntil', '<=', now)]))
    .orderBy('nextAttemptAt')
    .limit(limit)
    .execute();
}

/** What it takes to send a part: the provider's payment that it goes back to. */
export interface LeasedPart {
  ownerId: number;
  refundPartId: number;
  refundId: number;
  providerPaymentId: string;
  amountMicros: bigint;
  currency: string;
  idempotencyKey: string;
  attempts: number;
  providerRefundId: string | null;
}

/** Takes one due part for `leaseSeconds`; null when another worker was faster. */
export async function leasePart(
  tx: Tx,
  { ownerId, refundPartId }: { ownerId: number; refundPartId: number },
  now: Date,
  leaseSeconds: number,
): Promise<LeasedPart | null> {
  const { rows } = await sql<LeasedPart>`
    update refund_part r
       set attempts = r.attempts + 1, leased_until = ${now}::timestamptz + ${leaseSeconds} * interval '1 second'
      from payment p
     where r.owner_id = ${ownerId} and r.refund_part_id = ${refundPartId}
       and r.paid_at is null and r.failed_at is null and r.next_attempt_at <= ${now}
       and (r.leased_until is null or r.leased_until <= ${now})
       and p.owner_id = r.owner_id and p.payment_id = r.payment_id
    returning r.owner_id, r.refund_part_id, r.refund_id, p.provider_payment_id, r.amount_micros, p.currency,
              r.idempotency_key, r.attempts, r.provider_refund_id
  `.execute(tx);
  return rows[0] ?? null;
}

type PartKey = Pick<RefundPart, 'ownerId' | 'refundPartId'>;

export async function postponePart(
  tx: Tx,
  part: PartKey,
  { nextAttemptAt, why, providerRefundId }: { nextAttemptAt: Date; why: string | null; providerRefundId?: string },
): Promise<void> {
  const kept = providerRefundId ? { providerRefundId } : {};
  await updatePart(tx, part, { nextAttemptAt, leasedUntil: null, lastError: why, ...kept });
}

export async function setPartPaid(tx: Tx, part: PartKey, paidAt: Date, providerRefundId: string): Promise<void> {
  const done = { paidAt, providerRefundId, leasedUntil: null, lastError: null };
  await updatePart(tx, part, { ...done, failedAt: null, failure: null });
}

export async function setPartPaidByHand(
  tx: Tx,
  part: PartKey,
  marked: { paidAt: Date; paidBy: string; reference: string },
): Promise<void> {
  await updatePart(tx, part, marked);
}

export async function setPartFailed(
  tx: Tx,
  part: PartKey,
  failed: { failedAt: Date; failure: string; providerRefundId?: string },
): Promise<void> {
  await updatePart(tx, part, { ...failed, leasedUntil: null });
}

async function updatePart(
  tx: Tx,
  { ownerId, refundPartId }: PartKey,
  values: Partial<{
    nextAttemptAt: Date;
    leasedUntil: Date | null;
    lastError: string | null;
    providerRefundId: string;
    paidAt: Date;
    paidBy: string;
    reference: string;
    failedAt: Date | null;
    failure: string | null;
  }>,
): Promise<void> {
  await tx
    .updateTable('refundPart')
    .set(values)
    .where('ownerId', '=', ownerId)
    .where('refundPartId', '=', refundPartId)
    .execute();
}

/** How parts stand that go back by the provider, all together; a part that was ordered anew is not failed any more. */
export async function countParts(db: Db | Tx, now: Date) {
  const { rows } = await sql<{ done: number; failed: number; oldestSeconds: number | null; undecided: number }>`
    select count(*) filter (where paid_at is not null and failed_at is null) as done,
           count(*) filter (where failed_at is not null and not exists (
             select from refund_part r where r.owner_id = p.owner_id and r.replaces_part_id = p.refund_part_id)) as failed,
           extract(epoch from ${now} - min(ordered_at) filter (where paid_at is null and failed_at is null))::float as oldest_seconds,
           (select count(*) from refund where approved_at is null and declined_at is null) as undecided
      from refund_part p where payment_id is not null
  `.execute(db);
  return rows[0]!;
}

// ---- Unclaimed ----

/** What day 90 has moved for an owner and nobody has claimed since. Index: posting_unclaimed. */
export async function findUnclaimedMicros(db: Db | Tx, ownerId: number): Promise<bigint> {
  const { rows } = await sql<{ unclaimedMicros: bigint }>`
    select coalesce(sum(case when credit = 'unclaimed' then amount_micros else -amount_micros end), 0)::bigint as unclaimed_micros
      from posting
     where owner_id = ${ownerId} and (debit = 'unclaimed' or credit = 'unclaimed')
  `.execute(db);
  return rows[0]!.unclaimedMicros;
}

/** Closures that nobody has ended, of owners who have a balance of their own. For a `from`. */
const endedPayers = sql`(
  select c.account_id as owner_id, c.closure_id, c.closed_at, c.refundable_until
    from closure c join wallet w on w.owner_id = c.account_id
   where c.reactivated_at is null
  union all
  select agency_id, agency_closure_id, closed_at, refundable_until from agency_closure where reactivated_at is null)`;

/** A request that was made in time and is not decided keeps the balance where it is. */
const noRequestInTime = sql`not exists (
  select from refund r
   where r.owner_id = k.owner_id and r.closure_id = k.closure_id and r.requested_at < k.refundable_until
     and r.approved_at is null and r.declined_at is null)`;

/** A closure whose balance nobody asked for until the date that it promised. */
export interface Unasked {
  ownerId: number;
  closureId: number;
}

/** Balances that are due to be moved, each once for a closure. Index: closure_refundable. */
export async function findUnasked(db: Db | Tx, now: Date, after: number, limit: number): Promise<Unasked[]> {
  const { rows } = await sql<Unasked>`
    select k.owner_id, k.closure_id
      from ${endedPayers} k join wallet w on w.owner_id = k.owner_id
     where k.refundable_until <= ${now} and w.available_micros > 0 and k.owner_id > ${after} and ${noRequestInTime}
       and not exists (
         select from posting p where p.owner_id = k.owner_id and p.cause_key = 'unclaimed ' || k.closure_id)
     order by k.owner_id
     limit ${limit}
  `.execute(db);
  return rows;
}

/** The same once the owner is held: what was asked or reactivated meanwhile is seen. */
export async function isUnasked(tx: Tx, { ownerId, closureId }: Unasked, now: Date): Promise<boolean> {
  const { rows } = await sql`
    select from ${endedPayers} k
     where k.owner_id = ${ownerId} and k.closure_id = ${closureId} and k.refundable_until <= ${now} and ${noRequestInTime}
  `.execute(tx);
  return rows.length > 0;
}

export interface UnclaimedBalance {
  ownerId: number;
  ownerName: string;
  kind: 'agency' | 'account';
  currency: string;
  unclaimedMicros: bigint;
  /** Null once it was reactivated; what is unclaimed stays so. */
  closedAt: Date | null;
  /** When it was moved. */
  since: Date;
}

const unclaimedOf = sql`sum(case when credit = 'unclaimed' then amount_micros else -amount_micros end)::bigint as unclaimed_micros`;

/** What is owed and unclaimed in all, in each currency. Index: posting_unclaimed. */
export async function sumUnclaimed(db: Db): Promise<{ currency: string; owners: number; unclaimedMicros: bigint }[]> {
  const { rows } = await sql<{ currency: string; owners: number; unclaimedMicros: bigint }>`
    select w.currency, count(*) as owners, sum(u.unclaimed_micros)::bigint as unclaimed_micros
      from (select owner_id, ${unclaimedOf} from posting where debit = 'unclaimed' or credit = 'unclaimed' group by owner_id) u
      join wallet w using (owner_id)
     where u.unclaimed_micros <> 0
     group by w.currency
     order by w.currency
  `.execute(db);
  return rows;
}

/** What is owed and unclaimed, the oldest first, or one page of it after a place. Index: posting_unclaimed. */
export async function findUnclaimed(
  db: Db,
  page: { after?: Place | undefined; limit: number } | null = null,
): Promise<UnclaimedBalance[]> {
  const after = page?.after;
  const { rows } = await sql<UnclaimedBalance>`
    select u.owner_id, coalesce(a.name, g.name) as owner_name, case when a.account_id is null then 'agency' else 'account' end as kind,
           w.currency, u.unclaimed_micros, k.closed_at, u.since
      from (select owner_id, ${unclaimedOf},
                   max(at) filter (where credit = 'unclaimed' and cause = 'unclaimed') as since
              from posting where debit = 'unclaimed' or credit = 'unclaimed' group by owner_id) u
      join wallet w on w.owner_id = u.owner_id
      left join account a on a.account_id = u.owner_id
      left join agency g on g.agency_id = u.owner_id
      left join ${endedPayers} k on k.owner_id = u.owner_id
     where u.unclaimed_micros <> 0
       and ${after ? sql`(date_trunc('milliseconds', u.since), u.owner_id) > (${after.at}, ${after.id})` : sql`true`}
     order by date_trunc('milliseconds', u.since), u.owner_id
     limit ${page?.limit ?? null}::bigint
  `.execute(db);
  return rows;
}

/** The accounts whose charges an owner pays: of an agency those of its sub-accounts that it pays for, else itself. */
export async function findPaidFor(tx: Tx, ownerId: number): Promise<number[]> {
  const { rows } = await sql<{ accountId: number }>`
    select account_id from account
     where (agency_id = ${ownerId} and payer = 'agency') or (account_id = ${ownerId} and payer = 'own')
     order by account_id
  `.execute(tx);
  return rows.map((row) => row.accountId);
}
