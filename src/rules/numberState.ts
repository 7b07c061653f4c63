import { allowances, type Standing, type Switch, standingOf, standings } from './standing.ts';

/** How one number in use stands, with the strongest fact of the three levels. */
export interface NumberState {
  standing: Standing;
  swapping: boolean;
  callsConnect: boolean;
  /** The switch that makes it so; of equals the highest, since turning back a lower one changes nothing. Null when it is none. */
  because: Switch | null;
}

/**
 * The facts of agency, account and number are OR-ed: the strongest counts, wherever it was turned.
 * `account`: its standing, and its switches with its agency's. Routing asks the same of the rows that it reads at once.
 */
export function numberStateOf(
  account: { standing: Standing; switches: readonly Switch[] },
  numberSwitches: readonly Switch[],
): NumberState {
  const own = standingOfSwitches(numberSwitches);
  const standing = standings.indexOf(own) > standings.indexOf(account.standing) ? own : account.standing;
  const { swapping, callsConnect } = allowances[standing];
  const highestFirst = [
    ...account.switches.filter((each) => each.level === 'agency'),
    ...account.switches.filter((each) => each.level === 'account'),
    ...numberSwitches,
  ];
  const because = highestFirst.find((each) => standingOfSwitches([each]) === standing) ?? null;
  return { standing, swapping, callsConnect, because };
}

/** What switches alone amount to; they know no time. */
const standingOfSwitches = (switches: readonly Switch[]): Standing =>
  standingOf({ closure: null, noFundsFrom: null, switches }, new Date(0));
