import { type Actor, type Doors, perform } from '../platform/operation.ts';
import { type Decision, must } from '../rules/decision.ts';
import type { SwitchKind } from '../rules/standing.ts';
import { decideResuming, decideTurning } from '../rules/switches.ts';
import { endSwitch, findAccount, recordSwitch } from './store.ts';

/** Turns an account's switch: pause is number swapping off, stop is incoming calls off and swapping with them. */
export async function turnSwitch(
  doors: Doors,
  actor: Actor,
  accountId: number,
  kind: SwitchKind,
  why: string | null,
  key: string,
): Promise<Decision<true>> {
  const action = kind === 'pause' ? 'pause-tracking' : 'stop-calls';
  return perform(doors, { action, actor, ownerId: accountId, key, input: { why } }, async ({ tx, now, by, note }) => {
    const account = (await findAccount(tx, accountId, now))!;
    must(decideTurning('account', kind, account.switches));
    await recordSwitch(tx, accountId, kind, by, why, now);
    note({ why });
    return true;
  });
}

/** Turns it back. The other switch, if it is on, stays on. */
export async function resumeSwitch(
  doors: Doors,
  actor: Actor,
  accountId: number,
  kind: SwitchKind,
  key: string,
): Promise<Decision<true>> {
  const action = kind === 'pause' ? 'resume-tracking' : 'resume-calls';
  return perform(doors, { action, actor, ownerId: accountId, key, input: {} }, async ({ tx, now, by }) => {
    const account = (await findAccount(tx, accountId, now))!;
    must(decideResuming('account', kind, account.switches));
    await endSwitch(tx, accountId, kind, by, now);
    return true;
  });
}
