import assert from 'node:assert/strict';
import { before, beforeEach, describe, test } from 'node:test';
import { Stripe } from 'stripe';
import { until } from '../../../test/faults/startProduct.ts';
import { giveTestCard } from '../../../test/giveTestCard.ts';
import { atEnd, form, openWorld, type World } from '../../../test/world.ts';
import { closeAccount } from '../../lifecycle/closeAccount.ts';
import { offerClosing } from '../../lifecycle/plan.ts';
import { newKey } from '../../platform/ids.ts';
import { record } from '../../platform/operation.ts';
import { readMerchant } from '../../platform/payments/simulated/books.ts';
import { answerBank } from '../../platform/payments/simulated/hosted.ts';
import { startSimulatedWebhooks } from '../../platform/payments/simulated/sendWebhooks.ts';
import {
  changeProviderSettings,
  countEvents,
  countMoneyMoved,
  takeProviderDown,
} from '../../platform/payments/simulated/settings.ts';
import { must } from '../../rules/decision.ts';
import { findBalance, findDriftedWallets } from '../store.ts';
import { sendPayments } from './sendPayments.ts';
import { findCards, findPayment, findPayments, leasePayments } from './store.ts';
import { topUp } from './topUp.ts';

/* Every fault of a provider, and exactly one effect: what it took is in the wallet once, what it did not take never. */

let world: World;
let cards: Record<'pays' | 'declines' | 'asks' | 'timesOut' | 'twice', number>;
let ownerId: number;
before(async () => {
  world = await openWorld();
  ownerId = world.shopId;
  const give = (card: string) => giveTestCard(world.house, ownerId, card);
  cards = {
    pays: (await findCards(world.house.db, ownerId))[0]!.cardId,
    declines: await give('insufficient-funds'),
    asks: await give('needs-authentication'),
    timesOut: await give('times-out'),
    twice: await give('answers-twice'),
  };
});
const books = () => world.house.paymentsSimulation!;
beforeEach(() => changeProviderSettings(books(), { failNextRequests: 0, timeOutNextEffects: 0, webhooks: 'never' }));

const amount = 50_000_000n;
const actor = () => world.cast.shopOwner.actor;
const pay = async (cardId: number, micros = amount) => {
  const paymentId = must(await topUp(world.house, actor(), ownerId, micros, newKey(), { cardId }));
  return look(paymentId);
};
const look = async (paymentId: number) => (await findPayment(world.house.db, ownerId, paymentId))!;

/** What a work did: to our balance and postings, and at the provider. */
async function effectsOf(work: () => Promise<unknown>) {
  const read = async () => ({
    balance: (await findBalance(world.house.db, ownerId)).availableMicros,
    postings: Number(
      (
        await world.house.pool.query("select count(*) as n from posting where owner_id = $1 and cause = 'payment'", [
          ownerId,
        ])
      ).rows[0].n,
    ),
    taken: (await countMoneyMoved(books(), ownerId)).taken,
  });
  const before = await read();
  await work();
  const after = await read();
  assert.deepEqual(await findDriftedWallets(world.house.db), []);
  return {
    balance: after.balance - before.balance,
    postings: after.postings - before.postings,
    taken: after.taken - before.taken,
  };
}
const once = { balance: amount, postings: 1, taken: 1 };
const never = { balance: 0n, postings: 0, taken: 0 };

/** The worker, until nothing is under way; pauses pass in no time. */
async function workItOut(): Promise<void> {
  for (let round = 0; round < 12; round += 1) {
    await sendPayments(world.house);
    const open = (await findPayments(world.house.db, ownerId, 50)).filter(
      (each) => !each.succeededAt && !each.failedAt,
    );
    if (open.length === 0) return;
    await world.travel(20 / 86_400);
  }
}

