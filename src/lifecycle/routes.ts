import type { FastifyInstance, FastifyRequest } from 'fastify';
import { changeSettings } from '../accounts/changeSettings.ts';
import { type Entered, enterAccount, enterAgency, mustViewer } from '../accounts/enter.ts';
import { type Account, findAccountIdsOf, findAccounts } from '../accounts/store.ts';
import { resumeSwitch, turnSwitch } from '../accounts/turnSwitch.ts';
import { resumeAgencySwitch, turnAgencySwitch } from '../agencies/turnSwitch.ts';
import { tenAMinute } from '../auth/slowGuessing.ts';
import { readClock } from '../platform/clock.ts';
import type { House } from '../platform/house.ts';
import { isLeavingReason, type UnusedTime } from '../rules/closing.ts';
import { must } from '../rules/decision.ts';
import { toCents } from '../rules/money.ts';
import { fieldsOf, keyOf, orNull, switchKindOf } from '../web/read.ts';
import { offerAgencyClosing } from './agencyPlan.ts';
import { cancelAgency } from './cancelAgency.ts';
import { closeAccount } from './closeAccount.ts';
import { openSubAccount } from './openSubAccount.ts';
import { sayDeed } from './pages/journal.tsx';
import { offerClosing } from './plan.ts';
import { reactivateAccount } from './reactivateAccount.ts';
import { findClosureProgress, findDeeds } from './store.ts';

type AccountRequest = { Params: { accountId: string } };
type SwitchRequest = { Params: { accountId: string; kind: string } };
type AgencySwitchRequest = { Params: { agencyId: string; kind: string } };

const listedAccountsMax = 1_000;

