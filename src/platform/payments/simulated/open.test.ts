import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type pg from 'pg';
import { openDatabase } from '../../../../test/world.ts';
import { migrate } from '../../migrate.ts';
import { describePaymentsContract, isPaymentsError } from '../contract.ts';
import type { Payments } from '../port.ts';
import { openPaymentBooks, readMerchant } from './books.ts';
import { testCards } from './cards.ts';
import { answerBank, giveCard, readBankPage, readSetupPage } from './hosted.ts';
import { openSimulatedPayments } from './open.ts';
import { signEvent } from './sendWebhooks.ts';
import { changeProviderSettings, countEvents, countMoneyMoved, takeProviderDown } from './settings.ts';

const cards = {
  pays: 'visa',
  'insufficient-funds': 'insufficient-funds',
  expired: 'expired',
  'needs-authentication': 'needs-authentication',
};
const publicUrl = 'http://switchhook.test';

async function open(): Promise<{ payments: Payments; pool: pg.Pool; databaseUrl: string; close(): Promise<void> }> {
  const databaseUrl = await openDatabase('empty');
  await migrate(databaseUrl);
  const pool = openPaymentBooks(databaseUrl, 4);
  const payments = openSimulatedPayments({ databaseUrl, publicUrl });
  return {
    payments,
    pool,
    databaseUrl,
    async close() {
      await payments.close();
      await pool.end();
    },
  };
}

describePaymentsContract('the simulated provider', async () => {
  const { payments, pool, close } = await open();
  return {
    payments,
    async cause(trouble) {
      if (trouble === 'none') await changeProviderSettings(pool, { limitNextRequests: 0 });
      if (trouble === 'fail-before-effect') await changeProviderSettings(pool, { failNextRequests: 1 });
      if (trouble === 'lose-answer') await changeProviderSettings(pool, { timeOutNextEffects: 1 });
      if (trouble === 'rate-limit') await changeProviderSettings(pool, { limitNextRequests: 100 });
    },
    async giveCard({ setupId }, card) {
      assert.ok(await giveCard(pool, setupId, cards[card]));
    },
    answerBank: (url, agrees) => answerBank(pool, url.split('/').at(-1)!, agrees),
    countMoves: () => countMoneyMoved(pool),
    async tellOf(id) {
      const wanted = 'providerRefundId' in id ? id.providerRefundId : id.providerPaymentId;
      const { rows } = await pool.query<{ body: string }>(
        `select body from simulated_payments.event where body::jsonb #>> '{data,object,id}' = $1`,
        [wanted],
      );
      const { webhookSecret } = await readMerchant(pool);
      const body = rows[0]!.body;
      return { body: Buffer.from(body), signature: signEvent(body, webhookSecret, Math.floor(Date.now() / 1000)) };
    },
    close,
  };
});

