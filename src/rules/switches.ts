import type { Decision } from './decision.ts';
import { no, yes } from './decision.ts';
import type { Level, Switch, SwitchKind } from './standing.ts';

/** Turning on a switch of one level; those of the others are other facts and don't count here. */
export function decideTurning(level: Level, kind: SwitchKind, switches: readonly Switch[]): Decision<true> {
  const on = switches.some((each) => each.level === level && each.kind === kind);
  if (on) return no({ code: kind === 'pause' ? 'already-paused' : 'already-stopped' });
  return yes(true);
}

/** Turning it back, which leaves those of the other levels as they are. */
export function decideResuming(level: Level, kind: SwitchKind, switches: readonly Switch[]): Decision<true> {
  const on = switches.some((each) => each.level === level && each.kind === kind);
  if (!on) return no({ code: kind === 'pause' ? 'not-paused' : 'not-stopped' });
  return yes(true);
}

/** The operator's hold on an account's calls: one at a time, so that its reason stays the one that was told. */
export function decideHold(switches: readonly Switch[]): Decision<true> {
  return switches.some((each) => each.kind === 'hold') ? no({ code: 'already-held' }) : yes(true);
}

export function decideLift(switches: readonly Switch[]): Decision<true> {
  return switches.some((each) => each.kind === 'hold') ? yes(true) : no({ code: 'not-held' });
}
