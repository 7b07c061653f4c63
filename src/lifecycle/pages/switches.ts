import type { FastifyInstance } from 'fastify';
import { enterAccount } from '../../accounts/enter.ts';
import { resumeSwitch, turnSwitch } from '../../accounts/turnSwitch.ts';
import type { House } from '../../platform/house.ts';
import { Refused } from '../../rules/decision.ts';
import type { SwitchKind } from '../../rules/standing.ts';
import { presentRefusal } from '../../web/present.ts';
import { fieldsOf, goOn, keyOf, orNull } from '../../web/read.ts';

type SwitchRequest = { Params: { accountId: string; kind: string } };

const done: Record<SwitchKind, { turned: string; resumed: string }> = {
  pause: { turned: 'Number swapping is paused. Calls still connect.', resumed: 'Number swapping is on again.' },
  stop: {
    turned: 'Incoming calls are stopped, and number swapping with them.',
    resumed: 'Incoming calls and number swapping are on again.',
  },
};

export function kindOf(text: string): SwitchKind {
  if (text === 'pause' || text === 'stop') return text;
  throw new Refused({ code: 'not-found' });
}

/** The buttons Pause / Resume Tracking Code and Stop / Resume Incoming Calls. */
export function registerSwitchPages(app: FastifyInstance, house: House): void {
  app.post<SwitchRequest>('/accounts/:accountId/switches/:kind', async (request, reply) => {
    const { actor, account, base } = await enterAccount(house, request);
    const kind = kindOf(request.params.kind);
    const why = orNull(fieldsOf(request.body)('why').slice(0, 500));
    const decision = await turnSwitch(house, actor, account.accountId, kind, why, keyOf(request));
    const notice = decision.ok
      ? ({ kind: 'success', text: done[kind].turned } as const)
      : ({ kind: 'refusal', text: presentRefusal(decision.refusal, account.timeZone).sentence } as const);
    return goOn(reply, `${base}/settings#status`, notice);
  });

  app.post<SwitchRequest>('/accounts/:accountId/switches/:kind/resume', async (request, reply) => {
    const { actor, account, base } = await enterAccount(house, request);
    const kind = kindOf(request.params.kind);
    const decision = await resumeSwitch(house, actor, account.accountId, kind, keyOf(request));
    const notice = decision.ok
      ? ({ kind: 'success', text: done[kind].resumed } as const)
      : ({ kind: 'refusal', text: presentRefusal(decision.refusal, account.timeZone).sentence } as const);
    return goOn(reply, `${base}/settings#status`, notice);
  });
}
