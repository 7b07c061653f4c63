import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  type PaymentOrder,
  type Payments,
  PaymentsError,
  type PaymentsErrorKind,
  type ProviderMethod,
  type SetupOrder,
} from './port.ts';

export type Trouble =
  /** The next request fails, and nothing happens. */
  | 'fail-before-effect'
  /** The next request that moves money does, and its answer is lost. */
  | 'lose-answer'
  /** Every request is turned away until `none`. */
  | 'rate-limit'
  | 'none';

/** Cards by what they do; every provider has its own that do so. */
export type CardUnderTest = 'pays' | 'insufficient-funds' | 'expired' | 'needs-authentication';

export type PaymentsUnderTest = {
  payments: Payments;
  cause(trouble: Trouble): Promise<void>;
  /** A person picks a card on the provider's page. */
  giveCard(setup: { setupId: string; url: string }, card: CardUnderTest): Promise<void>;
  /** A person agrees at their bank, or does not. */
  answerBank(authenticateUrl: string, agrees: boolean): Promise<void>;
  /** How often money was taken, and given back. */
  countMoves(): Promise<{ taken: number; givenBack: number }>;
  /** What the provider tells us of a payment or refund, signed with our secret now. */
  tellOf(
    id: { providerPaymentId: string } | { providerRefundId: string },
  ): Promise<{ body: Buffer; signature: string }>;
  close(): Promise<void>;
};

