import type { FastifyInstance, FastifyRequest } from 'fastify';
import { enterAccount, enterAgency } from '../../accounts/enter.ts';
import type { House } from '../../platform/house.ts';
import type { Actor } from '../../platform/operation.ts';
import { must } from '../../rules/decision.ts';
import { toCents } from '../../rules/money.ts';
import { fieldsOf, keyOf } from '../../web/read.ts';
import { changePlan, offerPlanChange } from './change.ts';
import { readConfirmation } from './readConfirmation.ts';

type AccountRequest = { Params: { accountId: string } };
type AgencyRequest = { Params: { agencyId: string } };

/** A change of plan for scripts: what it would do (`?plan=`), and the same confirmed. Amounts in cents. */
export function registerPlanRoutes(app: FastifyInstance, house: House): void {
  app.get<AccountRequest>('/api/v1/accounts/:accountId/billing/plan_change', async (request) => {
    const { account, now } = await enterAccount(house, request, 'change-plan');
    return preview(request, account.accountId, now);
  });
  app.get<AgencyRequest>('/api/v1/agencies/:agencyId/billing/plan_change', async (request) => {
    const { agency, now } = await enterAgency(house, request, 'change-plan');
    return preview(request, agency.agencyId, now);
  });

  /** Body: `plan`, `as_of`, `plan_hash`, `terms` if differences shall be named. 409 when something changed since. */
  app.post<AccountRequest>('/api/v1/accounts/:accountId/billing/plan_change', async (request) => {
    const { account, actor } = await enterAccount(house, request);
    return change(request, actor, account.accountId);
  });
  app.post<AgencyRequest>('/api/v1/agencies/:agencyId/billing/plan_change', async (request) => {
    const { agency, actor } = await enterAgency(house, request);
    return change(request, actor, agency.agencyId);
  });

  async function preview(request: FastifyRequest, ownerId: number, now: Date) {
    const offered = must(await offerPlanChange(house.db, ownerId, fieldsOf(request.query)('plan'), now));
    const { change, hash, terms } = offered;
    return {
      hash,
      terms,
      as_of: change.asOf,
      from: change.from.planCode,
      to: change.to.planCode,
      gained: change.gained,
      lost: change.lost,
      credit_cents: cents(change.unused.creditMicros),
      charge_cents: cents(change.part.paidMicros),
      net_cents: cents(change.netMicros),
      included_minutes: change.part.includedMinutes,
      next_charge: { at: change.next.from, cents: cents(change.next.amountMicros) },
    };
  }

  async function change(request: FastifyRequest, actor: Actor, ownerId: number) {
    const net = must(await changePlan(house, actor, ownerId, readConfirmation(request.body), keyOf(request)));
    return { status: 'success', net_cents: cents(BigInt(net)) };
  }
}

const cents = (micros: bigint): number => Number(toCents(micros));
