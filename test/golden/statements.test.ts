import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openStory } from './story.ts';

/*
 * Statements that were worked out by hand: each line is quantity × price = amount, the lines add up to what was charged, and
 * before + in - charged = after. Starter costs 29.00 a month, a number 3.50, a minute 0.06; Performance 79.00, 2.50 and 0.045;
 * Agency 199.00, 1.75 (toll-free 3.50) and 0.035 (toll-free 0.055).
 */

const text = (lines: string): string =>
  lines
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('\n');

test('month ends: an account of 31 January is charged on the last days of months that are shorter', async () => {
  const story = await openStory();
  await story.on('2028-01-31 10:00');
  const shop = await story.open('Month end', 'starter', 500);
  const number = await story.buy(shop);
  // The worker was away for three months.
  await story.on('2028-05-01 09:00');
  await story.look();
  await story.on('2028-06-01 09:00');
  await story.look();

  // 2028 is a leap year. Counted from the 31st each time, never from the month before.
  const days = ['2028-01-31 10:00', '2028-02-29 10:00', '2028-03-31 10:00', '2028-04-30 10:00', '2028-05-31 10:00'];
  assert.deepEqual(await story.began(shop), days);
  assert.deepEqual(await story.began(shop, number), days);
  // 29.00 + 3.50 = 32.50 a month. 500.00 - 32.50 = 467.50.
  assert.equal(
    await story.statement(shop, '2028-01'),
    text(`
      before: 0.00
      in: 500.00
      Starter plan, one month: 1 × 29.00 = 29.00
      N1 Local number: 1 × 3.50 = 3.50
      charged: 32.50
      after: 467.50`),
  );
  // 467.50 - 32.50 = 435.00, and so on: 402.50, 370.00, 337.50.
  const balances = ['467.50', '435.00', '402.50', '370.00', '337.50'];
  for (const [index, month] of ['2028-02', '2028-03', '2028-04', '2028-05'].entries()) {
    assert.equal(
      await story.statement(shop, month),
      text(`
        before: ${balances[index]}
        Starter plan, one month: 1 × 29.00 = 29.00
        N1 Local number: 1 × 3.50 = 3.50
        charged: 32.50
        after: ${balances[index + 1]}`),
    );
  }
});

test('a leap day and a new price: 29 February is 28 a year later, and a month that began keeps its price', async () => {
  const story = await openStory();
  await story.on('2028-02-29 23:30', 'Pacific/Auckland');
  const shop = await story.open('Leap day', 'starter', 1000, 'Pacific/Auckland');
  await story.on('2028-07-01 12:00', 'Pacific/Auckland');
  await story.price('starter', { monthlyFee: 35 });
  await story.on('2029-04-01 12:00', 'Pacific/Auckland');
  await story.look();

  assert.deepEqual((await story.began(shop)).slice(-3), ['2029-01-29 23:30', '2029-02-28 23:30', '2029-03-29 23:30']);
  // The month of 29 June had begun before 1 July: 29.00. Before it, four more: 29 February, March, April, May.
  // 1000.00 - 4 × 29.00 = 884.00.
  assert.equal(
    await story.statement(shop, '2028-06'),
    text(`
      before: 884.00
      Starter plan, one month: 1 × 29.00 = 29.00
      charged: 29.00
      after: 855.00`),
  );
  assert.equal(
    await story.statement(shop, '2028-07'),
    text(`
      before: 855.00
      Starter plan, one month: 1 × 35.00 = 35.00
      charged: 35.00
      after: 820.00`),
  );
  // August to February are seven months more: 820.00 - 7 × 35.00 = 575.00.
  assert.equal(
    await story.statement(shop, '2029-03'),
    text(`
      before: 575.00
      Starter plan, one month: 1 × 35.00 = 35.00
      charged: 35.00
      after: 540.00`),
  );
});

