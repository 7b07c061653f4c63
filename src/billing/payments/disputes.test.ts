import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { Stripe } from 'stripe';
import { giveTestCard } from '../../../test/giveTestCard.ts';
import { openWorld, type World } from '../../../test/world.ts';
import { newKey } from '../../platform/ids.ts';
import { readMerchant } from '../../platform/payments/simulated/books.ts';
import { changeProviderSettings, takeProviderDown } from '../../platform/payments/simulated/settings.ts';
import { must } from '../../rules/decision.ts';
import { findOriginalPayments } from '../refunds/store.ts';
import { findBalance, findDriftedWallets } from '../store.ts';
import { rechargeAll } from './recharge.ts';
import { setAutoRecharge } from './setAutoRecharge.ts';
import { findCards, findPayment, findPayments } from './store.ts';
import { topUp } from './topUp.ts';

let world: World;
let ownerId: number;
let paymentId: number;
let providerPaymentId: string;
let startMicros: bigint;
before(async () => {
  world = await openWorld();
  ownerId = world.shopId;
  await changeProviderSettings(books(), { webhooks: 'never' });
  startMicros = await balance();
  const cardId = (await findCards(world.house.db, ownerId))[0]!.cardId;
  const wish = { cardId };
  paymentId = must(await topUp(world.house, world.cast.shopOwner.actor, ownerId, 50_000_000n, newKey(), wish));
  providerPaymentId = (await look()).providerPaymentId!;
});

const books = () => world.house.paymentsSimulation!;
const balance = async () => (await findBalance(world.house.db, ownerId)).availableMicros;
const look = async () => (await findPayment(world.house.db, ownerId, paymentId))!;
const refundable = async () =>
  (await findOriginalPayments(world.house.db, ownerId, 'USD')).find((each) => each.paymentId === paymentId)!
    .refundableMicros;

/** As Stripe tells of it, signed by its own helper. */
async function tell(type: string, over: object = {}): Promise<number> {
  const payload = JSON.stringify({
    id: `evt_${type}`,
    object: 'event',
    type: `charge.dispute.${type}`,
    data: {
      object: {
        id: 'dp_1',
        object: 'dispute',
        amount: 5_000,
        currency: 'usd',
        payment_intent: providerPaymentId,
        reason: 'product_not_received',
        status: 'needs_response',
        ...over,
      },
    },
  });
  const { webhookSecret: secret } = await readMerchant(books());
  const signature = Stripe.webhooks.generateTestHeaderString({ payload, secret });
  const headers = { 'content-type': 'application/json', 'stripe-signature': signature };
  return (await world.ask(null, { method: 'POST', url: '/payments/webhooks', headers, payload })).statusCode;
}

describe('a dispute', () => {
  test('that does not fit, or of another software’s payment, changes nothing', async () => {
    assert.equal(await tell('funds_withdrawn', { currency: 'eur' }), 200);
    assert.equal(await tell('funds_withdrawn', { amount: 5_001 }), 200);
    assert.equal(await tell('funds_withdrawn', { payment_intent: 'pi_of_somebody_else' }), 200);
    assert.deepEqual([await balance(), (await look()).dispute], [startMicros + 50_000_000n, null]);
  });

  test('is told again while the provider is away, since it is asked whose payment it is', async () => {
    await takeProviderDown(books(), 60);
    assert.equal(await tell('created'), 503);
    await takeProviderDown(books(), 0);
  });

  test('takes the money from the balance, once, and nothing of it can be refunded', async () => {
    assert.equal(await tell('created'), 200);
    assert.deepEqual([(await look()).dispute, await balance()], ['open', startMicros + 50_000_000n]);
    await Promise.all([tell('funds_withdrawn'), tell('funds_withdrawn'), tell('created')]);
    assert.deepEqual([await balance(), await refundable()], [startMicros, 0n]);
    assert.deepEqual(await findDriftedWallets(world.house.db), []);
  });

  test('is seen by the operator, and by whoever looks after billing', async () => {
    const list = await world.ask(world.cast.operator, { url: '/operations/payments?show=disputed' });
    assert.match(list.body, /wants this payment back from their bank \(product not received\)/);
    const receipt = await world.ask(world.cast.shopOwner, {
      url: `/accounts/${ownerId}/billing/payments/${paymentId}`,
    });
    assert.match(receipt.body, /Disputed/);
    const billing = await world.ask(world.cast.shopOwner, { url: `/accounts/${ownerId}/billing` });
    assert.match(billing.body, /Taken back by the bank of Visa ending in 4242/);
  });

  test('that is won gives it back, once', async () => {
    assert.equal(await tell('closed', { status: 'won' }), 200);
    assert.equal(await tell('funds_reinstated'), 200);
    assert.equal(await tell('funds_reinstated'), 200);
    assert.deepEqual([(await look()).dispute, await balance()], ['won', startMicros + 50_000_000n]);
    assert.equal(await refundable(), 50_000_000n);
    assert.deepEqual(await findDriftedWallets(world.house.db), []);
  });
});

test('a card that is disputed is not charged by itself any more, until somebody sets it anew', async () => {
  await changeProviderSettings(books(), { webhooks: 'never' });
  const cardId = await giveTestCard(world.house, ownerId, 'disputed');
  const set = async () => {
    const wish = { isOn: true, thresholdMicros: (await balance()) + 10_000n, amountMicros: 20_000_000n };
    must(await setAutoRecharge(world.house, world.cast.shopOwner.actor, ownerId, wish, newKey()));
  };
  const amountMicros = 30_000_000n;
  const actor = world.cast.shopOwner.actor;
  const { paymentId: disputedId } = (await findPayment(
    world.house.db,
    ownerId,
    must(await topUp(world.house, actor, ownerId, amountMicros, newKey(), { cardId })),
  ))!;
  const events = await books().query<{ body: string }>(
    `select body from simulated_payments.event where body::jsonb ->> 'type' like 'charge.dispute.%'`,
  );
  assert.equal(events.rows.length, 2, 'the provider tells of it by itself');
  await world.travel(1 / 24);
  await set();
  providerPaymentId = (await findPayment(world.house.db, ownerId, disputedId))!.providerPaymentId!;
  assert.equal(await tell('funds_withdrawn', { id: 'dp_2', amount: 3_000 }), 200);
  const count = async () => (await findPayments(world.house.db, ownerId, 50)).length;
  const before = await count();
  await rechargeAll(world.house);
  assert.equal(await count(), before);
  const page = await world.ask(world.cast.shopOwner, { url: `/accounts/${ownerId}/billing` });
  assert.match(page.body, /no card is charged by itself until you save this anew/);
  await world.travel(1 / 24);
  await set();
  await rechargeAll(world.house);
  assert.equal(await count(), before + 1);
});
