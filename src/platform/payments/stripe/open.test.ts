import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { inspect } from 'node:util';
import { Stripe } from 'stripe';
import { describePaymentsContract, isPaymentsError } from '../contract.ts';
import type { PaymentOrder, Payments } from '../port.ts';
import { type Imitation, startImitation } from './imitation.ts';
import { openStripePayments } from './open.ts';

const timeoutMs = 2_500;
const webhookSecret = 'whsec_of_a_test';

const openDoor = (imitation: Imitation, over: { secretKey?: string } = {}): Payments =>
  openStripePayments({ secretKey: imitation.secretKey, webhookSecret, apiUrl: imitation.url, timeoutMs, ...over });

const eventOf = (type: string, object: unknown) =>
  JSON.stringify({ id: 'evt_1', object: 'event', type, data: { object } });
const sign = (payload: string, secret = webhookSecret, timestamp = Math.floor(Date.now() / 1000)) =>
  Stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp });

for (const lost of ['drop', 'hang'] as const) {
  describePaymentsContract(`the Stripe door, over answers that ${lost},`, async () => {
    const imitation = await startImitation();
    const payments = openDoor(imitation);
    const troubles = {
      none: 'none',
      'fail-before-effect': 'fail',
      'lose-answer': lost,
      'rate-limit': 'limit',
    } as const;
    return {
      payments,
      async cause(trouble) {
        imitation.trouble = troubles[trouble];
      },
      async giveCard({ setupId }, card) {
        imitation.giveCard(setupId, card);
      },
      async answerBank(url, agrees) {
        imitation.answerBank(url, agrees);
      },
      countMoves: async () => ({
        taken: imitation.moves.filter((each) => each.kind === 'take').length,
        givenBack: imitation.moves.filter((each) => each.kind === 'give back').length,
      }),
      async tellOf(id) {
        const isRefund = 'providerRefundId' in id;
        const object = imitation.objectOf(isRefund ? id.providerRefundId : id.providerPaymentId);
        const body = eventOf(isRefund ? 'refund.updated' : 'payment_intent.succeeded', object);
        return { body: Buffer.from(body), signature: sign(body) };
      },
      async close() {
        await payments.close();
        await imitation.close();
      },
    };
  });
}

describe('the Stripe door', () => {
  let imitation: Imitation;
  let payments: Payments;
  before(async () => {
    imitation = await startImitation();
    payments = openDoor(imitation);
  });
  beforeEach(() => {
    imitation.trouble = 'none';
  });
  after(async () => {
    await payments.close();
    await imitation.close();
  });

  let count = 0;
  const orderOf = async (returnUrl: string | null = null): Promise<PaymentOrder> => {
    count += 1;
    const setup = await payments.openSetup({
      ownerId: 7,
      providerCustomerId: null,
      email: 'owner@anchor.example',
      ownerName: 'Anchor Plumbing',
      returnUrl: 'https://calls.example/return',
      cancelUrl: 'https://calls.example/cancel',
      idempotencyKey: `setup ${count}`,
    });
    imitation.giveCard(setup.setupId, 'pays');
    const { providerCustomerId, providerMethodId } = (await payments.findSetup(setup.setupId)).method!;
    const money = { amountCents: 2_500n, currency: 'USD', description: 'A top-up', idempotencyKey: `payment ${count}` };
    return { ownerId: 7, paymentId: count, providerCustomerId, providerMethodId, ...money, returnUrl };
  };
  const sentTo = (path: string) => imitation.requests.filter((each) => each.path === path).at(-1)!;

  test('the page asks for a card alone, and names the page to come back to by Stripe’s mark', async () => {
    await orderOf();
    const { form, key } = sentTo('/v1/checkout/sessions');
    assert.equal(form.get('mode'), 'setup');
    assert.equal(form.get('allowed_payment_method_types[0]'), 'card');
    assert.equal(form.get('success_url'), 'https://calls.example/return?setup={CHECKOUT_SESSION_ID}');
    assert.equal(form.get('metadata[owner_id]'), '7');
    assert.equal(key, `setup ${count}`);
    assert.equal(sentTo('/v1/customers').key, `setup ${count} customer`);
  });

  test('somebody who is there may be sent to the bank; nobody is not', async () => {
    await payments.pay(await orderOf('https://calls.example/back'));
    const there = sentTo('/v1/payment_intents');
    assert.equal(there.form.get('return_url'), 'https://calls.example/back');
    assert.equal(there.form.get('off_session'), null);
    await payments.pay(await orderOf());
    const alone = sentTo('/v1/payment_intents');
    assert.equal(alone.form.get('off_session'), 'true');
    assert.equal(alone.form.get('confirm'), 'true');
    assert.equal(alone.form.get('amount'), '2500');
    assert.equal(alone.form.get('currency'), 'usd');
    assert.equal(alone.form.get('metadata[payment_id]'), String(count));
    assert.equal(alone.form.get('metadata[idempotency_key]'), alone.key);
  });

  test('an answer that is no answer, and a key that does not fit, say so without saying the key', async () => {
    const order = await orderOf();
    imitation.trouble = 'mumble';
    await assert.rejects(payments.pay(order), isPaymentsError('unavailable'));
    imitation.trouble = 'forbid';
    await assert.rejects(payments.pay(order), isPaymentsError('refused'));
    imitation.trouble = 'none';
    const wrong = openDoor(imitation, { secretKey: 'sk_test_somebody_else' });
    await assert.rejects(wrong.pay(order), (error: unknown) => {
      assert.ok(isPaymentsError('refused')(error));
      assert.doesNotMatch(inspect(error, { depth: 10 }), /somebody_else/);
      return true;
    });
    assert.equal((await payments.pay(order)).state, 'succeeded');
  });

  test('nothing is sent twice by the library itself', async () => {
    const order = await orderOf();
    const before = imitation.requests.length;
    imitation.trouble = 'hang';
    await assert.rejects(payments.pay(order), isPaymentsError('unavailable'));
    assert.equal(imitation.requests.length, before + 1);
  });

  test('a webhook: wrong secret, old, one byte changed, another scheme: refused; what is not ours: nothing', async () => {
    const paid = await payments.pay(await orderOf());
    const body = eventOf('payment_intent.succeeded', imitation.objectOf(paid.providerPaymentId));
    const read = (text: string, signature: string) => payments.readWebhook(Buffer.from(text), signature);
    assert.equal((await read(body, sign(body)))?.eventId, 'evt_1');
    const old = Math.floor(Date.now() / 1000) - 301;
    for (const signature of [
      sign(body, 'whsec_another'),
      sign(body, webhookSecret, old),
      sign(body).replace('v1=', 'v0='),
    ])
      await assert.rejects(read(body, signature), isPaymentsError('invalid'));
    await assert.rejects(read(body.replace('2500', '2501'), sign(body)), isPaymentsError('invalid'));
    const foreign = eventOf('payment_intent.succeeded', {
      ...(imitation.objectOf(paid.providerPaymentId) as object),
      metadata: {},
    });
    assert.equal(await read(foreign, sign(foreign)), null);
    const other = eventOf('customer.created', { id: 'cus_1' });
    assert.equal(await read(other, sign(other)), null);
  });
});
