import type { Db, Tx } from '../platform/db.ts';
import { hashOf } from '../platform/ids.ts';
import { type Actor, type Doors, perform } from '../platform/operation.ts';
import { type Decision, Refused } from '../rules/decision.ts';
import { addDays } from '../rules/time.ts';
import {
  countErased,
  type Erased,
  findSwappingSettings,
  forgetAddresses,
  keepSwappingSettings,
  type SwappingSettings,
} from './store.ts';

const cookieDaysMax = 730;
const visitsKeptDaysMax = 3_650;

/** What settings would erase of what was kept so far, and the hash of that change, by which it is agreed to. */
export interface OfferedErasure extends Erased {
  /** Of visits, those of which nothing was heard since. */
  before: Date;
  hash: string;
}

/** Null where nothing is lost. The hash is over the settings and not the counts: every visit and every hour moves those. */
export async function offerErasure(
  db: Db | Tx,
  accountId: number,
  settings: SwappingSettings,
  now: Date,
): Promise<OfferedErasure | null> {
  const kept = await findSwappingSettings(db, accountId);
  const losesAddresses = settings.addressKept === 'none' && kept.addressKept !== 'none';
  if (settings.visitsKeptDays >= kept.visitsKeptDays && !losesAddresses) return null;
  const before = addDays(now, -settings.visitsKeptDays);
  const from = addDays(now, -kept.visitsKeptDays);
  const erased = await countErased(db, accountId, { from, before, losesAddresses });
  if (erased.visits === 0 && erased.addresses === 0) return null;
  return { ...erased, before, hash: hashOf({ kept, settings }) };
}

/**
 * Changes what the tracking code remembers, and for how long visits are kept. At a visitor's page within a minute. What would erase
 * something must have been agreed to, and nobody have changed the settings since.
 */
export async function setTrackingCode(
  doors: Doors,
  actor: Actor,
  accountId: number,
  settings: SwappingSettings,
  key: string,
  agreedHash = '',
): Promise<Decision<true>> {
  const input = { ...settings, agreedHash };
  const order = { action: 'set-tracking-code', actor, ownerId: accountId, key, input } as const;
  return perform(doors, order, async ({ tx, now, note }) => {
    const fields = findMistakes(settings);
    if (Object.keys(fields).length > 0) throw new Refused({ code: 'invalid-input', fields });
    const erasure = await offerErasure(tx, accountId, settings, now);
    if (erasure && erasure.hash !== agreedHash) {
      const { visits, addresses } = erasure;
      throw new Refused({ code: 'erasure-unconfirmed', visits, addresses });
    }
    await keepSwappingSettings(tx, accountId, settings);
    if (settings.addressKept === 'none') await forgetAddresses(tx, accountId);
    note({ ...settings, ...(erasure ? { erasedVisits: erasure.visits, erasedAddresses: erasure.addresses } : {}) });
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
