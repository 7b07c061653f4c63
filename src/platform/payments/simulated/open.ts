import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { isDatabaseAway } from '../../db.ts';
import { hashOf } from '../../ids.ts';
import {
  checkKey,
  checkMoney,
  checkReturnUrl,
  type PaymentOrder,
  type Payments,
  PaymentsError,
  type ProviderMethod,
  type ProviderPayment,
  type ProviderRefund,
  type RefundOrder,
  type SetupOrder,
} from '../port.ts';
import {
  inTransaction,
  makeId,
  openPaymentBooks,
  type PaymentRow,
  providerNow,
  type RefundRow,
  readMerchant,
  readPayment,
  readRefund,
  recordEffect,
} from './books.ts';
import { declineSentenceFor, testCards } from './cards.ts';
import { tellOfDispute, tellOfPayment, tellOfRefund } from './events.ts';
import { authenticatePath, endAuthentication, setupPath } from './hosted.ts';

/** The payments port over the simulated provider's books; its hosted pages stand below `publicUrl`. */
export function openSimulatedPayments(options: {
  databaseUrl: string;
  publicUrl: string;
  connectionsMax?: number;
}): Payments {
  const pool = openPaymentBooks(options.databaseUrl, options.connectionsMax ?? 4);
  const bankUrl = (paymentId: string) => `${options.publicUrl}${authenticatePath(paymentId)}`;
  const present = (payment: PaymentRow): ProviderPayment => presentPayment(payment, bankUrl(payment.paymentId));

  return {
    name: 'simulated',

    checkAccess: () => ask(pool, async () => ({ value: { accountName: 'The simulated provider', status: 'active' } })),

    async openSetup(order) {
      checkKey(order.idempotencyKey);
      checkReturnUrl(order.returnUrl);
      checkReturnUrl(order.cancelUrl);
      const setupId = await ask(pool, async (client) => ({ value: await recordSetup(client, order) }));
      return { setupId, url: `${options.publicUrl}${setupPath(setupId)}` };
    },

    findSetup: (setupId) => ask(pool, async (client) => ({ value: await readSetup(client, setupId) })),

    async forgetMethod(providerMethodId) {
      await ask(pool, async (client) => {
        await client.query(
          `update simulated_payments.method set forgotten_at = ${providerNow} where method_id = $1 and forgotten_at is null`,
          [providerMethodId],
        );
        return { value: null };
      });
    },

    async pay(order) {
      checkMoney(order);
      checkReturnUrl(order.returnUrl);
      return present(await ask(pool, (client) => take(client, order, bankUrl)));
    },

    async findPayment(by) {
      const payment = await ask(pool, async (client) => ({
        value: await readPayment(client, 'providerPaymentId' in by ? { paymentId: by.providerPaymentId } : by),
      }));
      return payment && present(payment);
    },

    async abandonPayment(providerPaymentId) {
      await ask(pool, async () => ({ value: null }));
      const payment = await reachable(() => endAuthentication(pool, providerPaymentId, 'abandoned'));
      if (!payment) throw new PaymentsError('invalid', 'The provider knows no such payment.');
      return present(payment);
    },

    async refund(order) {
      checkMoney(order);
      return presentRefund(await ask(pool, (client) => giveBack(client, order)));
    },

    async findRefund(by) {
      const refund = await ask(pool, async (client) => ({
        value: await readRefund(client, 'providerRefundId' in by ? { refundId: by.providerRefundId } : by),
      }));
      return refund && presentRefund(refund);
    },

    async readWebhook(rawBody, signature) {
      const { webhookSecret } = await reachable(() => readMerchant(pool));
      const { readStripeWebhook } = await import('../stripe/readWebhook.ts');
      return readStripeWebhook(rawBody, signature, webhookSecret);
    },

    close: () => pool.end(),
  };
}

/** `moves`: money did, and the answer may be lost. `eventId`: what we are told of it. */
type Answer<T> = { value: T; moves?: boolean; loses?: boolean; eventId?: string };

/** One request, as the outside world treats it: let in or turned away, slow, done once, and perhaps not answered. */
async function ask<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<Answer<T>>): Promise<T> {
  return reachable(async () => {
    await admit(pool);
    const { answer, isLost, waits } = await inTransaction(pool, async (client) => {
      const answered = await work(client);
      const { rows } = await client.query<{ webhooks: string }>('select webhooks from simulated_payments.settings');
      const isFirst = answered.eventId !== undefined && rows[0]!.webhooks === 'before the answer';
      const lost = answered.loses === true || (answered.moves === true && (await losesAnswer(client)));
      return { answer: answered, isLost: lost, waits: isFirst };
    });
    if (waits) await waitForDelivery(pool, answer.eventId!);
    if (isLost) throw new PaymentsError('unavailable', 'The payment provider did not answer in time.');
    return answer.value;
  });
}

/** The provider lives in a database: when that is away, the provider is. */
async function reachable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isDatabaseAway(error)) throw error;
    throw new PaymentsError('unavailable', 'The payment provider can not be reached.', { cause: error });
  }
}

