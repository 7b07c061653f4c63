import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import fc from 'fast-check';
import { sql } from 'kysely';
import { fillAgency } from '../../../test/fillAgency.ts';
import { openWorld, type World } from '../../../test/world.ts';
import { newKey } from '../../platform/ids.ts';
import { record } from '../../platform/operation.ts';
import { type Days, daysFrom, daysOfMonth, eachMonth, monthOf } from '../../rules/calendar.ts';
import { addDays } from '../../rules/time.ts';
import { settleAll } from '../settle.ts';
import { findBalance, type NewCharge, recordCharges, recordPosting } from '../store.ts';
import { inOneMoment, readStatement, type StatementOwner } from './readStatement.ts';
import { findLines, findMoney, findPosting, findSettled } from './store.ts';

let world: World;
before(async () => {
  world = await openWorld();
});
const db = () => world.house.db;
const zone = 'America/New_York';
const agency = async (): Promise<StatementOwner> => ({
  kind: 'agency',
  ownerId: world.agencyId,
  name: 'Northwind Agency',
  payerId: world.agencyId,
  payingAgency: null,
  timeZone: zone,
  now: await world.now(),
});
const statementOf = async (owner: StatementOwner, days: Days) =>
  inOneMoment(db(), (tx) => readStatement(tx, owner, days));
const charge = (over: Partial<NewCharge>): NewCharge => ({
  ownerId: world.clientId,
  payerId: world.agencyId,
  cause: 'call',
  causeKey: newKey(),
  at: new Date(),
  description: 'Incoming call, 1 min',
  unitMicros: 45_000n,
  ...over,
});
const write = (charges: NewCharge[]) => record(db(), (tx) => recordCharges(tx, charges));

describe('what an agency is charged', () => {
  test('a sub-account’s month: number, minutes at their rates and included minutes, each quantity × rate', async () => {
    const { clientId, cast } = world;
    const { trackingNumberId } = await world.rent(clientId, cast.agencyOwner.actor);
    const now = await world.now();
    await write([
      charge({ at: now, trackingNumberId, quantity: 3n }),
      charge({ at: now, trackingNumberId, quantity: 4n }),
      charge({ at: now, trackingNumberId, quantity: 2n, unitMicros: 50_000n }),
      charge({ at: now, trackingNumberId, cause: 'included-minutes', quantity: 5n, unitMicros: -45_000n }),
    ]);
    const days = daysOfMonth(monthOf(now, zone), zone)!;
    const lines = await findLines(db(), { ownerId: world.agencyId, paid: 'by itself' }, days, { ownerIds: [clientId] });
    assert.deepEqual(
      lines
        .filter((each) => each.cause !== 'number')
        .map((each) => [each.cause, each.quantity, each.unitMicros, each.amountMicros]),
      [
        ['call', 7, 45_000n, 315_000n],
        ['call', 2, 50_000n, 100_000n],
        ['included-minutes', 5, -45_000n, -225_000n],
      ],
    );
    assert.ok(lines.every((each) => each.trackingNumberId === trackingNumberId && each.phoneNumber));
    const { wallet } = await statementOf(await agency(), days);
    const sums = wallet!.sums.find((each) => each.ownerId === clientId)!;
    assert.deepEqual([sums.name, sums.numbers, sums.minutes, sums.callMicros], ['Riverside Dental', 1, 9, 190_000n]);
    assert.equal(wallet!.sums[0]!.ownerId, world.agencyId, 'the agency’s own plan comes first');
  });

  test('the client sees its part with rates, and nothing of the agency’s balance', async () => {
    const { cast, clientId } = world;
    const month = monthOf(await world.now(), zone);
    const response = await world.ask(cast.clientAdmin, { url: `/accounts/${clientId}/billing/statements/${month}` });
    assert.equal(response.statusCode, 200);
    assert.match(response.body, /Charges paid by Northwind Agency/);
    assert.match(response.body, /\$0\.045/);
    assert.doesNotMatch(response.body, /Opening balance/);
    for (const path of ['/accounts/1', '/charges', '']) {
      const stranger = await world.ask(cast.neighbor, {
        url: `/accounts/${clientId}/billing/statements/${month}${path}`,
      });
      assert.equal(stranger.statusCode, 404);
    }
  });
});

