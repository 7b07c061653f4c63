import { readClock } from '../platform/clock.ts';
import { connect } from '../platform/db.ts';
import type { Doors } from '../platform/operation.ts';
import { houseId, perform } from '../platform/operation.ts';
import { type Decision, no, Refused } from '../rules/decision.ts';
import { findPersonMistakes } from './person.ts';
import { countPeople, hashPassword, recordPerson, recordStaff, spendSecret } from './store.ts';
import { hashToken, newToken } from './tokens.ts';

const settingKey = 'set-up link';

/**
 * The link with which the first operator makes themselves, or null once there is anybody. Only its hash is kept, so
 * each start of an unused installation prints a new link and the one before stops working.
 */
export async function oneTimeSetupLink(databaseUrl: string, publicUrl: string): Promise<string | null> {
  const { db } = connect(databaseUrl, { max: 1 });
  try {
    if ((await countPeople(db)) > 0) return null;
    const token = newToken();
    const values = { settingKey, settingValue: hashToken(token), setAt: await readClock(db) };
    await db
      .insertInto('houseSetting')
      .values(values)
      .onConflict((clash) => clash.column('settingKey').doUpdateSet(values))
      .execute();
    return `${publicUrl}/setup/${token}`;
  } finally {
    await db.destroy();
  }
}

export interface FirstOperator {
  personName: string;
  email: string;
  password: string;
}

/** Spends the link and makes the first operator; a link that was spent answers 404, like one that never was. */
export async function setUpFirstOperator(
  doors: Doors,
  token: string,
  operator: FirstOperator,
  key: string,
): Promise<Decision<string>> {
  const fields = findPersonMistakes(operator);
  if (Object.keys(fields).length > 0) return no({ code: 'invalid-input', fields });
  const passwordHash = await hashPassword(operator.password);
  const { personName: name, email } = operator;
  const order = {
    action: 'set-up',
    actor: { kind: 'newcomer' },
    ownerId: houseId,
    key,
    input: { name, email },
  } as const;
  return perform(doors, order, async (deed) => {
    if (!(await spendSecret(deed.tx, settingKey, hashToken(token)))) throw new Refused({ code: 'not-found' });
    const personId = await recordPerson(deed.tx, { name, email, passwordHash }, deed.now);
    await recordStaff(deed.tx, personId, 'operator', deed.now);
    deed.becomes(personId);
    return personId;
  });
}