async function admit(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query<{ latencyMs: number; isDown: boolean; fails: boolean; limits: boolean }>(
    `update simulated_payments.settings s
        set fail_next_requests = greatest(0, s.fail_next_requests - 1),
            limit_next_requests = greatest(0, s.limit_next_requests - 1)
       from (select * from simulated_payments.settings for update) before
      returning s.latency_ms as "latencyMs", coalesce(s.down_until > clock_timestamp(), false) as "isDown",
                before.fail_next_requests > 0 as fails, before.limit_next_requests > 0 as limits`,
  );
  const { latencyMs, isDown, fails, limits } = rows[0]!;
  if (latencyMs > 0) await sleep(latencyMs);
  if (isDown || fails) throw new PaymentsError('unavailable', 'The payment provider is not available.');
  if (limits)
    throw new PaymentsError('rate-limited', 'The payment provider asks us to slow down.', { retryAfterSeconds: 1 });
}

async function losesAnswer(client: pg.PoolClient): Promise<boolean> {
  const { rowCount } = await client.query(
    `update simulated_payments.settings set time_out_next_effects = time_out_next_effects - 1
      where time_out_next_effects > 0`,
  );
  return rowCount === 1;
}

const deliveryWaitMs = 10_000;

/** The answer comes after the webhook: the worker, which sends it, is waited for. */
async function waitForDelivery(pool: pg.Pool, eventId: string): Promise<void> {
  const deadline = performance.now() + deliveryWaitMs;
  while (performance.now() < deadline) {
    const { rowCount } = await pool.query(
      'select from simulated_payments.event where event_id = $1 and delivered_at is not null',
      [eventId],
    );
    if (rowCount === 1) return;
    await sleep(50);
  }
}

/** Requests with one key stand in line, so that the second reads what the first did. */
async function lockKey(client: pg.PoolClient, key: string): Promise<void> {
  await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`simulated_payments ${key}`]);
}

const keyOfAnother = () =>
  new PaymentsError('invalid', 'This idempotency key was used with other parameters before. Nothing was done.');

async function recordSetup(client: pg.PoolClient, order: SetupOrder): Promise<string> {
  await lockKey(client, order.idempotencyKey);
  const fingerprint = hashOf(order);
  const { rows } = await client.query<{ setupId: string; fingerprint: string }>(
    'select setup_id as "setupId", fingerprint from simulated_payments.setup where idempotency_key = $1',
    [order.idempotencyKey],
  );
  const [earlier] = rows;
  if (earlier && earlier.fingerprint !== fingerprint) throw keyOfAnother();
  if (earlier) return earlier.setupId;
  const setupId = makeId('cs_test');
  await client.query(
    `insert into simulated_payments.setup
       (setup_id, idempotency_key, fingerprint, owner_id, owner_name, customer_id, return_url, cancel_url, opened_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, ${providerNow})`,
    [
      setupId,
      order.idempotencyKey,
      fingerprint,
      order.ownerId,
      order.ownerName,
      order.providerCustomerId ?? makeId('cus'),
      order.returnUrl,
      order.cancelUrl,
    ],
  );
  return setupId;
}

const cardYears = 3;

async function readSetup(
  client: pg.PoolClient,
  setupId: string,
): Promise<{ ownerId: number; method: ProviderMethod | null }> {
  const { rows } = await client.query<{
    ownerId: number;
    customerId: string;
    methodId: string | null;
    card: string | null;
    madeAt: Date | null;
  }>(
    `select s.owner_id::float8 as "ownerId", s.customer_id as "customerId", m.method_id as "methodId", m.card, m.made_at as "madeAt"
       from simulated_payments.setup s left join simulated_payments.method m using (method_id)
      where s.setup_id = $1`,
    [setupId],
  );
  const [setup] = rows;
  if (!setup) throw new PaymentsError('invalid', 'The provider knows no such page.');
  if (!setup.methodId) return { ownerId: setup.ownerId, method: null };
  const { brand, last4 } = testCards[setup.card!]!;
  const method = {
    providerCustomerId: setup.customerId,
    providerMethodId: setup.methodId,
    brand,
    last4,
    expiresMonth: setup.madeAt!.getUTCMonth() + 1,
    expiresYear: setup.madeAt!.getUTCFullYear() + (setup.card === 'expired' ? 0 : cardYears),
  };
  return { ownerId: setup.ownerId, method };
}

