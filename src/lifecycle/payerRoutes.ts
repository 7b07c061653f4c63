import type { FastifyInstance } from 'fastify';
import { enterAccount } from '../accounts/enter.ts';
import { declineOrWithdraw } from '../billing/payers/endOffer.ts';
import { offerPayer } from '../billing/payers/offerPayer.ts';
import { findOpenOffer } from '../billing/payers/store.ts';
import { findBalance } from '../billing/store.ts';
import type { House } from '../platform/house.ts';
import { must } from '../rules/decision.ts';
import { toCents } from '../rules/money.ts';
import { firstPaymentMin } from '../rules/payers.ts';
import { fieldsOf, idOf, keyOf } from '../web/read.ts';
import { acceptOffer, termsOfOffer } from './acceptOffer.ts';
import { readWanted } from './pages/payer.tsx';

type AccountRequest = { Params: { accountId: string } };
type OfferRequest = { Params: { accountId: string; offerId: string } };

const microsPerCent = 10_000n;

/** Who pays for a sub-account, for scripts: the same offers and answers as on the pages. */
export function registerPayerRoutes(app: FastifyInstance, house: House): void {
  app.get<AccountRequest>('/api/v1/accounts/:accountId/payer', async (request) => {
    const { account, now } = await enterAccount(house, request, 'view-billing');
    const offer = await findOpenOffer(house.db, account.accountId, now);
    const own = await findBalance(house.db, account.accountId);
    const offered = offer && (await termsOfOffer(house.db, offer, now));
    return {
      payer: account.payer,
      own_balance_cents: Number(toCents(own.availableMicros)),
      offer: offer && {
        id: offer.payerOfferId,
        payer: offer.payer,
        offered_by: offer.offeredSide,
        offered_at: offer.offeredAt,
        expires_at: offer.expiresAt,
        note: offer.note,
        plan: offer.planCode,
        terms: offered!.terms,
        terms_hash: offered!.hash,
        first_payment_min_cents: offered!.plan
          ? Number(toCents(firstPaymentMin(offered!.plan.monthlyFeeMicros, own.availableMicros)))
          : null,
      },
    };
  });

  /** Body: `payer` (`own` or `agency`), `plan` for an account that is to pay for itself, `note`. */
  app.post<AccountRequest>('/api/v1/accounts/:accountId/payer/offers', async (request) => {
    const { actor, account } = await enterAccount(house, request);
    const id = must(await offerPayer(house, actor, account.accountId, readWanted(request), keyOf(request)));
    return { status: 'success', id };
  });

  /** Body: `terms_hash` as it was read, `cents` of the first payment. 409 when the terms changed. */
  app.post<OfferRequest>('/api/v1/accounts/:accountId/payer/offers/:offerId/acceptance', async (request) => {
    const { actor, account } = await enterAccount(house, request);
    const field = fieldsOf(request.body);
    const cents = field('cents');
    const acceptance = {
      payerOfferId: idOf(request.params.offerId),
      termsHash: field('terms_hash'),
      terms: {},
      firstPaymentMicros: /^\d{1,9}$/.test(cents) ? BigInt(cents) * microsPerCent : 0n,
    };
    must(await acceptOffer(house, actor, account.accountId, acceptance, keyOf(request)));
    return { status: 'success' };
  });

  for (const [path, outcome] of [
    ['decline', 'declined'],
    ['withdrawal', 'withdrawn'],
  ] as const) {
    app.post<OfferRequest>(`/api/v1/accounts/:accountId/payer/offers/:offerId/${path}`, async (request) => {
      const { actor, account } = await enterAccount(house, request);
      const ended = { payerOfferId: idOf(request.params.offerId), outcome };
      must(await declineOrWithdraw(house, actor, account.accountId, ended, keyOf(request)));
      return { status: 'success' };
    });
  }
}
