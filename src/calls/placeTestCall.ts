import { parsePhone } from '../numbers/parsePhone.ts';
import { findNumber } from '../numbers/store.ts';
import { placeCall } from '../platform/carrier/simulated/placeCall.ts';
import type { House } from '../platform/house.ts';
import { type Actor, perform } from '../platform/operation.ts';
import { type Decision, Refused } from '../rules/decision.ts';

export interface TestCall {
  trackingNumberId: number;
  from: string;
  answers: 'answered' | 'busy' | 'no-answer';
}

const ringSeconds = 2;
const talkSeconds = 8;

/** Lets the simulated carrier ring one of the account's numbers, whatever its standing: a refusal is worth hearing too. */
export async function placeTestCall(
  house: House,
  actor: Actor,
  accountId: number,
  call: TestCall,
  key: string,
): Promise<Decision<string>> {
  return perform(
    house,
    { action: 'place-test-call', actor, ownerId: accountId, key, input: call },
    async ({ tx, now, note }) => {
      if (!house.config.development || !house.simulation) throw new Refused({ code: 'development-only' });
      const number = await findNumber(tx, accountId, call.trackingNumberId, now);
      if (!number?.boughtAt) throw new Refused({ code: 'not-found' });
      const from = parsePhone(call.from);
      if (!from)
        throw new Refused({
          code: 'invalid-input',
          fields: { from: 'Give a phone number with its area code, such as (212) 555-0177.' },
        });
      const callSid = await placeCall(house.simulation, {
        from,
        to: number.phoneNumber,
        answers: call.answers,
        ringSeconds,
        talkSeconds,
      });
      note({ phoneNumber: number.phoneNumber, from });
      return callSid;
    },
  );
}
