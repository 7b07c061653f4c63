import { sql } from 'kysely';
import type { Db, Tx } from '../../platform/db.ts';
import type { Offer, Payer, Side } from '../../rules/payers.ts';

/** An offer that somebody else pays for a sub-account, as pages and deeds meet it. */
export interface PayerOffer extends Offer {
  accountId: number;
  /** With which plan an account is to pay for itself; null when the agency is to pay. */
  planCode: string | null;
  note: string | null;
}

const columns = [
  'accountId',
  'payerOfferId',
  'agencyId',
  'payer',
  'planCode',
  'note',
  'offeredSide',
  'offeredBy',
  'offeredAt',
  'expiresAt',
  'endedAt',
] as const;

type Row = Omit<PayerOffer, 'payer' | 'offeredSide'> & { payer: string; offeredSide: string };
const offerOf = (row: Row | undefined): PayerOffer | null =>
  row ? { ...row, payer: row.payer as Payer, offeredSide: row.offeredSide as Side } : null;

export async function recordOffer(
  tx: Tx,
  offer: Omit<PayerOffer, 'payerOfferId' | 'endedAt'> & { tokenHash: string | null },
): Promise<number> {
  const { payerOfferId } = await tx
    .insertInto('payerOffer')
    .values(offer)
    .returning('payerOfferId')
    .executeTakeFirstOrThrow();
  return payerOfferId;
}

/** The offer of an account that still stands at this moment. */
export async function findOpenOffer(db: Db | Tx, accountId: number, now: Date): Promise<PayerOffer | null> {
  const row = await db
    .selectFrom('payerOffer')
    .select(columns)
    .where('accountId', '=', accountId)
    .where('endedAt', 'is', null)
    .where('expiresAt', '>', now)
    .executeTakeFirst();
  return offerOf(row);
}

/** An offer of this account, standing or over. Deeds read it under the account's lock: nobody else ends it meanwhile. */
export async function findOffer(db: Db | Tx, accountId: number, payerOfferId: number): Promise<PayerOffer | null> {
  const row = await db
    .selectFrom('payerOffer')
    .select(columns)
    .where('accountId', '=', accountId)
    .where('payerOfferId', '=', payerOfferId)
    .executeTakeFirst();
  return offerOf(row);
}

/** The offer that a payment link leads to. */
export async function findOfferByToken(db: Db | Tx, accountId: number, tokenHash: string): Promise<PayerOffer | null> {
  const row = await db
    .selectFrom('payerOffer')
    .select(columns)
    .where('accountId', '=', accountId)
    .where('tokenHash', '=', tokenHash)
    .executeTakeFirst();
  return offerOf(row);
}

/** Which of these accounts an offer is open for. */
export async function findOffered(db: Db | Tx, accountIds: readonly number[], now: Date): Promise<Set<number>> {
  if (accountIds.length === 0) return new Set();
  const rows = await db
    .selectFrom('payerOffer')
    .select('accountId')
    .where('accountId', 'in', accountIds)
    .where('endedAt', 'is', null)
    .where('expiresAt', '>', now)
    .execute();
  return new Set(rows.map((row) => row.accountId));
}

export async function endOffer(
  tx: Tx,
  { accountId, payerOfferId }: Pick<PayerOffer, 'accountId' | 'payerOfferId'>,
  outcome: 'accepted' | 'declined' | 'withdrawn',
  by: string,
  now: Date,
): Promise<void> {
  await tx
    .updateTable('payerOffer')
    .set({ endedAt: now, endedBy: by, outcome })
    .where('accountId', '=', accountId)
    .where('payerOfferId', '=', payerOfferId)
    .execute();
}

/** Makes room for another offer: one whose time is over ends as that. */
export async function endExpired(tx: Tx, accountId: number, now: Date): Promise<void> {
  await tx
    .updateTable('payerOffer')
    .set((eb) => ({ endedAt: eb.ref('expiresAt'), outcome: 'expired' }))
    .where('accountId', '=', accountId)
    .where('endedAt', 'is', null)
    .where('expiresAt', '<=', now)
    .execute();
}

/** Ends what is open with a closing: of an account, or of an agency with all of its sub-accounts. */
export async function endOffersOf(tx: Tx, ownerId: number, by: string, now: Date): Promise<void> {
  await sql`
    update payer_offer
       set ended_at = ${now}, ended_by = ${by}, outcome = 'closed'
     where ended_at is null and account_id in (
       select account_id from account where account_id = ${ownerId} or agency_id = ${ownerId})
  `.execute(tx);
}

/** The same deed in the journal of the other side: what happens between two owners is told at both. */
export async function journalBeside(
  tx: Tx,
  deed: {
    ownerId: number;
    at: Date;
    by: string;
    role: string;
    action: string;
    key: string;
    detail: Record<string, unknown>;
  },
): Promise<void> {
  const { ownerId, at, by, role, action, key, detail } = deed;
  await tx
    .insertInto('deed')
    .values({
      ownerId,
      at,
      personId: by,
      role,
      action,
      idempotencyKey: key,
      inputHash: '',
      detail: JSON.stringify(detail),
      answer: 'true',
    })
    .execute();
}
