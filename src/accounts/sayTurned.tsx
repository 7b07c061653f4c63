import type { Switch } from '../rules/standing.ts';
import { Moment } from '../web/components.tsx';
import { formatMoment } from '../web/format.ts';

/** Since when a switch is on, who turned it, and why. */
export function TurnedBy({
  on,
  names,
  timeZone,
}: {
  on: Switch;
  names: ReadonlyMap<string, string>;
  timeZone: string;
}) {
  return (
    <>
      Since <Moment at={on.since} text={formatMoment(on.since, timeZone)} /> by{' '}
      {names.get(on.by) ?? 'somebody who left'}
      {on.why ? `: ${on.why}.` : '.'}
    </>
  );
}
