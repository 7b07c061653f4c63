import { endSwitch, recordSwitch } from '../accounts/store.ts';
import type { Tx } from '../platform/db.ts';
import { type Actor, type Doors, perform } from '../platform/operation.ts';
import { type Decision, must, Refused } from '../rules/decision.ts';
import { decideInUse } from '../rules/numbers.ts';
import type { SwitchKind } from '../rules/standing.ts';
import { decideResuming, decideTurning } from '../rules/switches.ts';
import { findNumber, type TrackingNumber } from './store.ts';

/**
 * Turns the switch of one number. Whoever may pause or stop the account may do so with a number, so the actions are the
 * account's; the journal says which number it was.
 */
export async function turnNumberSwitch(
  doors: Doors,
  actor: Actor,
  accountId: number,
  trackingNumberId: number,
  kind: SwitchKind,
  why: string | null,
  key: string,
): Promise<Decision<true>> {
  const action = kind === 'pause' ? 'pause-tracking' : 'stop-calls';
  const order = { action, actor, ownerId: accountId, key, input: { trackingNumberId, why } } as const;
  return perform(doors, order, async ({ tx, now, by, note }) => {
    const { phoneNumber, switches } = await mustBeInUse(tx, accountId, trackingNumberId, now);
    must(decideTurning('number', kind, switches));
    await recordSwitch(tx, accountId, kind, by, why, now, trackingNumberId);
    note({ phoneNumber, why });
    return true;
  });
}

/** Turns it back. What its account or agency has paused or stopped stays so. */
export async function resumeNumberSwitch(
  doors: Doors,
  actor: Actor,
  accountId: number,
  trackingNumberId: number,
  kind: SwitchKind,
  key: string,
): Promise<Decision<true>> {
  const action = kind === 'pause' ? 'resume-tracking' : 'resume-calls';
  const order = { action, actor, ownerId: accountId, key, input: { trackingNumberId } } as const;
  return perform(doors, order, async ({ tx, now, by, note }) => {
    const { phoneNumber, switches } = await mustBeInUse(tx, accountId, trackingNumberId, now);
    must(decideResuming('number', kind, switches));
    await endSwitch(tx, accountId, kind, by, now, trackingNumberId);
    note({ phoneNumber });
    return true;
  });
}

async function mustBeInUse(tx: Tx, accountId: number, trackingNumberId: number, now: Date): Promise<TrackingNumber> {
  const number = await findNumber(tx, accountId, trackingNumberId, now);
  if (!number) throw new Refused({ code: 'not-found' });
  must(decideInUse(number));
  return number;
}
