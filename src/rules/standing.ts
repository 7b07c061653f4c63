import { isBefore } from './time.ts';

/*
 * What an account may do follows from independent facts at three levels (agency, account, number). Facts are stored;
 * the standing is worked out here each time. The labels are the article's: "(paused)", "(stopped)", "(canceled)".
 */

export type Level = 'agency' | 'account' | 'number';
export type SwitchKind = 'pause' | 'stop';

/** A switch that somebody turned and nobody has turned back. A hold is the operator's, and stops calls like a stop. */
export interface Switch {
  level: Level;
  kind: SwitchKind | 'hold';
  since: Date;
  by: string;
  why: string | null;
}

/** The facts a standing is computed from; each is null or empty when it is not so. */
export interface StandingFacts {
  /** The closure that nobody has ended by reactivating. */
  closure: { closedAt: Date; reactivatableUntil: Date } | null;
  /** From when on nothing connects: stored when the arrears that nobody has paid began. */
  noFundsFrom: Date | null;
  switches: readonly Pick<Switch, 'kind'>[];
}

/** From weakest to strongest; the label shows the strongest. */
export const standings = ['open', 'paused', 'stopped', 'no funds', 'canceled', 'purged'] as const;
export type Standing = (typeof standings)[number];

/** At the promised date a closed account counts as purged, whether or not the purge has come round to it. */
export function standingOf(facts: StandingFacts, now: Date): Standing {
  if (facts.closure) return isBefore(now, facts.closure.reactivatableUntil) ? 'canceled' : 'purged';
  if (facts.noFundsFrom && !isBefore(now, facts.noFundsFrom)) return 'no funds';
  if (facts.switches.some((each) => each.kind !== 'pause')) return 'stopped';
  if (facts.switches.length > 0) return 'paused';
  return 'open';
}

export interface Allowance {
  /** Shown in parentheses after the name; null when there is nothing to say. */
  label: string | null;
  callsConnect: boolean;
  swapping: boolean;
  /** Whether numbers may be bought and settings changed. */
  change: 'yes' | 'top up only' | 'no';
  charged: { subscription: boolean; renewals: boolean; usage: boolean };
  /** What a person may still do after signing in. */
  access: 'full' | 'read only' | 'what is owed';
}

/** What each standing allows. Pages, routes, documents and tests are all printed from this table. */
export const allowances: Record<Standing, Allowance> = {
  open: {
    label: null,
    callsConnect: true,
    swapping: true,
    change: 'yes',
    charged: { subscription: true, renewals: true, usage: true },
    access: 'full',
  },
  paused: {
    label: 'paused',
    callsConnect: true,
    swapping: false,
    change: 'yes',
    charged: { subscription: true, renewals: true, usage: true },
    access: 'full',
  },
  stopped: {
    label: 'stopped',
    callsConnect: false,
    swapping: false,
    change: 'yes',
    charged: { subscription: true, renewals: true, usage: false },
    access: 'full',
  },
  'no funds': {
    label: 'no funds',
    callsConnect: false,
    swapping: false,
    change: 'top up only',
    charged: { subscription: true, renewals: true, usage: false },
    access: 'full',
  },
  canceled: {
    label: 'canceled',
    callsConnect: false,
    swapping: false,
    change: 'no',
    charged: { subscription: false, renewals: false, usage: false },
    access: 'read only',
  },
  purged: {
    label: null,
    callsConnect: false,
    swapping: false,
    change: 'no',
    charged: { subscription: false, renewals: false, usage: false },
    access: 'what is owed',
  },
};