/** What the provider would tell of a payment, as it wrote it down; signed by Stripe's own helper. */
async function eventsOf(paymentId: number): Promise<string[]> {
  const { rows } = await books().query<{ body: string }>(
    `select body from simulated_payments.event where body::jsonb #>> '{data,object,metadata,payment_id}' = $1 order by made_at`,
    [String(paymentId)],
  );
  return rows.map((row) => row.body);
}
const secret = async () => (await readMerchant(books())).webhookSecret;
const seconds = () => Math.floor(Date.now() / 1000);
async function tell(payload: string, signature?: string): Promise<number> {
  const signed =
    signature ?? Stripe.webhooks.generateTestHeaderString({ payload, secret: await secret(), timestamp: seconds() });
  const response = await world.ask(null, {
    method: 'POST',
    url: '/payments/webhooks',
    headers: { 'content-type': 'application/json; charset=utf-8', 'stripe-signature': signed },
    payload,
  });
  return response.statusCode;
}

describe('a top-up', () => {
  test('is paid by the card that was chosen, and has a receipt', async () => {
    const effects = await effectsOf(async () => {
      const payment = await pay(cards.pays);
      assert.ok(payment.succeededAt);
      assert.equal(payment.attempts, 1);
    });
    assert.deepEqual(effects, once);
  });

  test('declined: nothing is taken, nothing is posted, and it says why', async () => {
    const effects = await effectsOf(async () => {
      const payment = await pay(cards.declines);
      assert.match(payment.failure!, /enough money/);
      await workItOut();
    });
    assert.deepEqual(effects, never);
  });

  test('two at once are two payments; one form sent five times is one', async () => {
    assert.deepEqual(await effectsOf(() => Promise.all([pay(cards.pays), pay(cards.twice)])), {
      balance: 2n * amount,
      postings: 2,
      taken: 2,
    });
    const key = newKey();
    const same = () => topUp(world.house, actor(), ownerId, amount, key, { cardId: cards.pays });
    assert.deepEqual(await effectsOf(() => Promise.all([same(), same(), same(), same(), same()])), once);
    const other = await topUp(world.house, actor(), ownerId, 2n * amount, key, { cardId: cards.pays });
    assert.equal(!other.ok && other.refusal.code, 'key-reused');
  });

  test('absurd amounts, another currency, somebody else’s card: refused before anybody is asked', async () => {
    const refused = async (micros: bigint, wish: { cardId?: number; currency?: string } = {}) => {
      const decision = await topUp(world.house, actor(), ownerId, micros, newKey(), wish);
      return decision.ok ? 'ok' : decision.refusal.code;
    };
    const effects = await effectsOf(async () => {
      for (const micros of [0n, -amount, 9_990_000n, 10_000_010_000n, 10_000_001n])
        assert.equal(await refused(micros), 'invalid-input');
      assert.equal(await refused(amount, { currency: 'EUR' }), 'currency-mismatch');
      const [neighbors] = await findCards(world.house.db, world.neighborId);
      assert.equal(await refused(amount, { cardId: neighbors!.cardId }), 'no-card');
    });
    assert.deepEqual(effects, never);
  });
});

