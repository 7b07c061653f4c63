import type { Days } from '../../rules/calendar.ts';
import { formatDay } from '../../web/format.ts';

/** "2026-03-03" as "3 March 2026". */
export const sayDay = (day: string): string => formatDay(new Date(`${day}T00:00:00Z`), 'UTC');

/** "2026-03" as "March 2026". */
export const sayMonth = (month: string): string => sayDay(`${month}-01`).slice(2);

/** "March 2026", "3 March 2026", "3 March 2026 to 17 March 2026". */
export function sayDays({ firstDay, lastDay, month }: Days): string {
  if (month) return sayMonth(month);
  return firstDay === lastDay ? sayDay(firstDay) : `${sayDay(firstDay)} to ${sayDay(lastDay)}`;
}
