import type pg from 'pg';
import { withParameter } from '../port.ts';
import { inTransaction, makeId, type PaymentRow, providerNow, readPayment, recordEffect } from './books.ts';
import { testCards } from './cards.ts';
import { tellOfPayment } from './events.ts';

/* What people do on the provider's own pages. The pages themselves are served by the product, in development only. */

export const setupPath = (setupId: string): string => `/simulated-payments/cards/${setupId}`;
export const authenticatePath = (paymentId: string): string => `/simulated-payments/bank/${paymentId}`;

export type SetupPage = { ownerName: string; returnUrl: string; cancelUrl: string; isDone: boolean };

export async function readSetupPage(pool: pg.Pool, setupId: string): Promise<SetupPage | null> {
  const { rows } = await pool.query<SetupPage>(
    `select owner_name as "ownerName", return_url as "returnUrl", cancel_url as "cancelUrl", method_id is not null as "isDone"
       from simulated_payments.setup where setup_id = $1`,
    [setupId],
  );
  const page = rows[0];
  return page ? { ...page, returnUrl: withParameter(page.returnUrl, 'setup', setupId) } : null;
}

/** Somebody picks a test card. A page that was used once stays used. */
export async function giveCard(pool: pg.Pool, setupId: string, card: string): Promise<boolean> {
  if (!testCards[card]) return false;
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ customerId: string; methodId: string | null }>(
      `select customer_id as "customerId", method_id as "methodId" from simulated_payments.setup where setup_id = $1 for update`,
      [setupId],
    );
    if (!rows[0]) return false;
    if (rows[0].methodId !== null) return true;
    const methodId = makeId('pm');
    await client.query(
      `insert into simulated_payments.method (method_id, customer_id, card, made_at) values ($1, $2, $3, ${providerNow})`,
      [methodId, rows[0].customerId, card],
    );
    await client.query('update simulated_payments.setup set method_id = $2 where setup_id = $1', [setupId, methodId]);
    return true;
  });
}

export async function readBankPage(pool: pg.Pool, paymentId: string): Promise<PaymentRow | null> {
  const payment = await readPayment(pool, { paymentId });
  return payment?.returnUrl ? payment : null;
}

/** The bank's page: the person agrees, and the money is taken, or does not. */
export async function answerBank(pool: pg.Pool, paymentId: string, agrees: boolean): Promise<void> {
  await endAuthentication(pool, paymentId, agrees ? null : 'authentication_failed');
}

/** Ends a payment that waits for its bank; one that waits no more stays as it is. */
export async function endAuthentication(
  pool: pg.Pool,
  paymentId: string,
  declineCode: string | null,
): Promise<PaymentRow | null> {
  return inTransaction(pool, async (client) => {
    const waiting = await readPayment(client, { paymentId }, true);
    if (waiting?.state !== 'authentication') return waiting;
    await client.query('update simulated_payments.payment set state = $2, decline_code = $3 where payment_id = $1', [
      paymentId,
      declineCode === null ? 'succeeded' : 'declined',
      declineCode,
    ]);
    const ended = (await readPayment(client, { paymentId }))!;
    if (declineCode === null) await recordEffect(client, 'take', paymentId, ended.amountCents);
    await tellOfPayment(client, ended, '');
    return ended;
  });
}
