import { fieldsOf } from '../../web/read.ts';
import type { ConfirmedChange } from './change.ts';

/** A confirmed change of plan, as a form or a script sends it. Terms that can't be read are none, and the hash decides. */
export function readConfirmation(body: unknown): ConfirmedChange {
  const field = fieldsOf(body);
  const given = (body as { terms?: unknown } | null)?.terms;
  const asOf = new Date(field('asOf') || field('as_of'));
  return {
    planCode: field('plan'),
    asOf: Number.isNaN(asOf.getTime()) ? new Date(0) : asOf,
    planHash: field('planHash') || field('plan_hash'),
    terms: readTerms(typeof given === 'string' ? parse(given) : given),
  };
}

function readTerms(terms: unknown): Record<string, string[]> {
  if (terms === null || typeof terms !== 'object') return {};
  return Object.fromEntries(
    Object.entries(terms).map(([part, lines]) => [part, Array.isArray(lines) ? lines.map(String) : []]),
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
