import type { UnusedTime } from '../../rules/closing.ts';
import type { PlanItem } from '../../web/components.tsx';
import { formatMoment, formatMoney } from '../../web/format.ts';
import { countOf } from './say.ts';

/** What a closing page says of the month that is paid: what comes back of it, with its arithmetic, or that nothing does. */
export function unusedTimeItems(unused: UnusedTime | null, timeZone: string, currency: string): PlanItem[] {
  if (!unused || unused.leftMs === 0) return [];
  const { planName, paidMicros, paidUntil, isCredited, creditMicros, overusedMinutes, overusedMicros } = unused;
  const money = (micros: bigint) => formatMoney(micros, currency);
  const until = formatMoment(paidUntil, timeZone);
  if (!isCredited)
    return [
      {
        when: 'At once',
        what: `The rest of the month that is paid is not given back by the ${planName} plan`,
        detail: `It is paid until ${until}; whoever comes back before then pays no fee for it again.`,
        tone: 'ends',
      },
    ];
  const days = (ms: number) => (ms / 86_400_000).toFixed(2);
  const less =
    overusedMinutes > 0
      ? `, less ${money(overusedMicros)} for ${countOf(overusedMinutes, 'included minute')} beyond their share`
      : '';
  return [
    {
      when: 'At once',
      what: `${money(creditMicros)} of the ${planName} plan’s fee comes back to the available balance`,
      detail: `${money(paidMicros)} × ${days(unused.leftMs)} of ${days(unused.wholeMs)} days unused, until ${until}${less}. It is worked out anew at the moment of closing; coming back begins a new month.`,
      tone: 'keeps',
    },
  ];
}
