import type { Plan } from '../src/rules/plans.ts';

/** A plan for tests of rules: what a case is about stands in `over`. */
export const planOf = (over: Partial<Plan> = {}): Plan => ({
  planCode: 'essentials',
  name: 'Essentials',
  kind: 'standalone',
  currency: 'USD',
  version: 1,
  effectiveFrom: new Date(0),
  monthlyFeeMicros: 99_000_000n,
  localNumberMicros: 2_250_000n,
  tollFreeNumberMicros: 4_250_000n,
  minuteInMicros: 42_000n,
  tollFreeMinuteInMicros: 62_000n,
  minuteOutMicros: 47_000n,
  recordingMinuteMicros: 5_000n,
  transcriptionMinuteMicros: 25_000n,
  includedMinutes: 250,
  creditsUnusedTime: true,
  ...over,
});
