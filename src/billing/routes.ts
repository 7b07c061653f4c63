import type { FastifyInstance } from 'fastify';
import { enterAccount, enterAgency } from '../accounts/enter.ts';
import type { House } from '../platform/house.ts';
import { toCents } from '../rules/money.ts';
import { findArrears } from './dunning/store.ts';
import { registerPaymentRoutes } from './payments/routes.ts';
import { type Balance, findBalance, findRenewals, findStatement, findSubscription } from './store.ts';

type AccountRequest = { Params: { accountId: string } };
type AgencyRequest = { Params: { agencyId: string } };

const linesMax = 1_000;
const nothingComing = { plan: null, next_charges: [], monthly_cents: 0 };

/** Balance, what is charged next, and statement for scripts; amounts in cents. */
export function registerBillingRoutes(app: FastifyInstance, house: House): void {
  registerPaymentRoutes(app, house);

  app.get<AccountRequest>('/api/v1/accounts/:accountId/billing', async (request) => {
    const { account } = await enterAccount(house, request, 'view-billing');
    const { accountId } = account;
    const paidByAgency = account.payer === 'agency';
    const next = account.closure ? nothingComing : await comingOf(house, { accountId });
    // The balance is the agency's own, and no business of its clients.
    const ledger = paidByAgency ? { balance: null, arrears: null, statement: [] } : await ledgerOf(house, accountId);
    return { ...ledger, paid_by_agency: paidByAgency, ...next };
  });

  app.get<AgencyRequest>('/api/v1/agencies/:agencyId/billing', async (request) => {
    const { agency } = await enterAgency(house, request, 'view-billing');
    const { agencyId } = agency;
    const next = agency.closure ? nothingComing : await comingOf(house, { agencyId });
    return { ...(await ledgerOf(house, agencyId)), ...next };
  });
}

async function ledgerOf(house: House, ownerId: number) {
  const statement = await findStatement(house.db, ownerId, linesMax);
  return {
    balance: presentBalance(await findBalance(house.db, ownerId)),
    arrears: presentArrears(await findArrears(house.db, ownerId)),
    statement: statement.map((line) => ({
      id: line.postingId,
      at: line.at,
      description: line.description,
      cents: Number(toCents(line.amountMicros)),
      balance_cents: Number(toCents(line.balanceAfterMicros)),
    })),
  };
}

async function comingOf(house: House, owner: { accountId: number } | { agencyId: number }) {
  const subscription = await findSubscription(house.db, 'accountId' in owner ? owner.accountId : owner.agencyId);
  const { soonest, sumMicros } = await findRenewals(house.db, owner, linesMax);
  const month = subscription?.next;
  const charges = [
    ...(month ? [{ what: 'subscription', at: month.from, amountMicros: month.amountMicros }] : []),
    ...soonest.map((each) => ({ what: each.phoneNumber, at: each.at, amountMicros: each.amountMicros })),
  ];
  return {
    plan: subscription?.plan.planCode ?? null,
    next_charges: charges
      .toSorted((a, b) => a.at.getTime() - b.at.getTime())
      .map(({ what, at, amountMicros }) => ({ what, at, cents: Number(toCents(amountMicros)) })),
    monthly_cents: Number(toCents(sumMicros + (month?.amountMicros ?? 0n))),
  };
}

const presentArrears = (arrears: Awaited<ReturnType<typeof findArrears>>) =>
  arrears && {
    began_at: arrears.beganAt,
    no_funds_from: arrears.noFundsFrom,
    calendar: arrears.steps.map(({ day, dueAt, sentAt }) => ({ day, due_at: dueAt, mailed_at: sentAt })),
  };

const presentBalance = ({ availableMicros, currency }: Balance) => ({
  cents: Number(toCents(availableMicros)),
  currency,
});