/** The same verbs for scripts. Refusals answer `{status: "error", code, reason}` with a 4xx status. */
export function registerLifecycleRoutes(app: FastifyInstance, house: House): void {
  app.get('/api/v1/accounts', async (request) => {
    const viewer = mustViewer(request);
    const now = await readClock(house.db);
    const accounts = await findAccounts(
      house.db,
      await findAccountIdsOf(house.db, viewer.personId, { limit: listedAccountsMax }),
      now,
    );
    const listed = accounts.filter((each) => each.standing !== 'purged').map((each) => present(each));
    return {
      accounts: listed,
      page: 1,
      per_page: listedAccountsMax,
      total_entries: listed.length,
      total_pages: 1,
      next_page: null,
      previous_page: null,
    };
  });

  app.get<AccountRequest>('/api/v1/accounts/:accountId', async (request) =>
    present((await enterAccount(house, request)).account),
  );

  app.put<AccountRequest>('/api/v1/accounts/:accountId', async (request) => {
    const { actor, account } = await enterAccount(house, request);
    const field = fieldsOf(request.body);
    const settings = {
      name: field('name') || account.name,
      timeZone: field('timezone') || account.timeZone,
      website: orNull(field('website') || (account.website ?? '')),
      refusalMessage: field('refusal_message') || account.refusalMessage,
    };
    must(await changeSettings(house, actor, account.accountId, settings, keyOf(request)));
    return { ...present({ ...account, ...settings }), status: 'success' };
  });

  app.get<AccountRequest>('/api/v1/accounts/:accountId/closure_plan', async (request) => {
    const entered = await enterAccount(house, request, 'view-settings');
    const { plan, hash, terms } = must(await offerClosing(house.db, entered.account.accountId, entered.now));
    return {
      hash,
      terms,
      numbers: plan.numbers.map((each) => ({
        phone_number: each.phoneNumber,
        name: each.name,
        calls_7_days: each.calls7Days,
        calls_30_days: each.calls30Days,
        last_call_at: each.lastCallAt,
      })),
      people: plan.people.map((each) => ({ id: each.personId, name: each.name, role: each.role })),
      ending_charges: plan.endingCharges.map((each) => ({
        what: each.what,
        cents: Number(toCents(each.amountMicros)),
        next_at: each.nextAt,
      })),
      unused_time: presentUnused(plan.unusedTime),
      balance: { cents: Number(toCents(plan.balance.availableMicros)), paid_by_agency: plan.balance.paidByAgency },
      numbers_restorable_until: plan.promises.numbersRestorableUntil,
      reactivatable_until: plan.promises.reactivatableUntil,
      refundable_until: plan.promises.refundableUntil,
    };
  });

  /** Body: `plan_hash` from the plan, `terms` if differences shall be named, `why`. 409 when the plan changed. */
  app.post<AccountRequest>('/api/v1/accounts/:accountId/closure', async (request) => {
    const { actor, account } = await enterAccount(house, request);
    const field = fieldsOf(request.body);
    const confirmation = {
      planHash: field('plan_hash'),
      terms: termsOf(request),
      why: orNull(field('why').slice(0, 1_000)),
    };
    const released = must(await closeAccount(house, actor, account.accountId, confirmation, keyOf(request)));
    return { status: 'success', released_numbers: released };
  });

  /** Body: `restore_numbers`, whether the numbers still held come along. */
  app.delete<AccountRequest>('/api/v1/accounts/:accountId/closure', async (request) => {
    const { actor, account } = await enterAccount(house, request);
    const field = fieldsOf(request.body);
    const wish = { restoreNumbers: ['true', 'yes', '1'].includes(field('restore_numbers')) };
    const came = must(await reactivateAccount(house, actor, account.accountId, wish, keyOf(request)));
    return {
      status: 'success',
      charged_cents: Number(toCents(BigInt(came.chargedMicros))),
      restored_numbers: came.restoredNumbers,
      numbers_cents: Number(toCents(BigInt(came.numbersMicros))),
    };
  });

  app.post<SwitchRequest>('/api/v1/accounts/:accountId/switches/:kind', async (request) => {
    const { actor, account } = await enterAccount(house, request);
    const why = orNull(fieldsOf(request.body)('why').slice(0, 500));
    must(await turnSwitch(house, actor, account.accountId, switchKindOf(request.params.kind), why, keyOf(request)));
    return { status: 'success' };
  });

  app.delete<SwitchRequest>('/api/v1/accounts/:accountId/switches/:kind', async (request) => {
    const { actor, account } = await enterAccount(house, request);
    must(await resumeSwitch(house, actor, account.accountId, switchKindOf(request.params.kind), keyOf(request)));
    return { status: 'success' };
  });

  app.post<AgencySwitchRequest>('/api/v1/agencies/:agencyId/switches/:kind', async (request) => {
    const { actor, agency } = await enterAgency(house, request);
    const kind = switchKindOf(request.params.kind);
    const why = orNull(fieldsOf(request.body)('why').slice(0, 500));
    must(await turnAgencySwitch(house, actor, agency.agencyId, kind, why, keyOf(request)));
    return { status: 'success' };
  });

  app.delete<AgencySwitchRequest>('/api/v1/agencies/:agencyId/switches/:kind', async (request) => {
    const { actor, agency } = await enterAgency(house, request);
    const kind = switchKindOf(request.params.kind);
    must(await resumeAgencySwitch(house, actor, agency.agencyId, kind, keyOf(request)));
    return { status: 'success' };
  });

  app.get<AccountRequest>('/api/v1/accounts/:accountId/journal', async (request) => {
    const { account } = await enterAccount(house, request, 'view-settings');
    const deeds = await findDeeds(house.db, account.accountId, 1_000);
    return {
      deeds: deeds.map((each) => ({
        id: each.deedId,
        at: each.at,
        action: each.action,
        said: sayDeed(each),
        by: each.personName,
        role: each.role,
      })),
    };
  });

  app.get<{ Params: { agencyId: string } }>('/api/v1/agencies/:agencyId/closure_plan', async (request) => {
    const { agency, now } = await enterAgency(house, request, 'cancel-agency');
    const { plan, hash, terms } = must(await offerAgencyClosing(house.db, agency.agencyId, now));
    return {
      hash,
      terms,
      sub_accounts: plan.subAccounts,
      numbers: plan.numbers,
      last_call_at: plan.lastCallAt,
      ending_charges: plan.charges.map((each) => ({
        what: each.what,
        cents: Number(toCents(each.amountMicros)),
        next_at: each.nextAt,
      })),
      unused_time: presentUnused(plan.unusedTime),
      balance: { cents: Number(toCents(plan.availableMicros)) },
      numbers_restorable_until: plan.promises.numbersRestorableUntil,
      reactivatable_until: plan.promises.reactivatableUntil,
      refundable_until: plan.promises.refundableUntil,
    };
  });

  /** Body: `plan_hash`, `terms`, `name` (the agency's, typed), `password` (once more), `reason`, `why`. 409 when the plan changed. */
  app.post<{ Params: { agencyId: string } }>('/api/v1/agencies/:agencyId/closure', tenAMinute, async (request) => {
    const { actor, agency } = await enterAgency(house, request);
    const field = fieldsOf(request.body);
    const reason = field('reason');
    const confirmation = {
      planHash: field('plan_hash'),
      terms: termsOf(request),
      name: field('name'),
      password: field('password'),
      reason: isLeavingReason(reason) ? reason : null,
      why: orNull(field('why').slice(0, 2_000)),
    };
    const subAccounts = must(await cancelAgency(house, actor, agency.agencyId, confirmation, keyOf(request)));
    return { status: 'success', sub_accounts: subAccounts };
  });

  app.get<{ Params: { agencyId: string } }>('/api/v1/agencies/:agencyId/closure', async (request) => {
    const { agency } = await enterAgency(house, request);
    if (!agency.closure) return { canceled: false };
    const { agencyClosureId, closedAt, carriedOutAt, ...promises } = agency.closure;
    const progress = await findClosureProgress(house.db, agency.agencyId, agencyClosureId);
    return {
      canceled: true,
      canceled_at: closedAt,
      carried_out_at: carriedOutAt,
      sub_accounts: progress.subAccounts,
      sub_accounts_closed: progress.closed,
      numbers_released: progress.released,
      numbers_held: progress.held,
      numbers_returned: progress.returned,
      carrier_trouble: progress.trouble,
      numbers_restorable_until: promises.numbersRestorableUntil,
      reactivatable_until: promises.reactivatableUntil,
      refundable_until: promises.refundableUntil,
    };
  });

  /** Body: `plan` and `note` as well, when the account is to be offered to pay for itself. */
  app.post<{ Params: { agencyId: string } }>('/api/v1/agencies/:agencyId/accounts', async (request) => {
    const { actor, agency } = await enterAgency(house, request);
    const field = fieldsOf(request.body);
    const wanted = {
      name: field('name'),
      timeZone: field('timezone') || agency.timeZone,
      personName: field('administrator_name'),
      email: field('administrator_email'),
      password: field('administrator_password'),
      ownPlan: field('plan') ? { planCode: field('plan'), note: orNull(field('note')) } : undefined,
    };
    const accountId = must(await openSubAccount(house, actor, agency.agencyId, wanted, keyOf(request)));
    return { status: 'success', id: accountId, name: wanted.name };
  });
}

