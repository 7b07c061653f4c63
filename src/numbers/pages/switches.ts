import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Entered, enterAccount } from '../../accounts/enter.ts';
import type { Account } from '../../accounts/store.ts';
import type { House } from '../../platform/house.ts';
import { type Decision, Refused } from '../../rules/decision.ts';
import { numberStateOf } from '../../rules/numberState.ts';
import type { SwitchKind } from '../../rules/standing.ts';
import { formatPhone } from '../../web/format.ts';
import { presentRefusal } from '../../web/present.ts';
import { fieldsOf, goOn, idOf, keyOf, orNull, switchKindOf } from '../../web/read.ts';
import { findNumber, type TrackingNumber } from '../store.ts';
import { resumeNumberSwitch, turnNumberSwitch } from '../turnSwitch.ts';
import { sayWhy } from './switching.tsx';

type SwitchRequest = { Params: { accountId: string; numberId: string; kind: string } };

const turned: Record<SwitchKind, string> = { pause: 'is paused.', stop: 'is stopped: calls to it are refused.' };

/** Resuming ends one fact of several: what is still off, and why, is said with it. */
function sayResumed(kind: SwitchKind, account: Account, number: TrackingNumber): string {
  const state = numberStateOf(
    account,
    number.switches.filter((each) => each.kind !== kind),
  );
  if (kind === 'pause' && state.swapping) return 'is swapped again.';
  if (kind === 'stop' && state.callsConnect) return 'takes calls again.';
  return `has its own switch back, and ${kind === 'pause' ? 'is still not swapped' : 'still takes no calls'}: ${sayWhy(state)}.`;
}

/** The buttons of one number's switches, in the list and on its edit page; each leads back to where it was pressed. */
export function registerNumberSwitches(app: FastifyInstance, house: House): void {
  app.post<SwitchRequest>('/accounts/:accountId/numbers/:numberId/switches/:kind', async (request, reply) => {
    const { entered, number, kind } = await enterSwitch(house, request);
    const { accountId, trackingNumberId } = number;
    const why = orNull(fieldsOf(request.body)('why').slice(0, 500));
    const key = keyOf(request);
    const decision = await turnNumberSwitch(house, entered.actor, accountId, trackingNumberId, kind, why, key);
    return goBack(request, reply, entered, number, decision, turned[kind]);
  });

  app.post<SwitchRequest>('/accounts/:accountId/numbers/:numberId/switches/:kind/resume', async (request, reply) => {
    const { entered, number, kind } = await enterSwitch(house, request);
    const { accountId, trackingNumberId } = number;
    const decision = await resumeNumberSwitch(house, entered.actor, accountId, trackingNumberId, kind, keyOf(request));
    return goBack(request, reply, entered, number, decision, sayResumed(kind, entered.account, number));
  });
}

async function enterSwitch(
  house: House,
  request: FastifyRequest<SwitchRequest>,
): Promise<{ entered: Entered; number: TrackingNumber; kind: SwitchKind }> {
  const entered = await enterAccount(house, request, 'view-numbers');
  const number = await findNumber(house.db, entered.account.accountId, idOf(request.params.numberId), entered.now);
  if (!number) throw new Refused({ code: 'not-found' });
  return { entered, number, kind: switchKindOf(request.params.kind) };
}

function goBack(
  request: FastifyRequest,
  reply: FastifyReply,
  { account, base }: Entered,
  number: TrackingNumber,
  decision: Decision<true>,
  text: string,
): FastifyReply {
  const isFromList = fieldsOf(request.body)('from') === 'list';
  return goOn(
    reply,
    isFromList ? `${base}/numbers` : `${base}/numbers/${number.trackingNumberId}`,
    decision.ok
      ? { kind: 'success', text: `${formatPhone(number.phoneNumber)} ${text}` }
      : { kind: 'refusal', text: presentRefusal(decision.refusal, account.timeZone).sentence },
  );
}
