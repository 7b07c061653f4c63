import { type Actor, type Doors, perform } from '../platform/operation.ts';
import { type Decision, must, Refused } from '../rules/decision.ts';
import { decideRelease } from '../rules/numbers.ts';
import { findNumber, recordRelease } from './store.ts';

/** Ends an account's use of one number: calls are refused at once, and the hold begins. */
export async function releaseNumber(
  doors: Doors,
  actor: Actor,
  accountId: number,
  trackingNumberId: number,
  key: string,
): Promise<Decision<string>> {
  return perform(
    doors,
    { action: 'release-number', actor, ownerId: accountId, key, input: { trackingNumberId } },
    async ({ tx, now, by, note }) => {
      const number = await findNumber(tx, accountId, trackingNumberId, now);
      if (!number) throw new Refused({ code: 'not-found' });
      const { restorableUntil } = must(decideRelease(number, now));
      await recordRelease(tx, {
        accountId,
        trackingNumberId,
        releasedAt: now,
        releasedBy: by,
        closureId: null,
        restorableUntil,
      });
      note({ phoneNumber: number.phoneNumber, restorableUntil });
      return restorableUntil.toISOString();
    },
  );
}
