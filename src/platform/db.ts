import type {
  KyselyPlugin,
  PluginTransformQueryArgs,
  PluginTransformResultArgs,
  QueryResult,
  RootOperationNode,
  UnknownRow,
} from 'kysely';
import { CamelCasePlugin, Kysely, type Transaction as KyselyTransaction, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { Tables } from './tables.ts';

export type Db = Kysely<Tables>;
export type Tx = KyselyTransaction<Tables>;

/** A row key that holds money: those come back as bigint, every other whole number (an id, a count) as number. */
const isMoney = (column: string): boolean => column.endsWith('Micros');

class MoneyPlugin implements KyselyPlugin {
  transformQuery(args: PluginTransformQueryArgs): RootOperationNode {
    return args.node;
  }

  async transformResult(args: PluginTransformResultArgs): Promise<QueryResult<UnknownRow>> {
    for (const row of args.result.rows) plainNumbers(row);
    return args.result;
  }
}

/** Turns a row's whole numbers, as they came from the wire, into what its columns hold. */
export function plainNumbers(row: UnknownRow): void {
  for (const column in row) {
    const value = row[column];
    if (isMoney(column) && (typeof value === 'string' || typeof value === 'number')) row[column] = BigInt(value);
    else if (value instanceof BigWhole) row[column] = value.toNumber(column);
  }
}

/** A 64-bit whole number on its way from the wire: only the column's name says whether it is money. */
class BigWhole {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  toString(): string {
    return this.text;
  }
  toNumber(column: string): number | bigint {
    if (isMoney(column)) return BigInt(this.text);
    const value = Number(this.text);
    if (!Number.isSafeInteger(value)) throw new Error(`${column} is past 2^53: ${this.text}`);
    return value;
  }
}

const int8 = 20;
const numeric = 1700;
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    (oid === int8 || oid === numeric) && format !== 'binary'
      ? (text: string) => new BigWhole(text)
      : pg.types.getTypeParser(oid, format as 'text'),
} as pg.CustomTypesConfig;

/** Opens a pool. Errors of idle connections (a server that restarts) are told to `onIdleError` and otherwise survived. */
export function connect(
  databaseUrl: string,
  options: { max?: number; onIdleError?: (error: Error) => void } = {},
): { db: Db; pool: pg.Pool } {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: options.max ?? 10,
    connectionTimeoutMillis: 3_000,
    statement_timeout: 30_000,
    idle_in_transaction_session_timeout: 60_000,
    types,
    // Statements that need not wait for each other's answers travel together (recordInTwoFlights).
    pipeline: true,
  });
  pool.on('error', options.onIdleError ?? (() => {}));
  const db: Db = new Kysely<Tables>({
    dialect: new PostgresDialect({ pool }),
    plugins: [new CamelCasePlugin({ maintainNestedObjectKeys: true }), new MoneyPlugin()],
  });
  return { db, pool };
}

const awayCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  '57P01',
  '57P02',
  '57P03',
  '53300',
  '08000',
  '08003',
  '08006',
]);

/** Whether an error says that the database is away, and not that a statement was wrong. */
export function isDatabaseAway(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isDatabaseAway);
  if (!(error instanceof Error)) return false;
  if ('code' in error && typeof error.code === 'string' && awayCodes.has(error.code)) return true;
  if (
    /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error/i.test(
      error.message,
    )
  )
    return true;
  return error.cause !== undefined && isDatabaseAway(error.cause);
}

export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    error.code === '23505' &&
    (constraint === undefined || ('constraint' in error && error.constraint === constraint))
  );
}
