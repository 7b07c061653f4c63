import { allowances, type Standing } from './standing.ts';

/** What an arriving call meets: the number it rang, as one read found it. */
export interface CalledNumber {
  standing: Standing;
  released: boolean;
  receivingNumber: string | null;
  /** The account's own words for callers who are refused. */
  refusalMessage: string;
}

export type Route =
  | { kind: 'forward'; to: string }
  | { kind: 'refuse'; why: 'canceled' | 'released' | 'stopped' | 'no funds' | 'no receiving number'; message: string };

/** Said when a number is open but leads nowhere yet. */
export const noReceivingNumberMessage = 'This number is not connected yet. Please try again later. Goodbye.';

/** Where an arriving call goes. A call that is already connected is never asked again. */
export function decideRoute(called: CalledNumber): Route {
  const { standing, refusalMessage } = called;
  if (standing === 'canceled' || standing === 'purged')
    return { kind: 'refuse', why: 'canceled', message: refusalMessage };
  if (called.released) return { kind: 'refuse', why: 'released', message: refusalMessage };
  if (!allowances[standing].callsConnect) {
    return { kind: 'refuse', why: standing === 'no funds' ? 'no funds' : 'stopped', message: refusalMessage };
  }
  if (!called.receivingNumber) return { kind: 'refuse', why: 'no receiving number', message: noReceivingNumberMessage };
  return { kind: 'forward', to: called.receivingNumber };
}
