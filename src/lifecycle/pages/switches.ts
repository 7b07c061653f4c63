import type { FastifyInstance } from 'fastify';
import { enterAccount, enterAgency } from '../../accounts/enter.ts';
import type { Account } from '../../accounts/store.ts';
import { resumeSwitch, turnSwitch } from '../../accounts/turnSwitch.ts';
import { resumeAgencySwitch, turnAgencySwitch } from '../../agencies/turnSwitch.ts';
import type { House } from '../../platform/house.ts';
import type { Decision } from '../../rules/decision.ts';
import type { SwitchKind } from '../../rules/standing.ts';
import type { PageNotice } from '../../web/layout.tsx';
import { presentRefusal } from '../../web/present.ts';
import { fieldsOf, goOn, keyOf, orNull, switchKindOf } from '../../web/read.ts';

type SwitchRequest = { Params: { accountId: string; kind: string } };
type AgencySwitchRequest = { Params: { agencyId: string; kind: string } };

const done: Record<SwitchKind, { turned: string; resumed: string }> = {
  pause: { turned: 'Number swapping is paused.', resumed: 'Number swapping is on again.' },
  stop: {
    turned: 'Incoming calls are stopped, and number swapping with them.',
    resumed: 'Incoming calls and number swapping are on again.',
  },
};

/** Resuming ends one fact of several: only when none is left is everything on again. */
const sayResumed = (kind: SwitchKind, { standing, switches }: Account): string =>
  standing !== 'no funds' && switches.every((each) => each.level === 'account' && each.kind === kind)
    ? done[kind].resumed
    : 'The account’s own switch is back. What still is off, and why, stands in Status.';

const say = (decision: Decision<true>, text: string, timeZone: string): PageNotice & { details?: undefined } =>
  decision.ok
    ? { kind: 'success', text }
    : { kind: 'refusal', text: presentRefusal(decision.refusal, timeZone).sentence };

/** The buttons Pause / Resume Tracking Code and Stop / Resume Incoming Calls, of an account and of an agency. */
export function registerSwitchPages(app: FastifyInstance, house: House): void {
  app.post<SwitchRequest>('/accounts/:accountId/switches/:kind', async (request, reply) => {
    const { actor, account, base } = await enterAccount(house, request);
    const kind = switchKindOf(request.params.kind);
    const why = orNull(fieldsOf(request.body)('why').slice(0, 500));
    const decision = await turnSwitch(house, actor, account.accountId, kind, why, keyOf(request));
    return goOn(reply, `${base}/settings#status`, say(decision, done[kind].turned, account.timeZone));
  });

  app.post<SwitchRequest>('/accounts/:accountId/switches/:kind/resume', async (request, reply) => {
    const { actor, account, base } = await enterAccount(house, request);
    const kind = switchKindOf(request.params.kind);
    const decision = await resumeSwitch(house, actor, account.accountId, kind, keyOf(request));
    return goOn(reply, `${base}/settings#status`, say(decision, sayResumed(kind, account), account.timeZone));
  });

  app.post<AgencySwitchRequest>('/agencies/:agencyId/switches/:kind', async (request, reply) => {
    const { actor, agency, base } = await enterAgency(house, request);
    const kind = switchKindOf(request.params.kind);
    const why = orNull(fieldsOf(request.body)('why').slice(0, 500));
    const decision = await turnAgencySwitch(house, actor, agency.agencyId, kind, why, keyOf(request));
    const text = `${done[kind].turned} It holds for every sub-account.`;
    return goOn(reply, `${base}/settings#status`, say(decision, text, agency.timeZone));
  });

  app.post<AgencySwitchRequest>('/agencies/:agencyId/switches/:kind/resume', async (request, reply) => {
    const { actor, agency, base } = await enterAgency(house, request);
    const kind = switchKindOf(request.params.kind);
    const decision = await resumeAgencySwitch(house, actor, agency.agencyId, kind, keyOf(request));
    const text = 'The agency’s switch is back. What sub-accounts or numbers switched off themselves stays so.';
    return goOn(reply, `${base}/settings#status`, say(decision, text, agency.timeZone));
  });
}
