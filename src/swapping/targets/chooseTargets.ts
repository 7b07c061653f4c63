import { findNumber } from '../../numbers/store.ts';
import { type Actor, type Doors, perform } from '../../platform/operation.ts';
import { type Decision, Refused } from '../../rules/decision.ts';
import { findTargets, setStandIns } from './store.ts';

/** Which target numbers a tracking number stands in for. */
export type TargetChoice = 'every' | readonly number[];

/** Chooses what a tracking number stands in for on the website. Reaches visitors within a minute. */
export async function chooseTargets(
  doors: Doors,
  actor: Actor,
  accountId: number,
  trackingNumberId: number,
  choice: TargetChoice,
  key: string,
): Promise<Decision<true>> {
  const input = { trackingNumberId, choice };
  return perform(
    doors,
    { action: 'edit-sources', actor, ownerId: accountId, key, input },
    async ({ tx, now, note }) => {
      const number = await findNumber(tx, accountId, trackingNumberId, now);
      if (!number) throw new Refused({ code: 'not-found' });
      const targets = await findTargets(tx, accountId);
      const chosen = choice === 'every' ? [] : targets.filter((each) => choice.includes(each.targetNumberId));
      if (choice !== 'every' && chosen.length === 0) {
        const targets = 'Choose at least one target number, or let it stand in for every one.';
        throw new Refused({ code: 'invalid-input', fields: { targets } });
      }
      await setStandIns(
        tx,
        accountId,
        trackingNumberId,
        chosen.map((each) => each.targetNumberId),
      );
      const standsInFor = choice === 'every' ? 'every target number' : chosen.map((each) => each.phoneNumber);
      note({ phoneNumber: number.phoneNumber, standsInFor });
      return true;
    },
  );
}
