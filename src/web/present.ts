import type { Refusal, RefusalCode, ShownWith } from '../rules/refusals.ts';
import { sentenceFor } from '../rules/refusals.ts';
import { formatMoment, formatMoney, formatPhone } from './format.ts';

const statuses: Partial<Record<RefusalCode, number>> = {
  'not-found': 404,
  'role-missing': 403,
  'account-canceled': 403,
  purged: 410,
  'invitation-over': 410,
  'offer-over': 410,
  'other-side': 403,
  'own-offer': 403,
  'owes-first': 402,
  'payer-without-funds': 402,
  'too-many-invitations': 429,
  'too-many-tickets': 429,
  'sign-up-closed': 403,
  'feature-missing': 403,
  'role-above-own': 403,
  'owner-only': 403,
  'no-funds': 402,
  'balance-short': 402,
  'invalid-input': 422,
  'sign-in-first': 401,
  'development-only': 403,
  'carrier-unavailable': 503,
  'payments-unavailable': 503,
  'currency-mismatch': 422,
  'no-card': 402,
};

/** The HTTP status of a refusal; whatever clashes with how things stand is 409. */
export function statusOf(refusal: Refusal): number {
  return statuses[refusal.code] ?? 409;
}

/** How a refusal's dates, amounts and numbers are written for somebody in that zone. */
export function showIn(timeZone: string, currency = 'USD'): ShownWith {
  return {
    moment: (date) => formatMoment(date, timeZone),
    money: (micros) => formatMoney(micros, currency),
    phone: formatPhone,
  };
}

/** The sentence and the fields of a refusal, as a page's form shows them. */
export interface ShownRefusal {
  sentence: string;
  fields: Readonly<Record<string, string>>;
}

export function presentRefusal(refusal: Refusal, timeZone: string): ShownRefusal {
  if (refusal.code === 'invalid-input') {
    return { sentence: 'Please look at the marked fields; nothing was saved yet.', fields: refusal.fields };
  }
  return { sentence: sentenceFor(refusal, showIn(timeZone)), fields: {} };
}
