import type { TicketKind } from '../rules/tickets.ts';
import type { PageNotice } from './layout.tsx';

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

/** The refusal that the page says at its top, if that is what it says. */
export const refusalIn = (notice: PageNotice | undefined): string | undefined =>
  notice?.kind === 'refusal' ? notice.text : undefined;

/** What a form was refused with, in words that stand by themselves: a ticket has no marked fields. */
export function refusalOf(
  shown: { sentence: string; fields: Readonly<Record<string, string>> } | null | undefined,
): string | undefined {
  return shown ? Object.values(shown.fields).join(' ') || shown.sentence : undefined;
}
