import type { FastifyInstance } from 'fastify';
import type { Tx } from '../../platform/db.ts';
import type { House } from '../../platform/house.ts';
import { record } from '../../platform/operation.ts';
import { PaymentsError, type ProviderDispute, type ProviderRefund } from '../../platform/payments/port.ts';
import { settleDispute } from './settleDispute.ts';
import { settlePayment } from './settlePayment.ts';

/** What others do with what the provider tells; handed in, since refunds stand elsewhere. */
export interface WebhookHandlers {
  refund(tx: Tx, now: Date, refund: ProviderRefund): Promise<void>;
}

/**
 * The payment provider's door: every event is signed over its very bytes. 400 for what is not, and 200 for everything else,
 * whatever comes of it: an event that was told before, or that fits nothing here, is not worth telling again.
 */
export function registerPaymentWebhooks(app: FastifyInstance, house: House, handlers: WebhookHandlers): void {
  app.register(async (door) => {
    door.removeAllContentTypeParsers();
    door.addContentTypeParser('*', { parseAs: 'buffer' }, (_, body, done) => done(null, body));

    door.post('/payments/webhooks', async (request, reply) => {
      const signature = request.headers['stripe-signature'];
      const rawBody = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      try {
        const event = await house.payments.readWebhook(rawBody, typeof signature === 'string' ? signature : undefined);
        if (event?.kind === 'payment')
          await record(house.db, (tx, now) => settlePayment(house, tx, event.payment, now));
        if (event?.kind === 'dispute') await settleDisputed(house, event.dispute);
        if (event?.kind === 'refund') await record(house.db, (tx, now) => handlers.refund(tx, now, event.refund));
        return { received: true };
      } catch (error) {
        if (!(error instanceof PaymentsError)) throw error;
        if (error.kind !== 'invalid') return reply.code(503).header('retry-after', '5').send({ error: error.message });
        house.log.warn({ requestId: request.id }, 'an event that the payment provider did not sign was refused');
        return reply.code(400).send({ error: error.message });
      }
    });
  });
}

/** A dispute names the provider's payment alone; whose it is, is asked for, and then the payment itself is settled before it. */
async function settleDisputed(house: House, dispute: ProviderDispute): Promise<void> {
  const payment = await house.payments.findPayment({ providerPaymentId: dispute.providerPaymentId });
  if (!payment) return;
  await record(house.db, async (tx, now) => {
    await settlePayment(house, tx, payment, now);
    await settleDispute(house, tx, dispute, payment, now);
  });
}
