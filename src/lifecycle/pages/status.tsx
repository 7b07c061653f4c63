import type { Entered } from '../../accounts/enter.ts';
import { TurnedBy } from '../../accounts/sayTurned.tsx';
import type { OwedFacts } from '../../billing/refunds/findEnded.ts';
import { RefundSetting } from '../../billing/refunds/sayRefund.tsx';
import { type Ongoing, OngoingCharges } from '../../billing/sayOngoing.tsx';
import type { Balance, Subscription } from '../../billing/store.ts';
import type { TrackingNumber } from '../../numbers/store.ts';
import { newKey } from '../../platform/ids.ts';
import { type Action, roleNames } from '../../rules/permission.ts';
import { allowances, type SwitchKind } from '../../rules/standing.ts';
import { askHref, troubleHref } from '../../web/askHref.ts';
import {
  Button,
  ButtonForm,
  DefinitionList,
  Field,
  Form,
  LinkButton,
  Moment,
  Notice,
  Section,
  Setting,
  Settings,
  StandingLabel,
  TextLink,
  TroubleLink,
} from '../../web/components.tsx';
import { formatMoment, formatMoney } from '../../web/format.ts';
import { countOf, whoMay } from './say.ts';

/** What the Status section says: the facts of the standing, and what goes on being charged. */
export interface StatusFacts {
  entered: Entered;
  subscription: Subscription | null;
  payerSubscription: Subscription | null;
  ongoing: Ongoing;
  balance: Balance;
  numbersInUse: readonly TrackingNumber[];
  numbersRestorable: readonly TrackingNumber[];
  /** What the subscription costs if the account came back now. */
  returnPriceMicros: bigint;
  names: ReadonlyMap<string, string>;
  /** What can be asked back, after a closing. */
  owed: OwedFacts | null;
  /** What the page says was refused just now. */
  lastRefusal?: string | undefined;
}

/** Account Settings → Status: how the account stands and why, and every way to change it. */
export function StatusSection({ facts }: { facts: StatusFacts }) {
  const { account } = facts.entered;
  return (
    <Section
      id="status"
      title="Status"
      description="How this account stands, and the ways to pause, stop or end it."
      actions={<StandingLabel label={labelText(account.standing)} open="Open" />}
    >
      {account.closure ? <Canceled facts={facts} /> : <Open facts={facts} />}
    </Section>
  );
}

const trouble = ({ entered, lastRefusal }: StatusFacts, step: string) => (
  <TroubleLink href={troubleHref(entered.base, `Account Settings → Status → ${step}`, lastRefusal)} />
);

const labelText = (standing: string): string | null => (standing === 'open' ? null : standing);

function Open({ facts }: { facts: StatusFacts }) {
  const { account, base, may } = facts.entered;
  const isSubAccount = account.agencyId !== null;
  const closing = isSubAccount ? 'Close Sub-account' : 'Close account';
  return (
    <Settings>
      {account.standing === 'no funds' && (
        <Setting
          title="No funds"
          badge={<StandingLabel label="no funds" />}
          description={<NoFunds facts={facts} />}
          action={
            may('view-billing') && account.payer === 'own' ? (
              <LinkButton href={`${base}/billing`}>Billing</LinkButton>
            ) : undefined
          }
        />
      )}
      <Hold facts={facts} />
      <AgencySwitches facts={facts} />
      <SwitchSetting facts={facts} kind="pause" />
      <SwitchSetting facts={facts} kind="stop" />
      <Setting
        title={closing}
        description={
          <>
            Releases {countOf(facts.numbersInUse.length, 'tracking number')}, refuses calls and ends{' '}
            {isSubAccount ? 'what this account is charged' : 'all charges'} from that instant.
            {isSubAccount && ' The agency and its other sub-accounts stay as they are, and its subscription goes on.'}
            {!may('close-account') && <> {whoMay('close-account')}</>}
          </>
        }
        action={
          may('close-account') ? (
            <LinkButton
              href={`${base}/closure/new`}
              variant={isSubAccount ? 'closing-red' : 'closing-orange'}
              dialog={isSubAccount}
            >
              {closing}
            </LinkButton>
          ) : undefined
        }
        trouble={trouble(facts, closing)}
      />
    </Settings>
  );
}

