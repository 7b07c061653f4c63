import type pg from 'pg';
import { plainNumbers } from './db.ts';

/** A statement that a connection prepares once, under its name. Its columns are named as the code names them. */
export interface Prepared {
  name: string;
  text: string;
  values: unknown[];
}

/**
 * `record` for the hottest path, in two flights over the wire instead of one for each statement: what is asked goes with
 * the begin, what `decide` makes of the last answer goes with the commit. The server still takes them one by one, each with
 * a snapshot of its own, so a row held by one is held before the next one reads.
 */
export async function recordInTwoFlights<Found, Written>(
  pool: pg.Pool,
  ask: readonly Prepared[],
  decide: (found: Found | undefined) => Prepared | undefined,
): Promise<{ found: Found | undefined; written: Written | undefined }> {
  const client = await pool.connect();
  // A connection that breaks fails its statements; without a listener it would end the process as well.
  const ignore = () => {};
  client.on('error', ignore);
  try {
    const [, ...asked] = await together(client, ['begin', ...ask]);
    const found = asked.at(-1)?.rows[0] as Found | undefined;
    const write = decide(found);
    const answers = await together(client, write ? [write, 'commit'] : ['commit']);
    client.release();
    return { found, written: write && (answers[0]?.rows[0] as Written | undefined) };
  } catch (error) {
    // Closing the connection rolls back, whatever state it is in.
    client.release(true);
    throw error;
  } finally {
    client.off('error', ignore);
  }
}

/** Corked, so that they leave in one write. */
async function together(client: pg.PoolClient, statements: readonly (string | Prepared)[]): Promise<pg.QueryResult[]> {
  const { stream } = client.connection;
  stream.cork();
  const answers = statements.map((each) => client.query(each));
  stream.uncork();
  const settled = await Promise.allSettled(answers);
  return settled.map((each) => {
    if (each.status === 'rejected') throw each.reason;
    for (const row of each.value.rows) plainNumbers(row);
    return each.value;
  });
}
