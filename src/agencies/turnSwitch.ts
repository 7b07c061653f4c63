import { type Actor, type Doors, perform } from '../platform/operation.ts';
import { type Decision, must } from '../rules/decision.ts';
import type { SwitchKind } from '../rules/standing.ts';
import { decideResuming, decideTurning } from '../rules/switches.ts';
import { endAgencySwitch, findAgency, recordAgencySwitch } from './store.ts';

/** Turns an agency's switch: one row, which is a fact of all its sub-accounts at once. */
export async function turnAgencySwitch(
  doors: Doors,
  actor: Actor,
  agencyId: number,
  kind: SwitchKind,
  why: string | null,
  key: string,
): Promise<Decision<true>> {
  const action = kind === 'pause' ? 'pause-agency' : 'stop-agency-calls';
  return perform(doors, { action, actor, ownerId: agencyId, key, input: { why } }, async ({ tx, now, by, note }) => {
    const agency = (await findAgency(tx, agencyId, now))!;
    must(decideTurning('agency', kind, agency.switches));
    await recordAgencySwitch(tx, agencyId, kind, by, why, now);
    note({ why });
    return true;
  });
}

/** Turns it back. What a sub-account or a number has paused or stopped itself stays so. */
export async function resumeAgencySwitch(
  doors: Doors,
  actor: Actor,
  agencyId: number,
  kind: SwitchKind,
  key: string,
): Promise<Decision<true>> {
  const action = kind === 'pause' ? 'resume-agency' : 'resume-agency-calls';
  return perform(doors, { action, actor, ownerId: agencyId, key, input: {} }, async ({ tx, now, by }) => {
    const agency = (await findAgency(tx, agencyId, now))!;
    must(decideResuming('agency', kind, agency.switches));
    await endAgencySwitch(tx, agencyId, kind, by, now);
    return true;
  });
}
