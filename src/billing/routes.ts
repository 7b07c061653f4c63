import type { FastifyInstance } from 'fastify';
import { enterAccount } from '../accounts/enter.ts';
import type { House } from '../platform/house.ts';
import { must } from '../rules/decision.ts';
import { toCents } from '../rules/money.ts';
import { fieldsOf, keyOf } from '../web/read.ts';
import { findBalance, findStatement, findSubscription } from './store.ts';
import { topUp } from './topUp.ts';

type AccountRequest = { Params: { accountId: string } };

const microsPerCent = 10_000n;

/** Balance and statement for scripts; amounts in cents. */
export function registerBillingRoutes(app: FastifyInstance, house: House): void {
  app.get<AccountRequest>('/api/v1/accounts/:accountId/billing', async (request) => {
    const { account } = await enterAccount(house, request, 'view-billing');
    const { availableMicros, currency } = await findBalance(house.db, account.payerId);
    const subscription = await findSubscription(house.db, account.accountId);
    const statement = account.payer === 'own' ? await findStatement(house.db, account.accountId, 1_000) : [];
    return {
      balance: { cents: Number(toCents(availableMicros)), currency },
      paid_by_agency: account.payer === 'agency',
      plan: subscription?.plan.planCode ?? null,
      next_charge:
        subscription && !account.closure
          ? { cents: Number(toCents(subscription.plan.monthlyFeeMicros)), at: subscription.paidUntil }
          : null,
      statement: statement.map((line) => ({
        id: line.postingId,
        at: line.at,
        description: line.description,
        cents: Number(toCents(line.amountMicros)),
      })),
    };
  });

  /** Body: `cents`, a whole number. */
  app.post<AccountRequest>('/api/v1/accounts/:accountId/billing/top_ups', async (request) => {
    const { actor, account } = await enterAccount(house, request);
    const cents = fieldsOf(request.body)('cents');
    const amountMicros = /^\d{1,9}$/.test(cents) ? BigInt(cents) * microsPerCent : 0n;
    must(await topUp(house, actor, account.accountId, amountMicros, keyOf(request)));
    const { availableMicros, currency } = await findBalance(house.db, account.accountId);
    return { status: 'success', balance: { cents: Number(toCents(availableMicros)), currency } };
  });
}