test('closed at noon, on a plan that credits nothing: the call in progress is charged up to noon, and nothing after it', async () => {
  const story = await openStory();
  await story.on('2028-03-10 10:00');
  const shop = await story.open('Noon', 'starter', 100);
  const number = await story.buy(shop);
  await story.on('2028-03-15 14:00');
  await (await story.call(number, 61)).end();
  await story.on('2028-03-20 11:50:30');
  const inProgress = await story.call(number, 3600);
  await story.on('2028-03-20 12:00');
  await story.close(shop);
  // It went on for 50 minutes more.
  await story.on('2028-03-20 12:50');
  await inProgress.end();
  await story.on('2028-05-15 12:00');
  await story.look();

  // 61 seconds are 2 minutes begun; 11:50:30 to 12:00 are 9 and a half, so 10 begun: 2 + 10 = 12. 12 × 0.06 = 0.72.
  // 29.00 + 3.50 + 0.72 = 33.22. 100.00 - 33.22 = 66.78.
  assert.equal(
    await story.statement(shop, '2028-03'),
    text(`
      before: 0.00
      in: 100.00
      Starter plan, one month: 1 × 29.00 = 29.00
      N1 Local number: 1 × 3.50 = 3.50
      N1 Incoming minutes: 12 × 0.06 = 0.72
      charged: 33.22
      after: 66.78`),
  );
  for (const month of ['2028-04', '2028-05']) {
    assert.equal(
      await story.statement(shop, month),
      text(`
        before: 66.78
        charged: 0.00
        after: 66.78`),
    );
  }
});

test('back on day 59: nothing for the time away, and a new month from the return on', async () => {
  const story = await openStory();
  await story.on('2028-03-01 10:00');
  const shop = await story.open('Day 59', 'performance', 400);
  await story.buy(shop);
  await story.on('2028-03-10 10:00');
  await story.close(shop);
  // 10 March + 59 days: 21 left in March, 30 in April, 8 in May. An hour more, for the clocks were put forward on 12 March.
  await story.on('2028-05-08 11:00');
  await story.look();
  await story.reactivate(shop);
  await story.on('2028-06-30 10:00');
  await story.look();

  assert.deepEqual(await story.began(shop), ['2028-03-01 10:00', '2028-05-08 11:00', '2028-06-08 11:00']);
  // 79.00 + 2.50 = 81.50. 400.00 - 81.50 = 318.50. The number's 14 days were over on 24 March: it costs nothing more.
  assert.equal(
    await story.statement(shop, '2028-03'),
    text(`
      before: 0.00
      in: 400.00
      Performance plan, one month: 1 × 79.00 = 79.00
      N1 Local number: 1 × 2.50 = 2.50
      charged: 81.50
      after: 318.50`),
  );
  assert.equal(
    await story.statement(shop, '2028-04'),
    text(`
      before: 318.50
      charged: 0.00
      after: 318.50`),
  );
  // 318.50 - 79.00 = 239.50; 239.50 - 79.00 = 160.50.
  assert.equal(
    await story.statement(shop, '2028-05'),
    text(`
      before: 318.50
      Performance plan, one month: 1 × 79.00 = 79.00
      charged: 79.00
      after: 239.50`),
  );
  assert.equal(
    await story.statement(shop, '2028-06'),
    text(`
      before: 239.50
      Performance plan, one month: 1 × 79.00 = 79.00
      charged: 79.00
      after: 160.50`),
  );
});