/** What every door behind the port does, whoever is on the other side. */
export function describePaymentsContract(name: string, makePayments: () => Promise<PaymentsUnderTest>): void {
  describe(`${name} keeps the payments contract`, () => {
    let under: PaymentsUnderTest;
    let payments: Payments;
    before(async () => {
      under = await makePayments();
      payments = under.payments;
    });
    after(() => under.close());

    let count = 0;
    const key = (what: string) => `${what} ${++count}`;
    const setupOf = (over: Partial<SetupOrder> = {}): SetupOrder => ({
      ownerId: 7,
      providerCustomerId: null,
      email: 'owner@anchor.example',
      ownerName: 'Anchor Plumbing',
      returnUrl: 'https://calls.example/accounts/7/billing/cards/return',
      cancelUrl: 'https://calls.example/accounts/7/billing',
      idempotencyKey: key('setup'),
      ...over,
    });
    const cardOf = async (card: CardUnderTest): Promise<ProviderMethod> => {
      const setup = await payments.openSetup(setupOf());
      await under.giveCard(setup, card);
      const { method } = await payments.findSetup(setup.setupId);
      assert.ok(method);
      return method;
    };
    const orderOf = async (card: CardUnderTest, over: Partial<PaymentOrder> = {}): Promise<PaymentOrder> => {
      const { providerCustomerId, providerMethodId } = await cardOf(card);
      count += 1;
      return {
        ownerId: 7,
        paymentId: count,
        providerCustomerId,
        providerMethodId,
        amountCents: 2_500n,
        currency: 'USD',
        description: 'A top-up',
        idempotencyKey: key('payment'),
        returnUrl: null,
        ...over,
      };
    };
    const takenBy = async (work: () => Promise<unknown>): Promise<number> => {
      const before = await under.countMoves();
      await work();
      return (await under.countMoves()).taken - before.taken;
    };

    test('it says who we are to it, or why it does not', async () => {
      const { accountName, status } = await payments.checkAccess();
      assert.ok(accountName !== '');
      assert.equal(status, 'active');
      await under.cause('fail-before-effect');
      await assert.rejects(payments.checkAccess(), isPaymentsError('unavailable'));
    });

    test('a page for a card: one per key, its owner comes back with the card, and no number does', async () => {
      const order = setupOf();
      const setup = await payments.openSetup(order);
      assert.deepEqual(await payments.openSetup(order), setup);
      assert.deepEqual(await payments.findSetup(setup.setupId), { ownerId: 7, method: null });
      await under.giveCard(setup, 'pays');
      const { ownerId, method } = await payments.findSetup(setup.setupId);
      assert.equal(ownerId, 7);
      assert.match(method!.last4, /^\d{4}$/);
      assert.equal(method!.brand, 'visa');
      assert.ok(method!.expiresMonth >= 1 && method!.expiresMonth <= 12 && method!.expiresYear > 2000);
      // The provider's ids are made of hexadecimal digits, of which a dozen may well be decimal.
      const { providerCustomerId, providerMethodId, ...shown } = method!;
      assert.ok(providerCustomerId && providerMethodId);
      assert.doesNotMatch(JSON.stringify(shown), /\d{12,}/);
      await assert.rejects(payments.openSetup({ ...order, ownerId: 8 }), isPaymentsError('invalid'));
      await assert.rejects(payments.findSetup('cs_test_none'), isPaymentsError('invalid'));
    });

    test('a second card belongs to the same customer', async () => {
      const first = await cardOf('pays');
      const setup = await payments.openSetup(setupOf({ providerCustomerId: first.providerCustomerId }));
      await under.giveCard(setup, 'expired');
      const { method } = await payments.findSetup(setup.setupId);
      assert.equal(method!.providerCustomerId, first.providerCustomerId);
      assert.notEqual(method!.providerMethodId, first.providerMethodId);
    });

    test('the same key takes the money once: again, many at once, and with anything else it is refused', async () => {
      const order = await orderOf('pays');
      const taken = await takenBy(async () => {
        const paid = await payments.pay(order);
        assert.equal(paid.state, 'succeeded');
        assert.equal(paid.amountCents, 2_500n);
        assert.equal(paid.currency, 'USD');
        assert.deepEqual([paid.ownerId, paid.paymentId], [7, order.paymentId]);
        const again = await Promise.all([1, 2, 3].map(() => payments.pay(order)));
        for (const each of again) assert.deepEqual(each, paid);
        await assert.rejects(payments.pay({ ...order, amountCents: 2_501n }), isPaymentsError('invalid'));
        assert.deepEqual(await payments.findPayment({ idempotencyKey: order.idempotencyKey }), paid);
        assert.deepEqual(await payments.findPayment({ providerPaymentId: paid.providerPaymentId }), paid);
      });
      assert.equal(taken, 1);
      assert.equal(await payments.findPayment({ idempotencyKey: 'never used' }), null);
      assert.equal(await payments.findPayment({ providerPaymentId: `pi_${'0'.repeat(24)}` }), null);
    });

    for (const [card, code] of [
      ['insufficient-funds', 'insufficient_funds'],
      ['expired', 'expired_card'],
    ] as const) {
      test(`a decline is an answer, for good: ${card}`, async () => {
        const order = await orderOf(card);
        const taken = await takenBy(async () => {
          const declined = await payments.pay(order);
          assert.ok(declined.state === 'declined');
          assert.equal(declined.declineCode, code);
          assert.match(declined.declineSentence, /^[A-Z].*\.$/);
          assert.deepEqual(await payments.pay(order), declined);
        });
        assert.equal(taken, 0);
      });
    }

    test('a bank that asks first: nobody is there, so it declines', async () => {
      const declined = await payments.pay(await orderOf('needs-authentication'));
      assert.ok(declined.state === 'declined');
      assert.equal(declined.declineCode, 'authentication_required');
    });

    for (const agrees of [true, false]) {
      test(`a bank that asks first, and a person who ${agrees ? 'agrees' : 'does not'}`, async () => {
        const returnUrl = 'https://calls.example/accounts/7/billing/payments/1/return';
        const order = await orderOf('needs-authentication', { returnUrl });
        const taken = await takenBy(async () => {
          const waiting = await payments.pay(order);
          assert.ok(waiting.state === 'authentication');
          assert.match(waiting.authenticateUrl, /^https?:/);
          await under.answerBank(waiting.authenticateUrl, agrees);
          const ended = await payments.findPayment(waiting);
          assert.equal(ended!.state, agrees ? 'succeeded' : 'declined');
        });
        assert.equal(taken, agrees ? 1 : 0);
      });
    }

    test('a payment that nobody went to the bank for is given up, and one that succeeded is not', async () => {
      const order = await orderOf('needs-authentication', { returnUrl: 'https://calls.example/back' });
      const waiting = await payments.pay(order);
      const given = await payments.abandonPayment(waiting.providerPaymentId);
      assert.ok(given.state === 'declined');
      assert.equal(given.declineCode, 'abandoned');
      const paid = await payments.pay(await orderOf('pays'));
      assert.deepEqual(await payments.abandonPayment(paid.providerPaymentId), paid);
    });

    test('a payment whose answer was lost is found by its key, and taken once', async () => {
      const order = await orderOf('pays');
      const taken = await takenBy(async () => {
        await under.cause('lose-answer');
        await assert.rejects(payments.pay(order), isPaymentsError('unavailable'));
        const found = await payments.findPayment({ idempotencyKey: order.idempotencyKey });
        assert.equal(found?.state, 'succeeded');
        assert.deepEqual(await payments.pay(order), found);
      });
      assert.equal(taken, 1);
    });

    test('a payment that failed before anything happened left nothing', async () => {
      const order = await orderOf('pays');
      await under.cause('fail-before-effect');
      await assert.rejects(payments.pay(order), isPaymentsError('unavailable'));
      assert.equal(await payments.findPayment({ idempotencyKey: order.idempotencyKey }), null);
      assert.equal((await payments.pay(order)).state, 'succeeded');
    });

    test('the rate limit says when to come back', async () => {
      await under.cause('rate-limit');
      try {
        await assert.rejects(payments.checkAccess(), (error: unknown) => {
          assert.ok(isPaymentsError('rate-limited')(error));
          return Number.isInteger((error as PaymentsError).retryAfterSeconds);
        });
      } finally {
        await under.cause('none');
      }
    });

    test('a part goes back once per key, and never more than was taken', async () => {
      const paid = await payments.pay(await orderOf('pays'));
      const { providerPaymentId } = paid;
      const part = (amountCents: bigint, idempotencyKey: string) => ({
        ...{ ownerId: 7, refundPartId: 3, providerPaymentId, amountCents, currency: 'USD', idempotencyKey },
      });
      const before = await under.countMoves();
      const first = part(1_000n, key('refund'));
      const given = await payments.refund(first);
      assert.equal(given.state, 'succeeded');
      assert.equal(given.amountCents, 1_000n);
      assert.deepEqual([given.ownerId, given.refundPartId, given.providerPaymentId], [7, 3, providerPaymentId]);
      assert.deepEqual(await payments.refund(first), given);
      await assert.rejects(payments.refund({ ...first, amountCents: 999n }), isPaymentsError('invalid'));
      await assert.rejects(payments.refund(part(1_501n, key('refund'))), isPaymentsError('invalid'));
      await assert.rejects(
        payments.refund({ ...part(1n, key('refund')), currency: 'EUR' }),
        isPaymentsError('invalid'),
      );
      await under.cause('lose-answer');
      const rest = part(1_500n, key('refund'));
      await assert.rejects(payments.refund(rest), isPaymentsError('unavailable'));
      const found = await payments.findRefund({ idempotencyKey: rest.idempotencyKey });
      assert.ok(found);
      assert.deepEqual(await payments.refund(rest), found);
      assert.deepEqual(await payments.findRefund(found), found);
      assert.equal(await payments.findRefund({ idempotencyKey: 'never used' }), null);
      await assert.rejects(payments.refund(part(1n, key('refund'))), isPaymentsError('invalid'));
      assert.equal((await under.countMoves()).givenBack - before.givenBack, 2);
      const whole = await payments.findPayment({ providerPaymentId });
      assert.ok(whole?.state === 'succeeded');
      assert.equal(whole.refundedCents, 2_500n);
    });

    test('a card that is forgotten pays nothing any more; forgetting it again is done', async () => {
      const order = await orderOf('pays');
      await payments.forgetMethod(order.providerMethodId);
      await payments.forgetMethod(order.providerMethodId);
      await assert.rejects(payments.pay(order), isPaymentsError('invalid'));
    });

    test('absurd orders are refused before anybody is asked', async () => {
      const order = await orderOf('pays');
      for (const wrong of [
        { amountCents: 0n },
        { amountCents: -100n },
        { amountCents: 100_000_000n },
        { currency: 'usd' },
        { currency: 'DOLLARS' },
        { idempotencyKey: '' },
        { returnUrl: 'javascript:alert(1)' },
      ])
        await assert.rejects(
          payments.pay({ ...order, ...wrong }),
          isPaymentsError('invalid'),
          JSON.stringify(Object.keys(wrong)),
        );
    });

    test('what the provider tells us reads as what it answers; anything unsigned is refused', async () => {
      const paid = await payments.pay(await orderOf('pays'));
      const { body, signature } = await under.tellOf(paid);
      const event = await payments.readWebhook(body, signature);
      assert.ok(event?.kind === 'payment');
      assert.deepEqual(event.payment, paid);
      const money = { amountCents: 700n, currency: 'USD', idempotencyKey: key('refund') };
      const given = await payments.refund({
        ownerId: 7,
        refundPartId: 4,
        providerPaymentId: paid.providerPaymentId,
        ...money,
      });
      const told = await under.tellOf(given);
      const refunded = await payments.readWebhook(told.body, told.signature);
      assert.ok(refunded?.kind === 'refund');
      assert.deepEqual(refunded.refund, given);
      const changed = Buffer.from(body.toString().replace('2500', '9500'));
      for (const [wrongBody, wrongSignature] of [
        [body, undefined],
        [body, ''],
        [body, 't=1,v1=00'],
        [body, told.signature],
        [changed, signature],
      ] as const)
        await assert.rejects(payments.readWebhook(wrongBody, wrongSignature), isPaymentsError('invalid'));
    });
  });
}

export function isPaymentsError(kind: PaymentsErrorKind): (error: unknown) => boolean {
  return (error) => error instanceof PaymentsError && error.kind === kind && error.message.endsWith('.');
}
