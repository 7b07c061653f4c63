/*
 * What a purge does to each table. Every folder declares its own tables in a `retention.ts`; a house test fails while a
 * table of the schema stands in none of them, or in two.
 */

export type Fate =
  /** Rows of the purged account are removed. */
  | { fate: 'purged' }
  /** Rows stay, the named columns are emptied. */
  | { fate: 'blanked'; columns: readonly string[]; why: string }
  /** Rows stay as they are. */
  | { fate: 'kept'; why: string };

export type Fates = Readonly<Record<string, Fate>>;