function termsOf(request: FastifyRequest): Record<string, string[]> {
  const terms = (request.body as { terms?: unknown } | null)?.terms;
  if (terms === null || typeof terms !== 'object') return {};
  return Object.fromEntries(
    Object.entries(terms).map(([part, lines]) => [part, Array.isArray(lines) ? lines.map(String) : []]),
  );
}

/** What a closing gives back of the month that is paid, at this moment. */
function presentUnused(unused: UnusedTime | null) {
  if (!unused) return null;
  const { isCredited, creditMicros, paidUntil } = unused;
  return { credited: isCredited, cents_now: Number(toCents(creditMicros)), paid_until: paidUntil };
}

/** An account as the older API's clients read it: `status` is never anything but active or canceled. */
function present(account: Entered['account'] | Account) {
  return {
    id: account.accountId,
    name: account.name,
    status: account.closure ? 'canceled' : 'active',
    created: account.createdAt,
    canceled: account.closure?.closedAt ?? null,
    agency_id: account.agencyId,
    website: account.website,
    timezone: account.timeZone,
    timezone_name: account.timeZone,
    shared_billing: account.payer === 'agency',
    tracking_paused: account.switches.length > 0,
    calls_stopped: account.switches.some((each) => each.kind !== 'pause'),
    lifecycle: {
      standing: account.standing,
      numbers_restorable_until: account.closure?.numbersRestorableUntil ?? null,
      reactivatable_until: account.closure?.reactivatableUntil ?? null,
      refundable_until: account.closure?.refundableUntil ?? null,
    },
  };
}
