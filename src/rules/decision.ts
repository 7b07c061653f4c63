import type { Refusal } from './refusals.ts';

/** What a rule answers: yes, with everything the deed needs; or no, with the reason. */
export type Decision<T> = { ok: true; value: T } | { ok: false; refusal: Refusal };

export const yes = <T>(value: T): Decision<T> => ({ ok: true, value });
export const no = (refusal: Refusal): Decision<never> => ({ ok: false, refusal });

/** Carries a refusal out of an operation; `perform` catches it, rolls back and answers with it. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.code);
    this.refusal = refusal;
  }
}

/** The value of a yes; a no ends the operation. */
export function must<T>(decision: Decision<T>): T {
  if (decision.ok) return decision.value;
  throw new Refused(decision.refusal);
}
