/** What a plan costs from a moment on; versions follow each other, and a month that runs keeps its own. */
export interface Prices {
  version: number;
  effectiveFrom: Date;
  monthlyFeeMicros: bigint;
  localNumberMicros: bigint;
  tollFreeNumberMicros: bigint;
  minuteInMicros: bigint;
  tollFreeMinuteInMicros: bigint;
  minuteOutMicros: bigint;
  recordingMinuteMicros: bigint;
  transcriptionMinuteMicros: bigint;
  /** Minutes of calls that each month brings along. */
  includedMinutes: number;
  /** Whether a closing gives back what is left of the month that was paid. */
  creditsUnusedTime: boolean;
}

/** A plan with the prices of one moment. */
export interface Plan extends Prices {
  planCode: string;
  name: string;
  kind: 'standalone' | 'agency';
  currency: string;
}

/** The prices of a plan that hold at a moment, out of all versions, the newest first. */
export function pricesAt(prices: readonly Plan[], planCode: string, moment: Date): Plan {
  return prices.find((each) => each.planCode === planCode && each.effectiveFrom <= moment)!;
}

export function monthlyPrice(plan: Plan, kind: 'local' | 'tollfree'): bigint {
  return kind === 'tollfree' ? plan.tollFreeNumberMicros : plan.localNumberMicros;
}

/** What a minute of an incoming call costs, by the number that it came in on. */
export function minutePrice(plan: Plan, kind: 'local' | 'tollfree'): bigint {
  return kind === 'tollfree' ? plan.tollFreeMinuteInMicros : plan.minuteInMicros;
}
