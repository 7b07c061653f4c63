import type { Db } from '../../platform/db.ts';
import { formatAddress, formatAgo } from '../../web/format.ts';

/** On which page a number last stood. */
export interface LastShown {
  pageUrl: string;
  at: Date;
}

/** Where each number of an account was last shown on a website, by its id. Handed in: visits are not known here. */
export type FindLastShown = (db: Db, accountId: number) => Promise<ReadonlyMap<number, LastShown>>;

/** "last seen on example.com/contact, 2 minutes ago" */
export const sayLastShown = ({ pageUrl, at }: LastShown, now: Date): string =>
  `last seen on ${formatAddress(pageUrl)}, ${formatAgo(at, now)}`;
