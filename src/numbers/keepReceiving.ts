import { type Actor, type Doors, perform } from '../platform/operation.ts';
import { type Decision, Refused } from '../rules/decision.ts';
import { mustFit, nameLengthMax } from '../rules/lengths.ts';
import { mustBePhone } from './buy.ts';
import { keepReceivingNumber, nameReceivingNumber } from './store.ts';

/** Adds a receiving number to an account, or names the one that is there already, if a name is given. Answers with its id. */
export async function keepReceiving(
  doors: Doors,
  actor: Actor,
  accountId: number,
  wanted: { phoneNumber: string; name: string | null },
  key: string,
): Promise<Decision<number>> {
  return perform(
    doors,
    { action: 'edit-number', actor, ownerId: accountId, key, input: wanted },
    async ({ tx, now, note }) => {
      mustFit({ name: wanted.name }, nameLengthMax);
      const phoneNumber = mustBePhone(wanted.phoneNumber, 'phoneNumber');
      const receivingNumberId = await keepReceivingNumber(tx, accountId, phoneNumber, wanted.name, now);
      if (wanted.name !== null) await nameReceivingNumber(tx, accountId, receivingNumberId, wanted.name);
      note({ receivingNumber: phoneNumber, name: wanted.name });
      return receivingNumberId;
    },
  );
}

/** Changes what a receiving number is called. */
export async function renameReceiving(
  doors: Doors,
  actor: Actor,
  accountId: number,
  receivingNumberId: number,
  name: string | null,
  key: string,
): Promise<Decision<true>> {
  return perform(
    doors,
    { action: 'edit-number', actor, ownerId: accountId, key, input: { receivingNumberId, name } },
    async ({ tx, note }) => {
      mustFit({ name }, nameLengthMax);
      if ((await nameReceivingNumber(tx, accountId, receivingNumberId, name)) === 0)
        throw new Refused({ code: 'not-found' });
      note({ receivingNumberId, name });
      return true;
    },
  );
}
