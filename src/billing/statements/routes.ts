import type { FastifyInstance } from 'fastify';
import type { House } from '../../platform/house.ts';
import { readDays } from '../../rules/calendar.ts';
import { Refused } from '../../rules/decision.ts';
import { fieldsOf } from '../../web/read.ts';
import { registerForOwners } from '../owners.ts';
import { nameLine } from './nameLine.ts';
import { readList } from './pages.tsx';
import { readWhole } from './readStatement.ts';
import type { ChargeLine } from './store.ts';
import { decimal } from './writeCsv.ts';

/** Statements for scripts. Amounts are decimal text, exact to the last digit. */
export function registerStatementRoutes(app: FastifyInstance, house: House): void {
  /** A year of months, the newest first; query: `until`, the newest month wanted. */
  registerForOwners(app, house, { api: true, path: '/billing/statements' }, async (owner, request) => {
    const list = await readList(house, owner, fieldsOf(request.query)('until'));
    return {
      currency: list.currency,
      statements: list.months.map((each) => ({
        days: each.month,
        ...(list.hasWallet
          ? {
              opening_balance: decimal(each.openingMicros),
              money_in: decimal(each.inMicros),
              money_out: decimal(each.outMicros),
              charges: decimal(each.chargedMicros),
              closing_balance: decimal(each.closingMicros),
            }
          : {}),
        paid_by_agency: decimal(each.paidByOthersMicros),
      })),
      older: list.older,
    };
  });

  /** `days`: "2026-03", or "2026-03-03..2026-03-17". */
  registerForOwners(app, house, { api: true, path: '/billing/statements/:days' }, async (owner, request) => {
    const days = readDays(request.params.days ?? '', owner.timeZone);
    if (!days) throw new Refused({ code: 'not-found' });
    const { wallet, currency, lines, linesPaidByOthers } = await readWhole(house.db, owner, days);
    return {
      from: days.from,
      until: days.until,
      time_zone: owner.timeZone,
      currency,
      ...(wallet
        ? {
            opening_balance: decimal(wallet.openingMicros),
            money: wallet.money.map((line) => ({
              posting_id: line.postingId,
              at: line.at,
              cause: line.cause,
              description: line.description,
              amount: decimal(line.amountMicros),
            })),
            accounts: wallet.sums.map((each) => ({
              account_id: each.ownerId,
              name: each.name,
              charges: decimal(each.totalMicros),
            })),
            charges: lines.map(presentLine),
            charged: decimal(wallet.chargedMicros),
            closing_balance: decimal(wallet.closingMicros),
          }
        : {}),
      paid_by_agency: linesPaidByOthers.map(presentLine),
    };
  });
}

const presentLine = (line: ChargeLine) => ({
  account_id: line.ownerId,
  tracking_number_id: line.trackingNumberId,
  tracking_number: line.phoneNumber,
  cause: line.cause,
  what: nameLine(line),
  quantity: line.quantity,
  rate: decimal(line.unitMicros),
  amount: decimal(line.amountMicros),
});
