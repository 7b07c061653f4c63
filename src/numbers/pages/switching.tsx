import type { Entered } from '../../accounts/enter.ts';
import { TurnedBy } from '../../accounts/sayTurned.tsx';
import { type Ongoing, OngoingCharges } from '../../billing/sayOngoing.tsx';
import { newKey } from '../../platform/ids.ts';
import { type NumberState, numberStateOf } from '../../rules/numberState.ts';
import type { Action } from '../../rules/permission.ts';
import type { SwitchKind } from '../../rules/standing.ts';
import { troubleHref } from '../../web/askHref.ts';
import { ButtonForm, Setting, StandingLabel, TroubleLink } from '../../web/components.tsx';
import { formatPhone } from '../../web/format.ts';
import type { TrackingNumber } from '../store.ts';

interface CellProps {
  entered: Entered;
  number: TrackingNumber;
}

/** The Type column: the kind, and (pause) or (resume), unless something above the number decides. */
export function SwappingCell({ entered, number }: CellProps) {
  const state = numberStateOf(entered.account, number.switches);
  const kind = number.kind === 'tollfree' ? 'Toll-free' : 'Local';
  const may = entered.may(state.swapping ? 'pause-tracking' : 'resume-tracking');
  if (state.swapping) {
    return (
      <>
        {kind} {may && <CellButton entered={entered} number={number} kind="pause" text="(pause)" spoken="(pause)" />}
      </>
    );
  }
  if (state.because?.level === 'number' && state.because.kind === 'pause') {
    return (
      <>
        {kind}{' '}
        {may ? (
          <CellButton entered={entered} number={number} kind="pause" isOn text="(resume)" spoken="(resume)" />
        ) : (
          '(paused)'
        )}
      </>
    );
  }
  return (
    <>
      {kind}
      <small class="under">{sayWhy(state)}</small>
    </>
  );
}

/** The Active column: whether calls connect, and the button that changes it, unless something above the number decides. */
export function ActiveCell({ entered, number }: CellProps) {
  const state = numberStateOf(entered.account, number.switches);
  if (state.callsConnect) {
    if (!entered.may('stop-calls')) return <>Yes</>;
    return <CellButton entered={entered} number={number} kind="stop" text="Yes" spoken="Yes. Stop Calls:" />;
  }
  if (state.because?.level === 'number') {
    const text = 'No (Stop Calls)';
    if (!entered.may('resume-calls')) return <>{text}</>;
    return <CellButton entered={entered} number={number} kind="stop" isOn text={text} spoken={`${text}. Resume:`} />;
  }
  return (
    <>
      No
      <small class="under">{sayWhy(state)}</small>
    </>
  );
}

/** Which fact it is that switches a number off. */
export function sayWhy({ standing, because }: NumberState): string {
  if (!because) return standing === 'no funds' ? 'no funds' : 'account canceled';
  if (because.level === 'number') return 'off with its calls';
  if (because.kind === 'hold') return 'held by the operator';
  return `${because.kind === 'pause' ? 'paused' : 'stopped'} by the ${because.level}`;
}

interface CellButtonProps extends CellProps {
  kind: SwitchKind;
  isOn?: boolean;
  text: string;
  spoken: string;
}

function CellButton({ entered, number, kind, isOn, text, spoken }: CellButtonProps) {
  return (
    <ButtonForm
      action={addressOf(entered, number, kind, isOn)}
      idempotencyKey={newKey()}
      hidden={{ from: 'list' }}
      size="small"
      spoken={`${spoken} ${formatPhone(number.phoneNumber)}`}
    >
      {text}
    </ButtonForm>
  );
}

const addressOf = ({ base }: Entered, number: TrackingNumber, kind: SwitchKind, isOn = false): string =>
  `${base}/numbers/${number.trackingNumberId}/switches/${kind}${isOn ? '/resume' : ''}`;

const words = {
  pause: {
    on: 'Pause this number',
    off: 'Resume this number',
    turn: 'pause-tracking',
    resume: 'resume-tracking',
    now: 'This number is paused',
    does: 'Websites show their own number in its place. Calls to it still connect.',
  },
  stop: {
    on: 'Stop Calls',
    off: 'Resume Calls',
    turn: 'stop-calls',
    resume: 'resume-calls',
    now: 'Calls to this number are stopped',
    does: 'Callers hear the message for refused callers, and it is not swapped either.',
  },
} as const satisfies Record<SwitchKind, { turn: Action; resume: Action } & Record<string, string>>;

interface NumberSwitchProps extends CellProps {
  kind: SwitchKind;
  ongoing: Ongoing;
  currency: string;
  names: ReadonlyMap<string, string>;
  /** What the page says was refused just now. */
  lastRefusal: string | undefined;
}

/** A number's own switch on its edit page: who turned it, when and why, and what goes on being charged. */
export function NumberSwitch({ entered, number, kind, ongoing, currency, names, lastRefusal }: NumberSwitchProps) {
  const { account, base, may } = entered;
  const { timeZone, payer, agencyName } = account;
  const word = words[kind];
  const on = number.switches.find((each) => each.kind === kind);
  const above = numberStateOf(account, []);
  const { callsConnect } = numberStateOf(account, number.switches);
  const isAbove = kind === 'pause' ? !above.swapping : !above.callsConnect;
  return (
    <Setting
      title={on ? word.now : word.on}
      badge={on && <StandingLabel label={kind === 'pause' ? 'paused' : 'stopped'} />}
      description={
        <>
          {on ? <TurnedBy on={on} names={names} timeZone={timeZone} /> : word.does}{' '}
          {isAbove && `Off already: ${sayWhy(above)}. What is switched here counts once that is over. `}
          <OngoingCharges
            ongoing={ongoing}
            payerName={payer === 'agency' ? agencyName : null}
            usage={kind === 'pause' && callsConnect}
            currency={currency}
            timeZone={timeZone}
          />
        </>
      }
      action={
        may(on ? word.resume : word.turn) ? (
          <ButtonForm
            action={addressOf(entered, number, kind, on !== undefined)}
            asksWhy={!on}
            idempotencyKey={newKey()}
          >
            {on ? word.off : word.on}
          </ButtonForm>
        ) : undefined
      }
      trouble={
        <TroubleLink
          href={troubleHref(base, `Edit ${formatPhone(number.phoneNumber)} → ${on ? word.off : word.on}`, lastRefusal)}
        />
      }
    />
  );
}