describe('the simulated provider behaves like the outside world', () => {
  let there: Awaited<ReturnType<typeof open>>;
  before(async () => {
    there = await open();
  });
  after(() => there.close());

  let count = 0;
  const cardOf = async (card: string) => {
    count += 1;
    const setup = await there.payments.openSetup({
      ownerId: 7,
      providerCustomerId: null,
      email: 'a@b.example',
      ownerName: 'Anchor Plumbing',
      returnUrl: `${publicUrl}/return`,
      cancelUrl: `${publicUrl}/cancel`,
      idempotencyKey: `setup ${count}`,
    });
    await giveCard(there.pool, setup.setupId, card);
    return (await there.payments.findSetup(setup.setupId)).method!;
  };
  const orderOf = async (card: string, returnUrl: string | null = null) => {
    const { providerCustomerId, providerMethodId } = await cardOf(card);
    count += 1;
    const what = { ownerId: 7, paymentId: count, amountCents: 1_000n, currency: 'USD', description: 'x' };
    return { ...what, providerCustomerId, providerMethodId, idempotencyKey: `payment ${count}`, returnUrl };
  };
  const lastEvent = async () =>
    (
      await there.pool.query<{ deliveries_left: number; due_at: Date | null }>(
        'select deliveries_left, due_at from simulated_payments.event order by made_at desc limit 1',
      )
    ).rows[0]!;

  test('a page is for one card, and comes back with its name', async () => {
    const setup = await there.payments.openSetup({
      ownerId: 7,
      providerCustomerId: null,
      email: 'a@b.example',
      ownerName: 'Anchor Plumbing',
      returnUrl: `${publicUrl}/return?x=1`,
      cancelUrl: `${publicUrl}/cancel`,
      idempotencyKey: 'one page',
    });
    assert.equal(setup.url, `${publicUrl}/simulated-payments/cards/${setup.setupId}`);
    const page = await readSetupPage(there.pool, setup.setupId);
    assert.equal(page?.returnUrl, `${publicUrl}/return?x=1&setup=${setup.setupId}`);
    assert.equal(await giveCard(there.pool, setup.setupId, '4242424242424242'), false);
    assert.equal(await giveCard(there.pool, setup.setupId, 'visa'), true);
    assert.equal(await giveCard(there.pool, setup.setupId, 'expired'), true, 'is done already');
    assert.equal((await there.payments.findSetup(setup.setupId)).method?.last4, '4242');
    assert.equal(await readSetupPage(there.pool, 'cs_test_none'), null);
  });

  test('the card that times out takes the money of its first attempt, and says so when asked again', async () => {
    const order = await orderOf('times-out');
    await assert.rejects(there.payments.pay(order), isPaymentsError('unavailable'));
    assert.equal((await there.payments.pay(order)).state, 'succeeded');
  });

  test('the bank’s page is there while somebody may come back from it, and its answer counts once', async () => {
    const order = await orderOf('needs-authentication', `${publicUrl}/back`);
    const waiting = await there.payments.pay(order);
    const before = await countMoneyMoved(there.pool);
    assert.equal((await readBankPage(there.pool, waiting.providerPaymentId))?.state, 'authentication');
    await answerBank(there.pool, waiting.providerPaymentId, true);
    await answerBank(there.pool, waiting.providerPaymentId, false);
    await answerBank(there.pool, waiting.providerPaymentId, true);
    assert.equal((await there.payments.pay(order)).state, 'succeeded');
    assert.equal((await countMoneyMoved(there.pool)).taken, before.taken + 1);
    assert.equal(await readBankPage(there.pool, 'pi_none'), null);
  });

  test('it tells soon, twice, late or never, as it is set', async () => {
    for (const [webhooks, deliveries] of [
      ['soon', 1],
      ['twice', 2],
      ['late', 1],
      ['never', 0],
    ] as const) {
      await changeProviderSettings(there.pool, { webhooks });
      await there.payments.pay(await orderOf('visa'));
      const { deliveries_left, due_at } = await lastEvent();
      assert.equal(deliveries_left, deliveries, webhooks);
      assert.equal(due_at === null, webhooks === 'never');
    }
    await changeProviderSettings(there.pool, { webhooks: 'soon' });
    await there.payments.pay(await orderOf('answers-twice'));
    assert.equal((await lastEvent()).deliveries_left, 2);
    const events = await countEvents(there.pool);
    assert.equal(events.told, 0, 'nobody sends them here');
    assert.ok(events.untold >= 1 && events.waiting >= 4);
  });

  test('it can be down and slow', async () => {
    await takeProviderDown(there.pool, 60);
    await assert.rejects(there.payments.checkAccess(), isPaymentsError('unavailable'));
    await takeProviderDown(there.pool, 0);
    await changeProviderSettings(there.pool, { latencyMs: 120 });
    const began = performance.now();
    await there.payments.checkAccess();
    assert.ok(performance.now() - began >= 115);
    await changeProviderSettings(there.pool, { latencyMs: 0 });
  });

  test('a database that is away is a provider that is away', async () => {
    const nowhere = openSimulatedPayments({ databaseUrl: 'postgres://nobody@127.0.0.1:1/none', publicUrl });
    await assert.rejects(nowhere.checkAccess(), isPaymentsError('unavailable'));
    await nowhere.close();
  });

  test('no test card has more of a number than its last four digits', () => {
    assert.doesNotMatch(JSON.stringify(testCards), /\d{5,}/);
  });
});
