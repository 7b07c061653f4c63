import { pipeline, Readable } from 'node:stream';
import { stringify } from 'csv-stringify';
import { formatPhone } from '../../web/format.ts';
import { nameLine, unitOf } from './nameLine.ts';
import type { WholeStatement } from './readStatement.ts';
import type { ChargeLine } from './store.ts';

export type Row = Record<string, string | number | bigint | Date | null>;

/** Micro-units as a decimal number, to the last digit: "12.5", "-0.045". */
export function decimal(micros: bigint): string {
  const size = micros < 0n ? -micros : micros;
  const rest = String(size % 1_000_000n)
    .padStart(6, '0')
    .replace(/0{1,4}$/, '');
  return `${micros < 0n ? '-' : ''}${size / 1_000_000n}.${rest}`;
}

/** Where what stands above a column is not the name of its field. */
export interface CsvColumn {
  key: string;
  header: string;
}

/**
 * Rows as a file, one after the other as it is read. Whole numbers of the type bigint are money; text that a spreadsheet
 * would take for a formula is written so that it stays text.
 */
export function streamCsv(columns: readonly (string | CsvColumn)[], rows: Iterable<Row>): Readable {
  const writer = stringify({
    header: true,
    bom: true,
    columns: columns.map((each) => (typeof each === 'string' ? { key: each, header: each } : each)),
    record_delimiter: 'windows',
    escape_formulas: true,
    cast: { bigint: decimal, date: (at) => at.toISOString() },
  });
  pipeline(Readable.from(rows), writer, () => {});
  return writer;
}

const columns = [
  'section',
  'at',
  'account_id',
  'account',
  'number',
  'number_name',
  'what',
  'quantity',
  'unit',
  'rate',
  'amount',
  'currency',
] as const;

/** A statement as a table. The amounts above the closing balance add up to it. */
export function writeCsv(statement: WholeStatement): Readable {
  return streamCsv(columns, rowsOf(statement));
}

function* rowsOf(statement: WholeStatement): Generator<Row> {
  const { currency, days, wallet } = statement;
  const row = (section: string, cells: Row): Row => ({ section, currency, ...cells });
  if (wallet) {
    yield row('opening balance', { at: days.from, amount: wallet.openingMicros });
    for (const { at, cause, description, amountMicros } of wallet.money)
      yield row('money', { at, what: description || cause, amount: amountMicros });
    const names = new Map(wallet.sums.map((each) => [each.ownerId, each.name]));
    for (const line of statement.lines)
      yield row('charges', chargeCells(line, names.get(line.ownerId) ?? '', -line.amountMicros));
    yield row('closing balance', { at: days.until, amount: wallet.closingMicros });
  }
  for (const line of statement.linesPaidByOthers)
    yield row('charges paid by the agency', chargeCells(line, statement.owner.name, -line.amountMicros));
}

const chargeCells = (line: ChargeLine, account: string, amount: bigint): Row => ({
  account_id: line.ownerId,
  account,
  number: line.phoneNumber && formatPhone(line.phoneNumber),
  number_name: line.numberName,
  what: nameLine(line),
  quantity: line.quantity,
  unit: unitOf(line, line.quantity),
  rate: line.unitMicros,
  amount,
});
