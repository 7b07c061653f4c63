/*
 * Every promise that is made in days, written once: the help article's, and the calendar of arrears. A closing and arrears
 * copy the dates that follow into their own rows, so a later edit here changes the future only; raise `version` with every edit.
 */
export const policy = {
  version: 2,
  /** Self-service Restore of a released number: "within 14 days". We go on renting it that long. */
  restoreWindowDays: 14,
  /** Reactivation, review and export of a canceled account: "kept for 60 days". */
  reactivateWindowDays: 60,
  /** Asking for a refund of the available balance: "preserved for 90 days". */
  refundWindowDays: 90,
  /** A returned number rests this long before anyone else may have it (47 CFR § 52.15(f)(1)(ii): disconnected numbers). */
  reuseAfterReturnDays: 45,
  /** Days of arrears on which whoever may pay is mailed; counted, like the next, from the moment the balance was used up. */
  reminderDays: [1, 5, 10],
  /** The day of arrears from which swapping is off and calls are answered with a message. Nothing is closed or released. */
  noFundsDay: 15,
} as const;