test('restored on day 13: free inside the month that was paid, a new month after it', async () => {
  const story = await openStory();
  await story.on('2028-03-10 10:00');
  const shop = await story.open('Day 13', 'performance', 300);
  const first = await story.buy(shop);
  await story.on('2028-04-01 10:00');
  const second = await story.buy(shop);
  await story.on('2028-04-05 10:00');
  await story.release(first);
  await story.release(second);
  // Day 13 of 14. The first was paid until 10 April, the second until 1 May.
  await story.on('2028-04-18 10:00');
  await story.restore(first);
  await story.restore(second);
  await story.on('2028-05-31 10:00');
  await story.look();

  assert.deepEqual(await story.began(shop, first), ['2028-03-10 10:00', '2028-04-18 10:00', '2028-05-18 10:00']);
  assert.deepEqual(await story.began(shop, second), ['2028-04-01 10:00', '2028-05-01 10:00']);
  // March: 79.00 + 2.50 = 81.50; 300.00 - 81.50 = 218.50.
  // April: the plan on the 10th, the second number bought on the 1st, the first restored on the 18th.
  // 79.00 + 2.50 + 2.50 = 84.00; 218.50 - 84.00 = 134.50.
  assert.equal(
    await story.statement(shop, '2028-04'),
    inOrder(
      first.phoneNumber,
      second.phoneNumber,
    )(`
      before: 218.50
      Performance plan, one month: 1 × 79.00 = 79.00
      N1 Local number: 1 × 2.50 = 2.50
      N2 Local number: 1 × 2.50 = 2.50
      charged: 84.00
      after: 134.50`),
  );
  // May: the plan on the 10th, the first number on the 18th, the second on the 1st. 134.50 - 84.00 = 50.50.
  assert.equal(
    await story.statement(shop, '2028-05'),
    inOrder(
      first.phoneNumber,
      second.phoneNumber,
    )(`
      before: 134.50
      Performance plan, one month: 1 × 79.00 = 79.00
      N1 Local number: 1 × 2.50 = 2.50
      N2 Local number: 1 × 2.50 = 2.50
      charged: 84.00
      after: 50.50`),
  );
});

test('back on day 11 with its numbers, after the time that was paid: a new month for the plan and for each number whose month is over', async () => {
  const story = await openStory();
  await story.on('2028-03-01 10:00');
  const shop = await story.open('Day 11', 'performance', 500);
  const local = await story.buy(shop);
  const tollFree = await story.buy(shop, 'tollfree');
  const early = await story.buy(shop);
  await story.on('2028-03-08 10:00');
  await story.release(early);
  await story.on('2028-03-20 10:00');
  const late = await story.buy(shop);
  await story.on('2028-03-25 10:00');
  await story.close(shop);
  // 25 March + 11 days: 6 left in March, 5 in April. The plan and the first numbers were paid until 1 April, the last one until 20 April.
  await story.on('2028-04-05 10:00');
  await story.look();
  await story.reactivate(shop, true);
  await story.on('2028-05-31 10:00');
  await story.look();

  assert.deepEqual(await story.began(shop), ['2028-03-01 10:00', '2028-04-05 10:00', '2028-05-05 10:00']);
  assert.deepEqual(await story.began(shop, local), ['2028-03-01 10:00', '2028-04-05 10:00', '2028-05-05 10:00']);
  assert.deepEqual(await story.began(shop, tollFree), ['2028-03-01 10:00', '2028-04-05 10:00', '2028-05-05 10:00']);
  // Released by itself on 8 March, its 14 days were over on 22 March: it did not come back.
  assert.deepEqual(await story.began(shop, early), ['2028-03-01 10:00']);
  // Inside its paid month it came back for nothing, and its months go on from 20 to 20.
  assert.deepEqual(await story.began(shop, late), ['2028-03-20 10:00', '2028-04-20 10:00', '2028-05-20 10:00']);

  const ordered = inOrder(local.phoneNumber, tollFree.phoneNumber, early.phoneNumber, late.phoneNumber);
  // 79.00 + 3 × 2.50 + 4.50 = 91.00. 500.00 - 91.00 = 409.00.
  assert.equal(
    await story.statement(shop, '2028-03'),
    ordered(`
      before: 0.00
      in: 500.00
      Performance plan, one month: 1 × 79.00 = 79.00
      N1 Local number: 1 × 2.50 = 2.50
      N2 Toll-free number: 1 × 4.50 = 4.50
      N3 Local number: 1 × 2.50 = 2.50
      N4 Local number: 1 × 2.50 = 2.50
      charged: 91.00
      after: 409.00`),
  );
  // Nothing from 25 March to 5 April. From then on 79.00 + 2 × 2.50 + 4.50 = 88.50 a month: 409.00 - 88.50 = 320.50; - 88.50 = 232.00.
  for (const [month, before, after] of [
    ['2028-04', '409.00', '320.50'],
    ['2028-05', '320.50', '232.00'],
  ] as const) {
    assert.equal(
      await story.statement(shop, month),
      ordered(`
        before: ${before}
        Performance plan, one month: 1 × 79.00 = 79.00
        N1 Local number: 1 × 2.50 = 2.50
        N2 Toll-free number: 1 × 4.50 = 4.50
        N4 Local number: 1 × 2.50 = 2.50
        charged: 88.50
        after: ${after}`),
    );
  }
});