async function take(
  client: pg.PoolClient,
  order: PaymentOrder,
  bankUrl: (paymentId: string) => string,
): Promise<Answer<PaymentRow>> {
  const { idempotencyKey } = order;
  await lockKey(client, idempotencyKey);
  const fingerprint = hashOf(order);
  const earlier = await readPayment(client, { idempotencyKey });
  if (earlier && earlier.fingerprint !== fingerprint) throw keyOfAnother();
  if (earlier) return { value: earlier };

  const { rows } = await client.query<{ card: string }>(
    `select card from simulated_payments.method where method_id = $1 and customer_id = $2 and forgotten_at is null`,
    [order.providerMethodId, order.providerCustomerId],
  );
  const card = rows[0] && testCards[rows[0].card];
  if (!card) throw new PaymentsError('invalid', 'The provider does not have this card any more.');
  const asksFirst = card.needsAuthentication === true && order.returnUrl !== null;
  const declineCode = card.declineCode ?? (card.needsAuthentication && !asksFirst ? 'authentication_required' : null);
  const state = declineCode !== null ? 'declined' : asksFirst ? 'authentication' : 'succeeded';
  await client.query(
    `insert into simulated_payments.payment
       (payment_id, idempotency_key, fingerprint, owner_id, our_payment_id, customer_id, method_id, amount_cents, currency,
        description, return_url, state, decline_code, made_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, ${providerNow})`,
    [
      makeId('pi'),
      idempotencyKey,
      fingerprint,
      order.ownerId,
      order.paymentId,
      order.providerCustomerId,
      order.providerMethodId,
      String(order.amountCents),
      order.currency,
      order.description,
      order.returnUrl,
      state,
      declineCode,
    ],
  );
  const value = (await readPayment(client, { idempotencyKey }))!;
  const moves = state === 'succeeded';
  if (moves) await recordEffect(client, 'take', value.paymentId, value.amountCents);
  const eventId = await tellOfPayment(client, value, bankUrl(value.paymentId));
  if (card.isDisputed) await takeBack(client, value);
  return { value, moves, loses: card.losesAnswer === true, eventId };
}

/** The holder's bank takes the payment from us: nothing is left of it to give back. */
async function takeBack(client: pg.PoolClient, payment: PaymentRow): Promise<void> {
  await client.query('update simulated_payments.payment set refunded_cents = amount_cents where payment_id = $1', [
    payment.paymentId,
  ]);
  await recordEffect(client, 'give back', payment.paymentId, payment.amountCents);
  await tellOfDispute(client, payment);
}

async function giveBack(client: pg.PoolClient, order: RefundOrder): Promise<Answer<RefundRow>> {
  const { idempotencyKey } = order;
  await lockKey(client, idempotencyKey);
  const fingerprint = hashOf(order);
  const earlier = await readRefund(client, { idempotencyKey });
  if (earlier && earlier.fingerprint !== fingerprint) throw keyOfAnother();
  if (earlier) return { value: earlier };

  const payment = await readPayment(client, { paymentId: order.providerPaymentId }, true);
  if (payment?.state !== 'succeeded') throw new PaymentsError('invalid', 'There is no such payment to give back.');
  if (payment.currency !== order.currency)
    throw new PaymentsError('invalid', `The payment was made in ${payment.currency}, not in ${order.currency}.`);
  if (order.amountCents > BigInt(payment.amountCents) - BigInt(payment.refundedCents))
    throw new PaymentsError('invalid', 'That is more than is left of the payment.');
  await client.query(
    'update simulated_payments.payment set refunded_cents = refunded_cents + $2 where payment_id = $1',
    [payment.paymentId, String(order.amountCents)],
  );
  await client.query(
    `insert into simulated_payments.refund
       (refund_id, idempotency_key, fingerprint, payment_id, owner_id, refund_part_id, amount_cents, made_at)
     values ($1, $2, $3, $4, $5, $6, $7, ${providerNow})`,
    [
      makeId('re'),
      idempotencyKey,
      fingerprint,
      payment.paymentId,
      order.ownerId,
      order.refundPartId,
      String(order.amountCents),
    ],
  );
  const value = (await readRefund(client, { idempotencyKey }))!;
  await recordEffect(client, 'give back', payment.paymentId, value.amountCents);
  return { value, moves: true, eventId: await tellOfRefund(client, value) };
}

function presentPayment(payment: PaymentRow, authenticateUrl: string): ProviderPayment {
  const what = {
    providerPaymentId: payment.paymentId,
    ownerId: payment.ownerId,
    paymentId: payment.ourPaymentId,
    amountCents: BigInt(payment.amountCents),
    currency: payment.currency,
  };
  switch (payment.state) {
    case 'succeeded':
      return { ...what, state: 'succeeded', refundedCents: BigInt(payment.refundedCents) };
    case 'authentication':
      return { ...what, state: 'authentication', authenticateUrl };
    case 'declined': {
      const declineCode = payment.declineCode!;
      return { ...what, state: 'declined', declineCode, declineSentence: declineSentenceFor(declineCode) };
    }
  }
}

const presentRefund = (refund: RefundRow): ProviderRefund => ({
  providerRefundId: refund.refundId,
  providerPaymentId: refund.paymentId,
  ownerId: refund.ownerId,
  refundPartId: refund.refundPartId,
  amountCents: BigInt(refund.amountCents),
  currency: refund.currency,
  state: 'succeeded',
});
