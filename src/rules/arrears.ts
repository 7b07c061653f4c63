import { policy } from './policy.ts';
import { addDays } from './time.ts';

/*
 * What follows from a balance that is used up: mails, and after that no funds. The dates are promised when the arrears begin;
 * paying at any step undoes all of it. No account is ever closed for it, and no number released.
 */

/** A step of the calendar, as it is stored when arrears begin. */
export interface Reminder {
  day: number;
  dueAt: Date;
}

export interface ArrearsDates {
  /** From here on calls are refused and swapping is off, while it is owed. */
  noFundsFrom: Date;
  reminders: Reminder[];
}

/** Arrears that a closing ended: nobody has paid, and their clock stood still since. */
export interface StoppedArrears {
  endedAt: Date;
  noFundsFrom: Date;
  /** Those that had not come yet. */
  reminders: readonly Reminder[];
}

/** The dates of arrears that begin now. Whoever was closed while in arrears and comes back goes on where the clock stood. */
export function datesOfArrears(stopped: StoppedArrears | null, now: Date): ArrearsDates {
  if (stopped) {
    const goOn = (date: Date) => new Date(now.getTime() + Math.max(0, date.getTime() - stopped.endedAt.getTime()));
    return {
      noFundsFrom: goOn(stopped.noFundsFrom),
      reminders: stopped.reminders.map(({ day, dueAt }) => ({ day, dueAt: goOn(dueAt) })),
    };
  }
  return {
    noFundsFrom: addDays(now, policy.noFundsDay),
    reminders: [...policy.reminderDays, policy.noFundsDay].map((day) => ({ day, dueAt: addDays(now, day) })),
  };
}

/** The least that has to be paid for nothing to be owed any more: to above zero, in whole cents. */
export function dueMicros(availableMicros: bigint): bigint {
  const cents = (-availableMicros + 10_000n) / 10_000n;
  return availableMicros > 0n ? 0n : cents * 10_000n;
}
