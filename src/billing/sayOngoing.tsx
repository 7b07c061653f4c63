import type { ComponentChildren } from 'preact';
import { Fragment } from 'preact';
import type { Db } from '../platform/db.ts';
import { Moment } from '../web/components.tsx';
import { formatMoment, formatMoney } from '../web/format.ts';
import { findRenewals, findSubscription, type Renewals, type RenewalsOwner, type Subscription } from './store.ts';

/** What goes on being charged while something is paused or stopped, as the sweeps will charge it. */
export interface Ongoing {
  /** The owner's own plan; null for a number, and for a sub-account that its agency pays. */
  subscription: Subscription | null;
  renewals: Renewals;
}

export async function findOngoing(db: Db, owner: RenewalsOwner): Promise<Ongoing> {
  const planOwnerId = 'agencyId' in owner ? owner.agencyId : owner.trackingNumberId ? null : owner.accountId;
  return {
    subscription: planOwnerId === null ? null : await findSubscription(db, planOwnerId),
    renewals: await findRenewals(db, owner, 1),
  };
}

interface OngoingChargesProps {
  ongoing: Ongoing;
  /** Whose balance pays, when it is not the owner's own. */
  payerName: string | null;
  /** Whether calls still connect, and are charged. */
  usage: boolean;
  currency: string;
  timeZone: string;
}

/** How much goes on being charged, to whom, and when next. */
export function OngoingCharges({ ongoing, payerName, usage, currency, timeZone }: OngoingChargesProps) {
  const { subscription, renewals } = ongoing;
  const [renewal] = renewals.soonest;
  const show = (date: Date) => <Moment at={date} text={formatMoment(date, timeZone)} />;
  const parts: ComponentChildren[] = [];
  if (subscription?.next) {
    parts.push(
      <>
        {formatMoney(subscription.next.amountMicros, currency)} for the plan on {show(subscription.next.from)}
      </>,
    );
  }
  if (renewal) {
    const numbers = renewals.numbers === 1 ? '1 number' : `${renewals.numbers} numbers`;
    parts.push(
      <>
        {formatMoney(renewals.sumMicros, currency)} a month for {numbers} (next on {show(renewal.at)})
      </>,
    );
  }
  if (parts.length === 0) return <>Nothing is charged while it has no numbers.</>;
  if (usage) parts.push('usage of calls');
  return (
    <>
      Still charged{payerName && ` to the available balance of ${payerName}`}:{' '}
      {parts.map((part, index) => (
        <Fragment key={index}>
          {index > 0 && (index === parts.length - 1 ? ' and ' : ', ')}
          {part}
        </Fragment>
      ))}
      .
    </>
  );
}
