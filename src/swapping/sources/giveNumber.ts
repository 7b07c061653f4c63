import { findNumber, setSourceOfNumber } from '../../numbers/store.ts';
import { type Actor, type Doors, perform } from '../../platform/operation.ts';
import { type Decision, Refused } from '../../rules/decision.ts';
import { findSource } from './store.ts';

/** Lets a tracking number stand for a source. */
export async function giveNumber(
  doors: Doors,
  actor: Actor,
  accountId: number,
  trackingSourceId: number,
  trackingNumberId: number,
  key: string,
): Promise<Decision<true>> {
  const input = { trackingSourceId, give: trackingNumberId };
  return perform(
    doors,
    { action: 'edit-sources', actor, ownerId: accountId, key, input },
    async ({ tx, now, note }) => {
      const source = await findSource(tx, accountId, trackingSourceId);
      const number = await findNumber(tx, accountId, trackingNumberId, now);
      if (!source || !number) throw new Refused({ code: 'not-found' });
      if (number.release)
        throw new Refused({ code: 'already-released', restorableUntil: number.release.restorableUntil });
      await setSourceOfNumber(tx, accountId, trackingNumberId, trackingSourceId);
      note({ source: source.name, phoneNumber: number.phoneNumber });
      return true;
    },
  );
}
