import { type Actor, type Doors, perform } from '../platform/operation.ts';
import { type Decision, Refused } from '../rules/decision.ts';
import { mustFit, nameLengthMax } from '../rules/lengths.ts';
import { mustBePhone } from './buy.ts';
import { type ChosenSource, chooseSource, type SourceChoice } from './chooseSource.ts';
import { findNumber, keepReceivingNumber, updateNumber } from './store.ts';

export interface NumberChange {
  name: string | null;
  source: SourceChoice | null;
  /** Where calls are forwarded to, as typed; null leads nowhere. */
  receivingNumber: string | null;
}

/** Changes what a number is called, what it stands for and where it leads. Takes effect with the next call. Answers with what became of its source. */
export async function editNumber(
  doors: Doors,
  actor: Actor,
  accountId: number,
  trackingNumberId: number,
  change: NumberChange,
  key: string,
): Promise<Decision<ChosenSource>> {
  const order = {
    action: 'edit-number',
    actor,
    ownerId: accountId,
    key,
    input: { trackingNumberId, ...change },
  } as const;
  return perform(doors, order, async ({ tx, now, note }) => {
    const number = await findNumber(tx, accountId, trackingNumberId, now);
    if (!number) throw new Refused({ code: 'not-found' });
    if (number.release)
      throw new Refused({ code: 'already-released', restorableUntil: number.release.restorableUntil });
    mustFit({ name: change.name }, nameLengthMax);
    const receivingNumber = change.receivingNumber ? mustBePhone(change.receivingNumber, 'receivingNumber') : null;
    if (receivingNumber === number.phoneNumber) {
      throw new Refused({
        code: 'invalid-input',
        fields: { receivingNumber: 'A number can’t forward calls to itself.' },
      });
    }
    await updateNumber(tx, accountId, trackingNumberId, {
      name: change.name,
      receivingNumberId: receivingNumber ? await keepReceivingNumber(tx, accountId, receivingNumber, null, now) : null,
    });
    const source = await chooseSource(tx, accountId, trackingNumberId, change.source, now);
    note({ phoneNumber: number.phoneNumber, ...change, source });
    return source;
  });
}
