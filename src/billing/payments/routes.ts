import type { FastifyInstance } from 'fastify';
import type { House } from '../../platform/house.ts';
import { must, Refused } from '../../rules/decision.ts';
import { toCents } from '../../rules/money.ts';
import { fieldsOf, idOf, keyOf } from '../../web/read.ts';
import { findBalance } from '../store.ts';
import { openCardPage } from './addCard.ts';
import { makeCardFirst, removeCard } from './arrangeCards.ts';
import { ofOwner } from './ofOwner.ts';
import { setAutoRecharge } from './setAutoRecharge.ts';
import { type Card, findCards, findPayment, findPayments, findRechargeRule, type Payment } from './store.ts';
import { topUp } from './topUp.ts';

const microsPerCent = 10_000n;
const paymentsMax = 1_000;
const success = { status: 'success' } as const;

/** Whole cents as a script writes them; anything else is an amount that is refused. */
const microsOf = (cents: string): bigint => (/^\d{1,9}$/.test(cents) ? BigInt(cents) * microsPerCent : -1n);

/** Cards, top-ups, auto-recharge and payments for scripts; amounts in cents. */
export function registerPaymentRoutes(app: FastifyInstance, house: House): void {
  const api = '/api/v1';

  ofOwner(app, house, 'get', api, '/billing/cards', async ({ ownerId }) => ({
    cards: (await findCards(house.db, ownerId)).map(presentCard),
  }));

  /** Answers with the provider's page, on which a person gives the card. */
  ofOwner(app, house, 'post', api, '/billing/cards', async ({ ownerId, actor }, request) => ({
    ...success,
    url: must(await openCardPage(house, actor, ownerId, keyOf(request))),
  }));

  ofOwner(app, house, 'post', api, '/billing/cards/:cardId/first', async ({ ownerId, actor }, request) => {
    must(await makeCardFirst(house, actor, ownerId, idOf(request.params.cardId), keyOf(request)));
    return success;
  });

  ofOwner(app, house, 'delete', api, '/billing/cards/:cardId', async ({ ownerId, actor }, request) => {
    must(await removeCard(house, actor, ownerId, idOf(request.params.cardId), keyOf(request)));
    return success;
  });

  /** Body: `cents`, a whole number; `card_id` and `currency` if they matter. 202 while the payment is under way. */
  ofOwner(app, house, 'post', api, '/billing/top_ups', async ({ ownerId, actor }, request, reply) => {
    const field = fieldsOf(request.body);
    const wish = {
      cardId: field('card_id') ? idOf(field('card_id')) : undefined,
      currency: field('currency') || undefined,
    };
    const decision = await topUp(house, actor, ownerId, microsOf(field('cents')), keyOf(request), wish);
    const payment = (await findPayment(house.db, ownerId, must(decision)))!;
    const { availableMicros, currency } = await findBalance(house.db, ownerId);
    const state = stateOf(payment);
    if (state !== 'succeeded') reply.code(state === 'failed' ? 402 : 202);
    return {
      status: state === 'failed' ? 'error' : 'success',
      payment: presentPayment(payment),
      balance: { cents: Number(toCents(availableMicros)), currency },
    };
  });

  ofOwner(app, house, 'get', api, '/billing/payments', async ({ ownerId }) => ({
    payments: (await findPayments(house.db, ownerId, paymentsMax)).map(presentPayment),
  }));

  ofOwner(app, house, 'get', api, '/billing/payments/:paymentId', async ({ ownerId }, request) => {
    const payment = await findPayment(house.db, ownerId, idOf(request.params.paymentId));
    if (!payment) throw new Refused({ code: 'not-found' });
    return presentPayment(payment);
  });

  ofOwner(app, house, 'get', api, '/billing/auto_recharge', async ({ ownerId }) => {
    const rule = await findRechargeRule(house.db, ownerId);
    return {
      on: rule?.isOn === true,
      threshold_cents: rule && Number(toCents(rule.thresholdMicros)),
      amount_cents: rule && Number(toCents(rule.amountMicros)),
      next_try_at: rule?.isOn ? rule.nextRoundAt : null,
    };
  });

  /** Body: `on`, `threshold_cents`, `amount_cents`. */
  ofOwner(app, house, 'put', api, '/billing/auto_recharge', async ({ ownerId, actor }, request) => {
    const field = fieldsOf(request.body);
    const wish = {
      isOn: field('on') === 'true',
      thresholdMicros: microsOf(field('threshold_cents')),
      amountMicros: microsOf(field('amount_cents')),
    };
    must(await setAutoRecharge(house, actor, ownerId, wish, keyOf(request)));
    return success;
  });
}

const presentCard = (card: Card, place: number) => ({
  id: card.cardId,
  brand: card.brand,
  last4: card.last4,
  expires: `${card.expiresYear}-${String(card.expiresMonth).padStart(2, '0')}`,
  first: place === 0,
});

function stateOf(payment: Payment): 'succeeded' | 'failed' | 'authentication' | 'under_way' {
  if (payment.succeededAt) return 'succeeded';
  if (payment.failedAt) return 'failed';
  return payment.authenticateUrl ? 'authentication' : 'under_way';
}

const presentPayment = (payment: Payment) => ({
  id: payment.paymentId,
  state: stateOf(payment),
  cents: Number(toCents(payment.amountMicros)),
  currency: payment.currency,
  cause: payment.cause,
  card_id: payment.cardId,
  card: `${payment.brand} ${payment.last4}`,
  asked_at: payment.askedAt,
  succeeded_at: payment.succeededAt,
  failed_at: payment.failedAt,
  failure: payment.failure,
  authenticate_url: payment.authenticateUrl,
});