/** Since when nothing connects, and what whoever pays does about it. */
function NoFunds({ facts }: { facts: StatusFacts }) {
  const { account, may } = facts.entered;
  const since = account.arrears!.noFundsFrom;
  return (
    <>
      Since <Moment at={since} text={formatMoment(since, account.timeZone)} /> swapping is off and calls are answered
      with the message for refused callers: the available balance{' '}
      {account.payer === 'agency' ? `of ${account.agencyName}, which pays for this account, ` : ''}was used up, and
      nobody topped it up.{' '}
      {account.payer === 'agency'
        ? 'It ends at once when its Agency Administrator or Agency Billing Manager tops up.'
        : 'It ends at once when somebody tops up under Billing.'}{' '}
      The account stays open and keeps its numbers. <ChargesGoOn facts={facts} usage={false} />
      {account.payer === 'own' && !may('top-up') && <> {whoMay('top-up')}</>}
    </>
  );
}

const words = {
  pause: {
    on: 'Pause Tracking Code',
    off: 'Resume Tracking Code',
    turn: 'pause-tracking',
    resume: 'resume-tracking',
    now: 'Number swapping is paused',
    does: 'Websites show their own numbers. Calls still connect.',
  },
  stop: {
    on: 'Stop Incoming Calls',
    off: 'Resume Incoming Calls and Tracking Code',
    turn: 'stop-calls',
    resume: 'resume-calls',
    now: 'Incoming calls are stopped',
    does: 'Callers hear the message for refused callers, and swapping is off too.',
  },
} as const satisfies Record<SwitchKind, { turn: Action; resume: Action } & Record<string, string>>;

/** The operator's hold: the account is told since when and why, and whom to ask. */
function Hold({ facts }: { facts: StatusFacts }) {
  const { account } = facts.entered;
  const hold = account.switches.find((each) => each.kind === 'hold');
  if (!hold) return null;
  return (
    <Setting
      title="The operator holds incoming calls"
      badge={<StandingLabel label="stopped" />}
      description={
        <>
          Since <Moment at={hold.since} text={formatMoment(hold.since, account.timeZone)} />: {hold.why}. Callers hear
          the message for refused callers until the operator lifts this. Ask support if it surprises you.{' '}
          <ChargesGoOn facts={facts} usage={false} />
        </>
      }
    />
  );
}

/** What the agency has turned is a fact of its own line: the account's own buttons don't end it. */
function AgencySwitches({ facts }: { facts: StatusFacts }) {
  const { account } = facts.entered;
  return account.switches
    .filter((each) => each.level === 'agency')
    .map((on) => (
      <Setting
        key={on.kind}
        title={`${on.kind === 'pause' ? 'Paused' : 'Stopped'} by the agency`}
        badge={<StandingLabel label={on.kind === 'pause' ? 'paused' : 'stopped'} />}
        description={
          <>
            <TurnedBy on={on} names={facts.names} timeZone={account.timeZone} /> It holds for every sub-account of{' '}
            {account.agencyName}, until an Agency Administrator resumes it under Parent Settings. What this account has
            paused or stopped itself is apart from it. <ChargesGoOn facts={facts} usage={on.kind === 'pause'} />
          </>
        }
      />
    ));
}

