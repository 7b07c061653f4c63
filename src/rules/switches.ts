import type { Decision } from './decision.ts';
import { no, yes } from './decision.ts';
import type { Switch, SwitchKind } from './standing.ts';

/** Turning on a switch of the account itself; switches of its agency or numbers are other facts and don't count here. */
export function decideTurning(kind: SwitchKind, switches: readonly Switch[]): Decision<true> {
  const on = switches.some((each) => each.level === 'account' && each.kind === kind);
  if (on) return no({ code: kind === 'pause' ? 'already-paused' : 'already-stopped' });
  return yes(true);
}

/** Turning a switch of the account back. */
export function decideResuming(kind: SwitchKind, switches: readonly Switch[]): Decision<true> {
  const on = switches.some((each) => each.level === 'account' && each.kind === kind);
  if (!on) return no({ code: kind === 'pause' ? 'not-paused' : 'not-stopped' });
  return yes(true);
}
