import type { EnteredAgency } from '../../accounts/enter.ts';
import { TurnedBy } from '../../accounts/sayTurned.tsx';
import { type Ongoing, OngoingCharges } from '../../billing/sayOngoing.tsx';
import { newKey } from '../../platform/ids.ts';
import type { Action } from '../../rules/permission.ts';
import { allowances, type SwitchKind } from '../../rules/standing.ts';
import { troubleHref } from '../../web/askHref.ts';
import { ButtonForm, Setting, StandingLabel, TroubleLink } from '../../web/components.tsx';
import { whoMay } from './say.ts';

const words = {
  pause: {
    on: 'Pause Tracking Code',
    off: 'Resume Tracking Code',
    turn: 'pause-agency',
    resume: 'resume-agency',
    now: 'Number swapping is paused for all sub-accounts',
    does: 'For all sub-accounts at once: websites show their own numbers. Calls still connect.',
  },
  stop: {
    on: 'Stop Incoming Calls',
    off: 'Resume Incoming Calls and Tracking Code',
    turn: 'stop-agency-calls',
    resume: 'resume-agency-calls',
    now: 'Incoming calls are stopped for all sub-accounts',
    does: 'For all sub-accounts at once: callers hear each account’s message, and swapping is off too.',
  },
} as const satisfies Record<SwitchKind, { turn: Action; resume: Action } & Record<string, string>>;

interface AgencySwitchProps {
  entered: EnteredAgency;
  kind: SwitchKind;
  ongoing: Ongoing;
  currency: string;
  names: ReadonlyMap<string, string>;
  /** What the page says was refused just now. */
  lastRefusal: string | undefined;
}

/** A switch of the agency in Parent Settings → Status, with what goes on being charged for all that it pays. */
export function AgencySwitch({ entered, kind, ongoing, currency, names, lastRefusal }: AgencySwitchProps) {
  const { agency, base, may } = entered;
  const word = words[kind];
  const on = agency.switches.find((each) => each.kind === kind);
  const action = on ? word.resume : word.turn;
  return (
    <Setting
      title={on ? word.now : word.on}
      badge={on && <StandingLabel label={kind === 'pause' ? 'paused' : 'stopped'} />}
      description={
        <>
          {on ? <TurnedBy on={on} names={names} timeZone={agency.timeZone} /> : word.does}{' '}
          <OngoingCharges
            ongoing={ongoing}
            payerName={null}
            usage={kind === 'pause' && allowances[agency.standing].charged.usage}
            currency={currency}
            timeZone={agency.timeZone}
          />
          {!may(action) && <> {whoMay(action)}</>}
        </>
      }
      action={
        may(action) ? (
          <ButtonForm action={`${base}/switches/${kind}${on ? '/resume' : ''}`} asksWhy={!on} idempotencyKey={newKey()}>
            {on ? word.off : word.on}
          </ButtonForm>
        ) : undefined
      }
      actionAt="left"
      trouble={
        <TroubleLink href={troubleHref(base, `Parent Settings → Status → ${on ? word.off : word.on}`, lastRefusal)} />
      }
    />
  );
}