describe('a provider that fails', () => {
  test('times out after taking the money: it is found by its key, and posted once', async () => {
    const effects = await effectsOf(async () => {
      const payment = await pay(cards.timesOut);
      assert.equal(payment.succeededAt, null);
      assert.match(payment.lastError!, /did not answer in time/);
      await workItOut();
      assert.equal((await look(payment.paymentId)).attempts, 2);
    });
    assert.deepEqual(effects, once);
  });

  test('is down, and comes back: the worker asks again with the same key', async () => {
    await takeProviderDown(books(), 60);
    const effects = await effectsOf(async () => {
      const payment = await pay(cards.pays);
      assert.match(payment.lastError!, /not available/);
      await takeProviderDown(books(), 0);
      await workItOut();
      assert.ok((await look(payment.paymentId)).succeededAt);
    });
    assert.deepEqual(effects, once);
  });

  test('fails before anything, then times out after: one effect all the same', async () => {
    await changeProviderSettings(books(), { failNextRequests: 1, timeOutNextEffects: 1 });
    const effects = await effectsOf(async () => {
      await pay(cards.pays);
      await workItOut();
    });
    assert.deepEqual(effects, once);
  });

  test('killed between taking and posting: the lease ends, and another worker finds what was taken', async () => {
    await takeProviderDown(books(), 60);
    const payment = await pay(cards.pays);
    await takeProviderDown(books(), 0);
    const effects = await effectsOf(async () => {
      await world.travel(1 / 24);
      const key = { ownerId, paymentId: payment.paymentId };
      const [leased] = await record(world.house.db, (tx, now) => leasePayments(tx, now, 15, 1, key));
      // All that the killed one still did: the provider took the money, and nobody wrote it down.
      await world.house.payments.pay({
        ownerId,
        paymentId: payment.paymentId,
        providerCustomerId: leased!.providerCustomerId,
        providerMethodId: leased!.providerMethodId,
        amountCents: 5_000n,
        currency: 'USD',
        description: `Switchhook payment ${ownerId}-${payment.paymentId}`,
        idempotencyKey: leased!.idempotencyKey,
        returnUrl: `${leased!.billingUrl}/payments/${payment.paymentId}/return`,
      });
      assert.equal((await look(payment.paymentId)).succeededAt, null);
      await sendPayments(world.house);
      assert.equal((await look(payment.paymentId)).succeededAt, null, 'the lease holds');
      await workItOut();
    });
    assert.deepEqual(effects, once);
  });

  test('a card that the provider forgot while it was down: after an hour it is over, and nothing waits for it', async () => {
    const cardId = await giveTestCard(world.house, ownerId, 'mastercard');
    const effects = await effectsOf(async () => {
      await takeProviderDown(books(), 60);
      const { paymentId } = await pay(cardId);
      await takeProviderDown(books(), 0);
      const card = (await findCards(world.house.db, ownerId)).find((each) => each.cardId === cardId)!;
      await world.house.payments.forgetMethod(card.providerMethodId);
      await workItOut();
      assert.equal((await look(paymentId)).failedAt, null);
      await world.travel(1.1 / 24);
      await sendPayments(world.house);
      assert.match((await look(paymentId)).failure!, /does not have this card/);
    });
    assert.deepEqual(effects, never);
  });

  test('a payment that was never sent is given up when the account is closed; nothing is taken', async () => {
    const neighbor = world.neighborId;
    await takeProviderDown(books(), 3_600);
    const [card] = await findCards(world.house.db, neighbor);
    const { recordPayment } = await import('./store.ts');
    const ask = () => {
      const asked = { cause: 'top-up', idempotencyKey: newKey(), billingUrl: null, askedBy: null } as const;
      return record(world.house.db, (tx, now) =>
        recordPayment(tx, { card: card!, amountMicros: amount, currency: 'USD', ...asked }, now),
      );
    };
    const sentId = await ask();
    await sendPayments(world.house);
    const paymentId = await ask();
    const { hash: planHash, terms } = must(await offerClosing(world.house.db, neighbor, await world.now()));
    must(
      await closeAccount(world.house, world.cast.neighbor.actor, neighbor, { planHash, terms, why: null }, newKey()),
    );
    await takeProviderDown(books(), 0);
    await sendPayments(world.house);
    assert.match((await findPayment(world.house.db, neighbor, paymentId))!.failure!, /closed before/);
    const sent = async () => (await findPayment(world.house.db, neighbor, sentId))!;
    await world.travel(2 / 1_440);
    await sendPayments(world.house);
    assert.deepEqual([(await sent()).succeededAt, (await sent()).failedAt], [null, null], 'looked for a while');
    await world.travel(1 / 24);
    await sendPayments(world.house);
    assert.match((await sent()).failure!, /closed before/);
    assert.equal((await countMoneyMoved(books(), neighbor)).taken, 0);
  });
});

