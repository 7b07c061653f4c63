import type { TicketKind } from '../rules/tickets.ts';

/** What a link to the ticket form says already. */
export interface Asked {
  kind: TicketKind;
  /** Which step of which path. */
  step?: string | undefined;
  /** The sentence with which that step was last refused. */
  refusal?: string | undefined;
  subject?: string | undefined;
  words?: string | undefined;
}

/** The ticket form of an account or agency, filled in. `base`: the start of its addresses. */
export function askHref(base: string, asked: Asked): string {
  const given = Object.entries(asked).filter(([, value]) => value);
  return `${base}/tickets/new?${new URLSearchParams(given)}`;
}

/** Where "Trouble with this step?" leads. */
export const troubleHref = (base: string, step: string, refusal?: string): string =>
  askHref(base, { kind: 'trouble', step, refusal });