function SwitchSetting({ facts, kind }: { facts: StatusFacts; kind: SwitchKind }) {
  const { account, base, may } = facts.entered;
  const word = words[kind];
  const on = account.switches.find((each) => each.level === 'account' && each.kind === kind);
  const action = on ? word.resume : word.turn;
  return (
    <Setting
      title={on ? word.now : word.on}
      badge={on && <StandingLabel label={kind === 'pause' ? 'paused' : 'stopped'} />}
      description={
        <>
          {on ? (
            <>
              <TurnedBy on={on} names={facts.names} timeZone={account.timeZone} />{' '}
            </>
          ) : (
            `${word.does} `
          )}
          <ChargesGoOn facts={facts} usage={kind === 'pause'} />
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
      trouble={trouble(facts, on ? word.off : word.on)}
    />
  );
}

/** Paused and stopped accounts are still charged: how much, from whose balance, and when next. */
function ChargesGoOn({ facts, usage }: { facts: StatusFacts; usage: boolean }) {
  const { account } = facts.entered;
  return (
    <OngoingCharges
      ongoing={facts.ongoing}
      payerName={account.payer === 'agency' ? account.agencyName : null}
      usage={usage && allowances[account.standing].charged.usage}
      currency={facts.balance.currency}
      timeZone={account.timeZone}
    />
  );
}

function Canceled({ facts }: { facts: StatusFacts }) {
  const { account, base, may } = facts.entered;
  const closure = account.closure!;
  const show = (date: Date) => <Moment at={date} text={formatMoment(date, account.timeZone)} />;
  const money = (micros: bigint) => formatMoney(micros, facts.balance.currency);
  const heldMicros = facts.numbersRestorable
    .filter((each) => each.paidUntil! <= facts.entered.now)
    .reduce((sum, each) => sum + each.monthlyPriceMicros, 0n);
  return (
    <>
      <Notice kind="attention" title="This account is canceled">
        Closed on {show(closure.closedAt)} by {facts.names.get(closure.closedBy) ?? 'somebody who left'} (
        {roleNames[closure.closedByRole as keyof typeof roleNames] ?? closure.closedByRole})
        {closure.why ? `: ${closure.why}.` : '.'} Calls are refused and nothing is charged. What it holds can be read
        until the date below.
      </Notice>
      <DefinitionList
        items={[
          {
            term: 'Numbers restorable until',
            description: show(closure.numbersRestorableUntil),
            hint: account.isAgencyCanceled
              ? 'By support, together with the account.'
              : `${countOf(facts.numbersRestorable.length, 'number')} can be restored now; a number released earlier has its own date.`,
          },
          {
            term: 'Reactivatable until',
            description: show(closure.reactivatableUntil),
            hint: 'Afterwards its data is purged and a new account is needed.',
          },
          {
            term: 'Balance refundable until',
            description: show(closure.refundableUntil),
            hint:
              account.payer === 'agency' && (!facts.owed || facts.owed.owner.paidBy !== null)
                ? `The available balance belongs to ${account.agencyName} and stays there.`
                : `${money(facts.owed?.owed.walletMicros ?? facts.balance.availableMicros)} is preserved. It is not paid back by itself.`,
          },
        ]}
      />
      <Settings>
        <Setting
          title={account.isAgencyCanceled ? 'Only support can bring it back' : 'Reactivate Account'}
          description={
            account.isAgencyCanceled ? (
              <OnlySupport facts={facts} />
            ) : may('reactivate-account') ? (
              <>
                The account opens again as it was, with its switches.{' '}
                {facts.returnPriceMicros > 0n
                  ? `One month of the plan is charged: ${money(facts.returnPriceMicros)}.`
                  : facts.subscription
                    ? 'It costs nothing: the month is already paid.'
                    : 'It costs nothing.'}{' '}
                {facts.numbersRestorable.length > 0 && (
                  <>
                    {countOf(facts.numbersRestorable.length, 'number')} can come along,{' '}
                    {heldMicros > 0n
                      ? `for ${money(heldMicros)}: months that begin now`
                      : 'inside the months already paid'}
                    ; or one by one under <TextLink href={`${base}/numbers/released`}>Released Numbers</TextLink>.
                  </>
                )}
              </>
            ) : (
              whoMay('reactivate-account')
            )
          }
          action={
            account.isAgencyCanceled ? (
              <AskBack facts={facts} />
            ) : may('reactivate-account') ? (
              <Form action={`${base}/reactivation`} idempotencyKey={newKey()}>
                {facts.numbersRestorable.length > 0 && (
                  <Field
                    name="restoreNumbers"
                    label={`Restore all ${countOf(facts.numbersRestorable.length, 'number')} still held`}
                    kind="checkbox"
                    value="yes"
                  />
                )}
                <Button variant="primary">Reactivate Account</Button>
              </Form>
            ) : undefined
          }
          trouble={trouble(facts, 'Reactivate Account')}
        />
        {facts.owed && <RefundSetting facts={facts.owed} mayAsk={may('ask-refund')} />}
      </Settings>
    </>
  );
}

/** The way back of a sub-account whose agency is canceled: by support, on a ticket. */
function AskBack({ facts }: { facts: StatusFacts }) {
  const { account, base } = facts.entered;
  const href = askHref(base, {
    kind: 'reactivate-as-standalone',
    step: 'Account Settings → Status → Reactivate Account',
    refusal: facts.lastRefusal,
    subject: `Bring ${account.name} back as a standalone account`,
  });
  return <LinkButton href={href}>Ask support to bring it back</LinkButton>;
}

/** Under a canceled agency nobody inside brings an account back: who can, until when, and how. */
function OnlySupport({ facts }: { facts: StatusFacts }) {
  const { account } = facts.entered;
  const { level, reactivatableUntil } = account.closure!;
  return (
    <>
      {account.agencyName} is canceled, so nobody can reactivate this account from inside. Until{' '}
      <Moment at={reactivatableUntil} text={formatMoment(reactivatableUntil, account.timeZone)} /> support can, on a
      ticket:{' '}
      {level === 'agency'
        ? 'together with the agency, or alone with a plan of its own.'
        : 'alone with a plan of its own. It was closed before its agency, and stays closed when that comes back.'}
    </>
  );
}
