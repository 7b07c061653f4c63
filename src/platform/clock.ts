import { sql } from 'kysely';
import type { Db, Tx } from './db.ts';

/** The moment, to the millisecond, by the one clock of the system; development may have turned it. */
export async function readClock(db: Db | Tx): Promise<Date> {
  const { rows } = await sql<{ now: Date }>`
    select date_trunc('milliseconds', clock_timestamp() + offset_ms * interval '1 millisecond') as now from clock
  `.execute(db);
  return rows[0]!.now;
}

/** How far the clock is turned, in milliseconds; zero outside development. */
export async function readOffsetMs(db: Db | Tx): Promise<number> {
  const row = await db.selectFrom('clock').select('offsetMs').executeTakeFirstOrThrow();
  return row.offsetMs;
}

/** Turns the clock forward. It never goes back: promises already kept can't be unkept. */
export async function turnClock(db: Db | Tx, forwardMs: number): Promise<Date> {
  if (!Number.isSafeInteger(forwardMs) || forwardMs < 0) throw new RangeError('The clock turns forward only.');
  await sql`update clock set offset_ms = offset_ms + ${forwardMs}`.execute(db);
  return readClock(db);
}

/** "15d", "36h", "90m", "30s" to milliseconds; null for anything else. */
export function parseSpan(text: string): number | null {
  const match = /^(\d{1,5})([dhms])$/.exec(text.trim());
  if (!match) return null;
  const unitMs = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000 }[match[2] as 'd' | 'h' | 'm' | 's'];
  return Number(match[1]) * unitMs;
}
