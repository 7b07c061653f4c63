import { randomBytes } from 'node:crypto';
import pg from 'pg';

/** Whatever can run one statement: a pool or one connection. */
export type Books = Pick<pg.Pool, 'query'> | Pick<pg.ClientBase, 'query'>;

/**
 * The carrier's moment: its clock is the product's development clock, which is all that the two share. Outages, leases and
 * the rate limit use the machine's clock instead, because a turned calendar makes no server faster.
 */
export const carrierNow =
  "date_trunc('milliseconds', clock_timestamp() + (select offset_ms from public.clock) * interval '1 millisecond')";

/** The carrier's own connections: it is the outside world and takes part in no transaction of ours. */
export function openBooks(databaseUrl: string, connectionsMax: number, name = 'simulated carrier'): pg.Pool {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: connectionsMax,
    connectionTimeoutMillis: 5_000,
    statement_timeout: 30_000,
    idle_in_transaction_session_timeout: 60_000,
    application_name: name,
  });
  // An idle connection that breaks (a server that restarts) would otherwise end the process.
  pool.on('error', () => {});
  return pool;
}

export async function inTransaction<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  const onError = (error: Error): void => {
    broken = error;
  };
  client.on('error', onError);
  try {
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch((rollbackError: Error) => {
      broken = rollbackError;
    });
    throw error;
  } finally {
    client.off('error', onError);
    client.release(broken);
  }
}

export function makeSid(prefix: 'AC' | 'PN' | 'CA'): string {
  return prefix + randomBytes(16).toString('hex');
}

export type CarrierAccount = { accountSid: string; authToken: string };

/** Our customer account at the carrier, opened at the first use and then always the same. */
export async function readAccount(books: Books): Promise<CarrierAccount> {
  const read = async (): Promise<CarrierAccount | undefined> => {
    const { rows } = await books.query<CarrierAccount>(
      `select account_sid as "accountSid", auth_token as "authToken" from simulated_carrier.account`,
    );
    return rows[0];
  };
  const account = await read();
  if (account) return account;
  await books.query(
    `insert into simulated_carrier.account (account_sid, auth_token, made_at) values ($1, $2, ${carrierNow})
     on conflict do nothing`,
    [makeSid('AC'), randomBytes(16).toString('hex')],
  );
  return (await read())!;
}
