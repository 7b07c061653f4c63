import type { FastifyInstance, FastifyReply } from 'fastify';
import type pg from 'pg';
import { newKey } from '../../platform/ids.ts';
import { testCards } from '../../platform/payments/simulated/cards.ts';
import {
  answerBank,
  authenticatePath,
  giveCard,
  readBankPage,
  readSetupPage,
  setupPath,
} from '../../platform/payments/simulated/hosted.ts';
import { Refused } from '../../rules/decision.ts';
import { Button, Field, Form, FormActions, LinkButton, Notice } from '../../web/components.tsx';
import { formatMoney } from '../../web/format.ts';
import { renderPage, SignedOutPage } from '../../web/layout.tsx';
import { fieldsOf, sendPage } from '../../web/read.ts';

/**
 * The simulated provider's own pages, where Stripe has its: whoever knows an address may open it, and no address can be guessed.
 * A card is picked by its name; there is no field for a number.
 */
export function registerSimulatedPaymentPages(app: FastifyInstance, books: pg.Pool): void {
  app.get<{ Params: { setupId: string } }>('/simulated-payments/cards/:setupId', async (request, reply) =>
    sendSetupPage(books, request.params.setupId, reply),
  );

  app.post<{ Params: { setupId: string } }>('/simulated-payments/cards/:setupId', async (request, reply) => {
    const { setupId } = request.params;
    const page = await readSetupPage(books, setupId);
    if (!page) throw new Refused({ code: 'not-found' });
    if (await giveCard(books, setupId, fieldsOf(request.body)('card'))) return reply.redirect(page.returnUrl, 303);
    return sendSetupPage(books, setupId, reply, 'Pick one of the test cards.');
  });

  app.get<{ Params: { providerPaymentId: string } }>(
    '/simulated-payments/bank/:providerPaymentId',
    async (request, reply) => {
      const payment = await readBankPage(books, request.params.providerPaymentId);
      if (!payment) throw new Refused({ code: 'not-found' });
      const amount = formatMoney(BigInt(payment.amountCents) * 10_000n, payment.currency);
      const page = (
        <SignedOutPage title="The simulated bank" lead={`Somebody wants to pay ${amount} with your card.`}>
          {payment.state === 'authentication' ? (
            <Form action={authenticatePath(payment.paymentId)} idempotencyKey={newKey()} wholePage>
              <FormActions>
                <Button name="answer" value="agree" variant="primary">
                  It is me: pay
                </Button>
                <Button name="answer" value="refuse">
                  It is not me
                </Button>
              </FormActions>
            </Form>
          ) : (
            <>
              <Notice kind="info">This was answered already.</Notice>
              <FormActions>
                <LinkButton href={payment.returnUrl!}>Back to Switchhook</LinkButton>
              </FormActions>
            </>
          )}
        </SignedOutPage>
      );
      return sendPage(reply, renderPage(page));
    },
  );

  app.post<{ Params: { providerPaymentId: string } }>(
    '/simulated-payments/bank/:providerPaymentId',
    async (request, reply) => {
      const { providerPaymentId } = request.params;
      const payment = await readBankPage(books, providerPaymentId);
      if (!payment) throw new Refused({ code: 'not-found' });
      await answerBank(books, providerPaymentId, fieldsOf(request.body)('answer') === 'agree');
      return reply.redirect(payment.returnUrl!, 303);
    },
  );
}

async function sendSetupPage(books: pg.Pool, setupId: string, reply: FastifyReply, wrong?: string) {
  const page = await readSetupPage(books, setupId);
  if (!page) throw new Refused({ code: 'not-found' });
  const options = Object.entries(testCards).map(([value, card]) => ({
    value,
    label: `${card.name}, ending in ${card.last4}`,
    hint: card.does,
  }));
  const rendered = renderPage(
    <SignedOutPage
      title="The simulated payment provider"
      lead={`Give a card for ${page.ownerName}. No money moves: these are test cards, picked by name.`}
      wide
    >
      {page.isDone ? (
        <>
          <Notice kind="info">A card was given on this page already.</Notice>
          <FormActions>
            <LinkButton href={page.returnUrl}>Back to Switchhook</LinkButton>
          </FormActions>
        </>
      ) : (
        <Form action={setupPath(setupId)} idempotencyKey={newKey()} wholePage>
          <Field name="card" label="Test card" kind="radio" required value="visa" options={options} error={wrong} />
          <FormActions>
            <Button variant="primary">Save this card</Button>
            <LinkButton href={page.cancelUrl} variant="ghost">
              Never mind
            </LinkButton>
          </FormActions>
        </Form>
      )}
    </SignedOutPage>,
  );
  return sendPage(reply, rendered, wrong ? 422 : 200);
}
