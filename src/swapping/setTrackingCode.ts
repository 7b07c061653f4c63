import { type Actor, type Doors, perform } from '../platform/operation.ts';
import { type Decision, Refused } from '../rules/decision.ts';
import { forgetAddresses, keepSwappingSettings, type SwappingSettings } from './store.ts';

const cookieDaysMax = 730;
const visitsKeptDaysMax = 3_650;

/** Changes what the tracking code remembers, and for how long visits are kept. At a visitor's page within a minute. */
export async function setTrackingCode(
  doors: Doors,
  actor: Actor,
  accountId: number,
  settings: SwappingSettings,
  key: string,
): Promise<Decision<true>> {
  const order = { action: 'set-tracking-code', actor, ownerId: accountId, key, input: settings } as const;
  return perform(doors, order, async ({ tx, note }) => {
    const fields = findMistakes(settings);
    if (Object.keys(fields).length > 0) throw new Refused({ code: 'invalid-input', fields });
    await keepSwappingSettings(tx, accountId, settings);
    if (settings.addressKept === 'none') await forgetAddresses(tx, accountId);
    note({ ...settings });
    return true;
  });
}

/** A sentence for each field that can't be as it is. */
export function findMistakes(settings: SwappingSettings): Record<string, string> {
  const fields: Record<string, string> = {};
  if (!isBetween(settings.cookieDays, cookieDaysMax)) fields.cookieDays = `Give 1 to ${cookieDaysMax} days.`;
  if (!isBetween(settings.visitsKeptDays, visitsKeptDaysMax))
    fields.visitsKeptDays = `Give 1 to ${visitsKeptDaysMax} days.`;
  if (!['cookie', 'consent', 'none'].includes(settings.storage)) fields.storage = 'Choose one of the three.';
  if (!['truncated', 'hashed', 'none'].includes(settings.addressKept)) fields.addressKept = 'Choose one of the three.';
  return fields;
}

const isBetween = (days: number, most: number): boolean => Number.isInteger(days) && days >= 1 && days <= most;
