/*
 * Every promise the help article makes in days, written once. A closing copies the dates that follow from it into its
 * own row, so a later edit here changes the future only; raise `version` with every edit.
 */
export const policy = {
  version: 1,
  /** Self-service Restore of a released number: "within 14 days". We go on renting it that long. */
  restoreWindowDays: 14,
  /** Reactivation, review and export of a canceled account: "kept for 60 days". */
  reactivateWindowDays: 60,
  /** Asking for a refund of the available balance: "preserved for 90 days". */
  refundWindowDays: 90,
  /** A returned number rests this long before anyone else may have it (47 CFR § 52.15(f)(1)(ii): disconnected numbers). */
  reuseAfterReturnDays: 45,
} as const;