describe('the bank asks first', () => {
  for (const agrees of [true, false])
    test(`and the person ${agrees ? 'agrees' : 'does not'}`, async () => {
      const effects = await effectsOf(async () => {
        const payment = await pay(cards.asks);
        assert.match(payment.authenticateUrl!, /\/simulated-payments\/bank\/pi_/);
        await answerBank(books(), payment.providerPaymentId!, agrees);
        const back = `/accounts/${ownerId}/billing/payments/${payment.paymentId}/return`;
        const response = await world.ask(world.cast.shopOwner, { method: 'GET', url: back });
        assert.equal(response.statusCode, 303);
        const ended = await look(payment.paymentId);
        assert.equal(ended.succeededAt !== null, agrees);
        assert.equal(ended.authenticateUrl, null);
      });
      assert.deepEqual(effects, agrees ? once : never);
    });

  test('and nobody goes there: after an hour it is given up', async () => {
    const effects = await effectsOf(async () => {
      const payment = await pay(cards.asks);
      await world.travel(59 / 1_440);
      await sendPayments(world.house);
      assert.equal((await look(payment.paymentId)).failedAt, null);
      await world.travel(1 / 1_440);
      await sendPayments(world.house);
      assert.match((await look(payment.paymentId)).failure!, /in time/);
      await answerBank(books(), payment.providerPaymentId!, true);
    });
    assert.deepEqual(effects, never);
  });
});

describe('webhooks', () => {
  test('told while the answer was lost, twice: posted once', async () => {
    const effects = await effectsOf(async () => {
      const payment = await pay(cards.timesOut);
      const [event] = await eventsOf(payment.paymentId);
      assert.equal(await tell(event!), 200);
      assert.ok((await look(payment.paymentId)).succeededAt);
      assert.equal(await tell(event!), 200);
      await workItOut();
    });
    assert.deepEqual(effects, once);
  });

  test('ten at once, and the worker between them: posted once', async () => {
    const effects = await effectsOf(async () => {
      const payment = await pay(cards.timesOut);
      const [event] = await eventsOf(payment.paymentId);
      await Promise.all([...Array.from({ length: 10 }, () => tell(event!)), workItOut()]);
    });
    assert.deepEqual(effects, once);
  });

  test('forged, with another secret, old, or with one byte changed: refused, and nothing happens', async () => {
    await takeProviderDown(books(), 60);
    const payment = await pay(cards.pays);
    await takeProviderDown(books(), 0);
    const payload = JSON.stringify({
      id: 'evt_forged',
      object: 'event',
      type: 'payment_intent.succeeded',
      data: {
        object: {
          id: 'pi_forged',
          object: 'payment_intent',
          amount: 5_000,
          amount_received: 5_000,
          currency: 'usd',
          status: 'succeeded',
          metadata: { owner_id: String(ownerId), payment_id: String(payment.paymentId) },
        },
      },
    });
    const sign = (over: object) =>
      Stripe.webhooks.generateTestHeaderString({ payload, secret: 'whsec_guessed', timestamp: seconds(), ...over });
    const real = await secret();
    const effects = await effectsOf(async () => {
      assert.equal(await tell(payload, sign({})), 400);
      assert.equal(await tell(payload, ''), 400);
      assert.equal(await tell(payload, sign({ secret: real, timestamp: seconds() - 301 })), 400);
      assert.equal(await tell(payload.replace('5000', '5001'), sign({ secret: real })), 400);
      assert.equal(await tell('not even JSON', sign({ secret: real, payload: 'not even JSON' })), 400);
      assert.equal((await look(payment.paymentId)).succeededAt, null);
    });
    assert.deepEqual(effects, never);
    assert.deepEqual(await effectsOf(workItOut), once, 'and the real one goes on');
  });

  test('signed, and of another amount, another currency, or a payment that nobody asked for: refused and logged', async () => {
    await takeProviderDown(books(), 60);
    const { paymentId } = await pay(cards.pays);
    await takeProviderDown(books(), 0);
    const told = (over: object, metadata: object = {}) =>
      tell(
        JSON.stringify({
          id: 'evt_1',
          object: 'event',
          type: 'payment_intent.succeeded',
          data: {
            object: {
              ...{ id: 'pi_1', amount: 5_000, amount_received: 5_000, currency: 'usd', status: 'succeeded', ...over },
              metadata: { owner_id: String(ownerId), payment_id: String(paymentId), ...metadata },
            },
          },
        }),
      );
    const effects = await effectsOf(async () => {
      assert.equal(await told({ amount: 500_000, amount_received: 500_000 }), 200);
      assert.match((await look(paymentId)).lastError!, /500000 cents instead of 5000/);
      assert.equal(await told({ currency: 'eur' }), 200);
      assert.match((await look(paymentId)).lastError!, /EUR instead of USD/);
      assert.equal(await told({}, { payment_id: '999999' }), 200);
      assert.equal(await told({}, { owner_id: String(world.neighborId) }), 200);
    });
    assert.deepEqual(effects, never);
    await world.travel(1 / 24);
    assert.deepEqual(await effectsOf(workItOut), once);
  });

  test('never: the worker looks by itself, also after the bank', async () => {
    const effects = await effectsOf(async () => {
      const payment = await pay(cards.asks);
      await answerBank(books(), payment.providerPaymentId!, true);
      await workItOut();
      assert.ok((await look(payment.paymentId)).succeededAt);
    });
    assert.deepEqual(effects, once);
  });

  test('what is declined late does not undo what was paid', async () => {
    const payment = await pay(cards.pays);
    const [event] = await eventsOf(payment.paymentId);
    const declined = event!
      .replace('payment_intent.succeeded', 'payment_intent.payment_failed')
      .replace('"status":"succeeded"', '"status":"requires_payment_method"');
    assert.deepEqual(await effectsOf(async () => assert.equal(await tell(declined), 200)), never);
    assert.ok((await look(payment.paymentId)).succeededAt);
  });
});