test('an agency with two sub-accounts: one bill, the plan goes on when both are closed', async () => {
  const story = await openStory();
  await story.on('2028-01-31 10:00');
  const agency = await story.openAgency('agency', 1000);
  const denver = await story.openSubAccount(agency, 'Denver', 'America/Denver');
  const sydney = await story.openSubAccount(agency, 'Sydney', 'Australia/Sydney');
  const local = await story.buy(denver);
  const tollFree = await story.buy(denver, 'tollfree');
  await story.buy(sydney);
  await story.on('2028-02-10 10:00');
  await (await story.call(local, 150)).end();
  await (await story.call(tollFree, 60)).end();
  await story.on('2028-02-15 10:00');
  await story.close(sydney);
  await story.on('2028-03-15 10:00');
  await story.close(denver);
  await story.on('2028-04-01 10:00');
  await story.look();

  // January: 199.00 + 1.75 + 3.50 + 1.75 = 206.00; 1000.00 - 206.00 = 794.00. The agency first, then its accounts by name.
  assert.equal(
    await story.statement(agency, '2028-01'),
    inOrder(
      local.phoneNumber,
      tollFree.phoneNumber,
    )(`
      before: 0.00
      in: 1000.00
      Agency plan, one month: 1 × 199.00 = 199.00
      N1 Local number: 1 × 1.75 = 1.75
      N2 Toll-free number: 1 × 3.50 = 3.50
      N3 Local number: 1 × 1.75 = 1.75
      charged: 206.00
      after: 794.00`),
  );
  // February: the months of Denver's numbers and of the plan began on the 29th; Sydney was closed on the 15th.
  // 150 seconds are 3 minutes begun: 3 × 0.035 = 0.105; 60 are 1: 1 × 0.055 = 0.055.
  // 199.00 + 1.75 + 0.105 + 3.50 + 0.055 = 204.41; 794.00 - 204.41 = 589.59.
  const february = `
      N1 Local number: 1 × 1.75 = 1.75
      N1 Incoming minutes: 3 × 0.035 = 0.105
      N2 Toll-free number: 1 × 3.50 = 3.50
      N2 Incoming minutes, toll-free: 1 × 0.055 = 0.055`;
  assert.equal(
    await story.statement(agency, '2028-02'),
    inOrder(
      local.phoneNumber,
      tollFree.phoneNumber,
    )(`
      before: 794.00
      Agency plan, one month: 1 × 199.00 = 199.00
      ${february}
      charged: 204.41
      after: 589.59`),
  );
  // What Denver itself was charged, on its own page; it has no balance.
  assert.equal(await story.statement(denver, '2028-02'), inOrder(local.phoneNumber, tollFree.phoneNumber)(february));
  // March: every sub-account is closed, and the plan goes on. 589.59 - 199.00 = 390.59.
  assert.equal(
    await story.statement(agency, '2028-03'),
    text(`
      before: 589.59
      Agency plan, one month: 1 × 199.00 = 199.00
      charged: 199.00
      after: 390.59`),
  );
});

/** A statement lists the numbers of an account by their digits, which are the carrier's choice: the lines of N1, N2 … change places. */
function inOrder(...phoneNumbers: string[]): (lines: string) => string {
  return (lines) => {
    const all = text(lines).split('\n');
    const groups = phoneNumbers.map((phoneNumber, index) => ({
      phoneNumber,
      lines: all.filter((line) => line.startsWith(`N${index + 1} `)),
    }));
    const sorted = groups.toSorted((a, b) => (a.phoneNumber < b.phoneNumber ? -1 : 1)).flatMap((each) => each.lines);
    const start = all.findIndex((line) => groups.some((each) => each.lines.includes(line)));
    return all.toSpliced(start, sorted.length, ...sorted).join('\n');
  };
}
