import type { Db } from '../../platform/db.ts';
import { record } from '../../platform/operation.ts';
import { type Letters, mailArrears } from './mails.ts';
import { markSent, takeDueArrears } from './store.ts';

/**
 * The worker's look: mails what arrears have due, one owner a transaction. The mails and the note that they went out are one
 * commit, so that nobody is mailed twice; after days away one mail tells all of it.
 */
export async function remind(house: Letters & { db: Db }): Promise<void> {
  for (;;) {
    const isDone = await record(house.db, async (tx, now) => {
      const arrears = await takeDueArrears(tx, now);
      if (!arrears) return true;
      await mailArrears(house, tx, arrears, now);
      await markSent(tx, arrears, now);
      return false;
    });
    if (isDone) return;
  }
}