describe('webhooks over real HTTP, from the simulated provider’s own sender', () => {
  before(async () => {
    const app = await world.app();
    const url = await app.listen({ port: 0, host: '127.0.0.1' });
    const { databaseUrl } = world;
    const webhooks = startSimulatedWebhooks({ databaseUrl, url: `${url}/payments/webhooks` });
    atEnd(() => webhooks.stop());
  });
  const allTold = () => until('every event is told', async () => (await countEvents(books())).waiting === 0);

  test('before the answer: the webhook posts, and the answer finds it done', async () => {
    await changeProviderSettings(books(), { webhooks: 'before the answer' });
    const effects = await effectsOf(async () => {
      const payment = await pay(cards.pays);
      assert.ok(payment.succeededAt);
      const { rows } = await books().query('select delivered_at from simulated_payments.event where body like $1', [
        `%"payment_id":"${payment.paymentId}"%`,
      ]);
      assert.ok(rows[0].delivered_at, 'it was told first');
    });
    assert.deepEqual(effects, once);
  });

  test('twice, and the card that answers twice: one posting each', async () => {
    await changeProviderSettings(books(), { webhooks: 'twice' });
    const effects = await effectsOf(async () => {
      await pay(cards.pays);
      await changeProviderSettings(books(), { webhooks: 'soon' });
      await pay(cards.twice);
      await allTold();
    });
    assert.deepEqual(effects, { balance: 2n * amount, postings: 2, taken: 2 });
  });

  test('the answer lost, and told a moment later', async () => {
    await changeProviderSettings(books(), { webhooks: 'soon', timeOutNextEffects: 1 });
    const effects = await effectsOf(async () => {
      const { paymentId } = await pay(cards.pays);
      await until('the webhook', async () => (await look(paymentId)).succeededAt);
    });
    assert.deepEqual(effects, once);
  });
});

test('the page tells what came of it, in a sentence', async () => {
  const send = (card: number) =>
    world.ask(world.cast.shopOwner, {
      ...form({ amount: '50', other: '', card: String(card) }),
      url: `/accounts/${ownerId}/billing/top-ups`,
    });
  const billing = await send(cards.pays);
  assert.equal(billing.headers.location, `/accounts/${ownerId}/billing`);
  const toBank = await send(cards.asks);
  assert.match(String(toBank.headers.location), /\/billing\/payments\/\d+\?go=yes$/);
  const there = await world.ask(world.cast.shopOwner, { method: 'GET', url: String(toBank.headers.location) });
  assert.match(String(there.headers.refresh), /^0; url=http:\/\/switchhook\.test\/simulated-payments\/bank\/pi_/);
  const waiting = await send(cards.timesOut);
  assert.match(String(waiting.headers.location), /\/billing\/payments\/\d+$/);
  const under = await world.ask(world.cast.shopOwner, { method: 'GET', url: String(waiting.headers.location) });
  assert.match(under.body, /under way/);
  assert.match(under.body, /\/live\?since=/, 'and the page hears when it is done');
});
