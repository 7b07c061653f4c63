import type { Readable } from 'node:stream';
import { formatPhone } from '../../web/format.ts';
import { type Row, streamCsv } from '../statements/writeCsv.ts';
import type { Usage, UsageView } from './readUsage.ts';
import type { Costs } from './store.ts';

const costColumns = ['calls', 'minutes', 'plan', 'numbers', 'call_charges', 'total'];
const leading: Record<UsageView, readonly string[]> = {
  day: ['at'],
  number: ['account_id', 'account', 'number', 'number_name'],
  account: ['account_id', 'account'],
};

/** What it cost, as a table of one view. */
export function writeUsageCsv(usage: Usage, view: UsageView): Readable {
  const columns = [...leading[view], ...costColumns, ...(view === 'day' ? [] : ['total_before']), 'currency'];
  return streamCsv(columns, rowsOf(usage, view));
}

function* rowsOf({ overTime, numbers, accounts, currency }: Usage, view: UsageView): Generator<Row> {
  const costs = (each: Costs): Row => ({
    calls: each.calls,
    minutes: each.minutes,
    plan: each.planMicros,
    numbers: each.numberMicros,
    call_charges: each.callMicros,
    total: each.totalMicros,
    currency,
  });
  if (view === 'day') for (const each of overTime) yield { at: each.at, ...costs(each) };
  for (const each of view === 'number' ? numbers : [])
    yield {
      account_id: each.accountId,
      account: each.accountName,
      number: each.phoneNumber && formatPhone(each.phoneNumber),
      number_name: each.numberName,
      ...costs(each),
      total_before: each.beforeMicros,
    };
  for (const each of view === 'account' ? accounts : [])
    yield {
      account_id: each.accountId,
      account: each.accountName,
      ...costs(each),
      total_before: each.beforeMicros,
    };
}
