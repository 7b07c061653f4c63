import { type Actor, type Doors, perform } from '../platform/operation.ts';
import { type Decision, Refused } from '../rules/decision.ts';
import { keepSwappingSettings, type SwappingSettings } from './store.ts';

/** Changes what the tracking code keeps. */
export async function setTrackingCode(
  doors: Doors,
  actor: Actor,
  accountId: number,
  settings: SwappingSettings,
  key: string,
): Promise<Decision<true>> {
  const order = { action: 'set-tracking-code', actor, ownerId: accountId, key, input: settings } as const;
  return perform(doors, order, async ({ tx, note }) => {
    const fields: Record<string, string> = {};
    const isDays = (days: number, most: number) => Number.isInteger(days) && days >= 1 && days <= most;
    if (!isDays(settings.cookieDays, 730)) fields.cookieDays = 'Give whole days, between 1 and 730.';
    if (!isDays(settings.visitsKeptDays, 3_650)) fields.visitsKeptDays = 'Give whole days, between 1 and 3,650.';
    if (Object.keys(fields).length > 0) throw new Refused({ code: 'invalid-input', fields });
    await keepSwappingSettings(tx, accountId, settings);
    note({ ...settings });
    return true;
  });
}
