import { dueMicros } from '../../rules/arrears.ts';
import { Moment, Notice, Table } from '../../web/components.tsx';
import { formatMoment, formatMoney } from '../../web/format.ts';
import type { Balance } from '../store.ts';
import type { findArrears } from './store.ts';

export type ShownArrears = NonNullable<Awaited<ReturnType<typeof findArrears>>>;

interface ArrearsProps {
  arrears: ShownArrears;
  balance: Balance;
  /** What stops connecting: an account's numbers, or those of all that an agency pays for. */
  isAgency: boolean;
  timeZone: string;
  now: Date;
}

/** On the Billing page of whoever owes: what happened, and that paying undoes all of it. */
export function ArrearsNotice({ arrears, balance, isAgency, timeZone, now }: ArrearsProps) {
  const { beganAt, noFundsFrom } = arrears;
  const isOver = noFundsFrom <= now;
  const show = (date: Date) => <Moment at={date} text={formatMoment(date, timeZone)} />;
  const money = (micros: bigint) => formatMoney(micros, balance.currency);
  const whose = isAgency ? 'for every sub-account that the agency pays for' : 'for all numbers';
  return (
    <Notice kind="attention" title={isOver ? 'No funds' : 'The available balance is used up'}>
      {isOver ? (
        <>
          Since {show(noFundsFrom)} swapping is off and calls are answered with the message for refused callers, {whose}
          : the available balance has been used up since {show(beganAt)}.
        </>
      ) : (
        <>
          Since {show(beganAt)}. Everything connects as before until {show(noFundsFrom)}; if nothing is paid by then,
          swapping is off and calls are answered with the message for refused callers, {whose}.
        </>
      )}{' '}
      A top-up of {money(dueMicros(balance.availableMicros))} or more undoes all of it at once. Nothing is closed for
      this, and no number is released.
    </Notice>
  );
}

/** What comes when, with what became of it. */
export function ArrearsCalendar({ arrears, timeZone, now }: Pick<ArrearsProps, 'arrears' | 'timeZone' | 'now'>) {
  const { noFundsFrom, steps } = arrears;
  const show = (date: Date) => <Moment at={date} text={formatMoment(date, timeZone)} />;
  return (
    <Table
      caption="What comes when, unless it is paid"
      captionShown
      rows={steps}
      rowKey={(step) => step.day}
      grey={(step) => step.sentAt !== null}
      columns={[
        { header: 'When', cell: (step) => show(step.dueAt) },
        { header: 'Day', numeric: true, cell: (step) => step.day },
        { header: 'What', main: true, wraps: true, cell: (step) => (step.dueAt < noFundsFrom ? mailed : ended) },
        {
          header: 'Done',
          cell: (step) => (step.sentAt ? show(step.sentAt) : step.dueAt <= now ? 'At any moment' : 'Not yet'),
        },
      ]}
    />
  );
}

const mailed = 'A mail to everybody who may top up';
const ended = '(no funds): swapping off, calls answered with a message, and a mail that says so';
