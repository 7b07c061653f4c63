import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { type Books, carrierNow, openBooks } from '../../carrier/simulated/books.ts';

export { type Books, inTransaction } from '../../carrier/simulated/books.ts';

/** The provider's moment is the development clock, as the simulated carrier's is; outages and delays use the machine's. */
export const providerNow = carrierNow;

/** The provider's own connections: it takes part in no transaction of ours. */
export const openPaymentBooks = (databaseUrl: string, connectionsMax: number): pg.Pool =>
  openBooks(databaseUrl, connectionsMax, 'simulated payments');

const idLengths = { cs_test: 32, cus: 16, pm: 24, pi: 24, re: 24, dp: 24, evt: 24, acct: 16, whsec: 48 } as const;

/** An id as Stripe shapes them; it can't be guessed, since whoever knows one may open its page. */
export function makeId(prefix: keyof typeof idLengths): string {
  return `${prefix}_${randomBytes(idLengths[prefix] / 2).toString('hex')}`;
}

export type MerchantAccount = { accountId: string; webhookSecret: string };

/** Our account at the provider, opened at the first use and then always the same. */
export async function readMerchant(books: Books): Promise<MerchantAccount> {
  const read = async (): Promise<MerchantAccount | undefined> => {
    const { rows } = await books.query<MerchantAccount>(
      `select account_id as "accountId", webhook_secret as "webhookSecret" from simulated_payments.account`,
    );
    return rows[0];
  };
  const account = await read();
  if (account) return account;
  await books.query(
    `insert into simulated_payments.account (account_id, webhook_secret, made_at) values ($1, $2, ${providerNow})
     on conflict do nothing`,
    [makeId('acct'), makeId('whsec')],
  );
  return (await read())!;
}

export type PaymentRow = {
  paymentId: string;
  idempotencyKey: string;
  fingerprint: string;
  ownerId: number;
  ourPaymentId: number;
  customerId: string;
  methodId: string;
  card: string;
  amountCents: string;
  currency: string;
  description: string;
  returnUrl: string | null;
  state: 'succeeded' | 'authentication' | 'declined';
  declineCode: string | null;
  refundedCents: string;
  madeAt: Date;
};

/** A payment by one of its columns; locked for whoever is about to change it. */
export async function readPayment(
  books: Books,
  by: { paymentId: string } | { idempotencyKey: string },
  lock = false,
): Promise<PaymentRow | null> {
  const [column, value] = 'paymentId' in by ? ['p.payment_id', by.paymentId] : ['p.idempotency_key', by.idempotencyKey];
  const { rows } = await books.query<PaymentRow>(
    `select p.payment_id as "paymentId", p.idempotency_key as "idempotencyKey", p.fingerprint, p.owner_id::float8 as "ownerId",
            p.our_payment_id::float8 as "ourPaymentId", p.customer_id as "customerId", p.method_id as "methodId", m.card,
            p.amount_cents::text as "amountCents", p.currency, p.description, p.return_url as "returnUrl", p.state,
            p.decline_code as "declineCode", p.refunded_cents::text as "refundedCents", p.made_at as "madeAt"
       from simulated_payments.payment p join simulated_payments.method m using (method_id)
      where ${column} = $1 ${lock ? 'for update of p' : ''}`,
    [value],
  );
  return rows[0] ?? null;
}

export type RefundRow = {
  refundId: string;
  idempotencyKey: string;
  fingerprint: string;
  paymentId: string;
  ownerId: number;
  refundPartId: number;
  amountCents: string;
  currency: string;
  madeAt: Date;
};

export async function readRefund(
  books: Books,
  by: { refundId: string } | { idempotencyKey: string },
): Promise<RefundRow | null> {
  const [column, value] = 'refundId' in by ? ['r.refund_id', by.refundId] : ['r.idempotency_key', by.idempotencyKey];
  const { rows } = await books.query<RefundRow>(
    `select r.refund_id as "refundId", r.idempotency_key as "idempotencyKey", r.fingerprint, r.payment_id as "paymentId",
            r.owner_id::float8 as "ownerId", r.refund_part_id::float8 as "refundPartId",
            r.amount_cents::text as "amountCents", p.currency, r.made_at as "madeAt"
       from simulated_payments.refund r join simulated_payments.payment p using (payment_id)
      where ${column} = $1`,
    [value],
  );
  return rows[0] ?? null;
}

/** Money that moved, written down once. */
export async function recordEffect(
  books: Books,
  kind: 'take' | 'give back',
  paymentId: string,
  amountCents: string,
): Promise<void> {
  await books.query(
    `insert into simulated_payments.effect (happened_at, kind, payment_id, amount_cents) values (${providerNow}, $1, $2, $3)`,
    [kind, paymentId, amountCents],
  );
}