test('a settlement opens the charges behind it, and they add up to it', async () => {
  await settleAll(db());
  const at = await world.now();
  await write(Array.from({ length: 7 }, () => charge({ at })));
  await write([charge({ at, ownerId: world.agencyId, cause: 'plan-change', unitMicros: 7_000_000n })]);
  await settleAll(db());
  const { rows } = await sql<{ postingId: number }>`
    select posting_id from posting where owner_id = ${world.agencyId} and cause_key like 'settle %'`.execute(db());
  assert.ok(rows.length >= 3);
  const counts: number[] = [];
  for (const { postingId } of rows) {
    const posting = (await findPosting(db(), world.agencyId, postingId))!;
    const settled = (await findSettled(db(), world.agencyId, posting))!;
    const page = await world.ask(world.cast.agencyOwner, {
      url: `/agencies/${world.agencyId}/billing/postings/${postingId}`,
    });
    assert.equal(page.statusCode, 200);
    assert.equal([...page.body.matchAll(/id="row-charge-/g)].length, settled.charges);
    counts.push(settled.charges);
  }
  assert.ok(counts.includes(7), 'the calls of one time are settled together');
});

test('whatever was charged, paid and settled when: statements follow each other, and end at the ledger’s balance', async () => {
  const owner = { ...(await agency()), ownerId: 900_001, payerId: 900_001 };
  await record(db(), (tx) => tx.insertInto('wallet').values({ ownerId: owner.ownerId, currency: 'USD' }).execute());
  const begin = Date.parse('2024-01-15T00:00:00Z');
  const moment = fc.integer({ min: 0, max: 500 * 86_400_000 }).map((ms) => new Date(begin + ms));
  const event = fc.oneof(
    fc.record({
      kind: fc.constant('charge' as const),
      at: moment,
      unit: fc.bigInt(0n, 90_000_000n),
      quantity: fc.bigInt(1n, 40n),
    }),
    fc.record({ kind: fc.constant('credit' as const), at: moment, unit: fc.bigInt(1n, 5_000_000n) }),
    fc.record({
      kind: fc.constant('money' as const),
      at: moment,
      in: fc.boolean(),
      amount: fc.bigInt(1n, 500_000_000n),
    }),
    fc.record({ kind: fc.constant('settle' as const) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(event, { minLength: 1, maxLength: 25 }), async (events) => {
      for (const each of events) {
        if (each.kind === 'settle') await settleAll(db());
        else if (each.kind === 'money')
          await record(db(), (tx) =>
            recordPosting(tx, {
              ownerId: owner.ownerId,
              at: each.at,
              debit: each.in ? 'payments' : 'wallet',
              credit: each.in ? 'wallet' : 'refunds',
              amountMicros: each.amount,
              cause: each.in ? 'payment' : 'refund',
              causeKey: newKey(),
              description: 'Money',
            }),
          );
        else
          await write([
            charge({
              ownerId: owner.ownerId,
              payerId: owner.ownerId,
              at: each.at,
              cause: each.kind === 'credit' ? 'unused-time' : 'call',
              unitMicros: each.kind === 'credit' ? -each.unit : each.unit,
              quantity: each.kind === 'credit' ? 1n : each.quantity,
            }),
          ]);
      }
      const whole = daysFrom('2024-01-01', '2025-06-30', zone)!;
      let balance = 0n;
      for (const month of eachMonth(whole)) {
        const days = daysOfMonth(month, zone)!;
        const { wallet } = await statementOf(owner, days);
        assert.equal(wallet!.openingMicros, balance, `${month} begins where the month before ended`);
        const lines = await findLines(db(), { ownerId: owner.ownerId, paid: 'by itself' }, days);
        const charged = lines.reduce((sum, line) => sum + line.amountMicros, 0n);
        assert.equal(charged, wallet!.chargedMicros, `${month}: its lines are its charges`);
        balance = wallet!.closingMicros;
      }
      assert.equal((await statementOf(owner, whole)).wallet!.closingMicros, balance, 'any days add up the same');
      assert.equal((await findBalance(db(), owner.ownerId)).availableMicros, balance, 'less what is not settled');
      await settleAll(db());
      const { availableMicros } = await db()
        .selectFrom('wallet')
        .select('availableMicros')
        .where('ownerId', '=', owner.ownerId)
        .executeTakeFirstOrThrow();
      assert.equal(availableMicros, balance, 'the wallet');
    }),
    { numRuns: 12, seed: Number(process.env.SEED) || 1 },
  );
});

describe('files', () => {
  test('the CSV adds up to the closing balance, and no cell is a formula', async () => {
    const { agencyId, cast } = world;
    await record(db(), (tx) =>
      recordPosting(tx, {
        ownerId: agencyId,
        at: addDays(new Date(), 0),
        debit: 'payments',
        credit: 'wallet',
        amountMicros: 12_345_678n,
        cause: 'payment',
        causeKey: newKey(),
        description: '=HYPERLINK("http://evil.example","a, b")',
      }),
    );
    const now = await world.now();
    const month = monthOf(now, zone);
    const response = await world.ask(cast.agencyOwner, {
      url: `/agencies/${agencyId}/billing/statements/${month}/statement.csv`,
    });
    assert.match(response.headers['content-type'] as string, /text\/csv/);
    assert.match(response.headers['content-disposition'] as string, /attachment; filename="statement-\d{4}-\d\d\.csv"/);
    assert.ok(response.body.includes(`"'=HYPERLINK(""http://evil.example"",""a, b"")"`), response.body);
    assert.doesNotMatch(response.body, /(?:^|[,\n])"?[=+@]/m);
    const amounts = response.body
      .trim()
      .split('\r\n')
      .slice(1)
      .map((line) => ({
        isClosing: line.startsWith('closing'),
        micros: BigInt(Math.round(Number(line.match(/,(-?\d+\.\d+),USD$/)![1]) * 1e6)),
      }));
    const closing = amounts.find((each) => each.isClosing)!.micros;
    assert.equal(
      amounts.filter((each) => !each.isClosing).reduce((sum, each) => sum + each.micros, 0n),
      closing,
    );
    const { wallet } = await statementOf(await agency(), daysOfMonth(month, zone)!);
    assert.equal(closing, wallet!.closingMicros);
    assert.equal((await findMoney(db(), agencyId, daysOfMonth(month, zone)!)).at(-1)!.amountMicros, 12_345_678n);
  });

  test('the PDF is one, and streams; a receipt too', async () => {
    const { agencyId, cast } = world;
    const month = monthOf(await world.now(), zone);
    const base = `/agencies/${agencyId}/billing`;
    const response = await world.ask(cast.agencyOwner, { url: `${base}/statements/${month}/statement.pdf` });
    assert.equal(response.headers['content-type'], 'application/pdf');
    assert.equal(response.headers['content-length'], undefined);
    assert.match(response.body, /^%PDF-1\.\d[\s\S]*%%EOF\s*$/);
    const [line] = await findMoney(db(), agencyId, daysOfMonth(month, zone)!);
    const receipt = await world.ask(cast.agencyOwner, { url: `${base}/postings/${line!.postingId}/receipt.pdf` });
    assert.match(receipt.body, /^%PDF/);
  });

  test('days that are none lead nowhere', async () => {
    const base = `/agencies/${world.agencyId}/billing/statements`;
    for (const days of ['2026-13', 'x', '2026-03-02..2026-03-01'])
      assert.equal((await world.ask(world.cast.agencyOwner, { url: `${base}/${days}` })).statusCode, 404, days);
    const asked = await world.ask(world.cast.agencyOwner, { url: `${base}?from=2026-03-03&to=2026-03-17` });
    assert.equal(asked.headers.location, `${base}/2026-03-03..2026-03-17`);
    assert.equal(
      (await world.ask(world.cast.agencyOwner, { url: `${base}?from=2026-03-18&to=2026-03-17` })).statusCode,
      422,
    );
  });
});

test('an agency of 300 sub-accounts with five numbers each: pages of a readable size, files with every line', async () => {
  const { house, agencyId, cast } = world;
  await fillAgency(house.pool, agencyId, { subAccounts: 300, numbersEach: 5 }, house.config.publicUrl);
  await sql`
    insert into charge (owner_id, cause, cause_key, at, description, tracking_number_id, quantity, unit_micros, amount_micros, payer_id)
    select account_id, c.cause, c.cause || ' ' || tracking_number_id || ' ' || i, now(), c.cause, tracking_number_id, 2, c.unit, 2 * c.unit, ${agencyId}
      from tracking_number join account using (account_id),
           (values ('number', 3000000, 1), ('call', 45000, 12)) c (cause, unit, times), generate_series(1, c.times) i
     where agency_id = ${agencyId} and phone_number like '+1555%'`.execute(house.db);
  const month = monthOf(await world.now(), zone);
  const href = `/agencies/${agencyId}/billing/statements/${month}`;
  const get = (path: string) => world.ask(cast.agencyOwner, { url: `${href}${path}` });
  const rows = (body: string) => [...body.matchAll(/<tr id="row-/g)].length;
  const first = await get('');
  assert.ok(rows(first.body) <= 50 + 50 * 12 + 100, `${rows(first.body)} rows`);
  assert.ok(first.body.length < 500_000, `${first.body.length} bytes`);
  assert.match(first.body, /1–50 of 30[12]/);
  assert.match(first.body, /href="#account-\d+"/);
  const found = await get('?find=sub-account%20299');
  assert.match(found.body, /Sub-account 299/);
  assert.equal([...found.body.matchAll(/row-sum-/g)].length, 1);
  assert.match((await get('?page=99')).body, /No sub-account fits|Nothing was charged/);
  const csv = await get('/statement.csv');
  assert.ok(csv.body.split('\r\n').length > 3_000, 'every number has its two lines');
  const pdf = await get('/statement.pdf');
  assert.ok([...pdf.body.matchAll(/\/Type \/Page\b/g)].length > 50);
});
