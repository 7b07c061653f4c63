import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openStory } from './story.ts';

/*
 * Statements of plans that include minutes and give back unused time, worked out by hand. Essentials costs 99.00 a month with 250
 * minutes, a number 2.25, a minute 0.042; Pro 149.00 with 1,000 minutes. Shares of a month count by the millisecond, and come in
 * whole cents. The moments below are a few seconds late on the machine: a cent of these fees is more than two minutes.
 */

const text = (lines: string): string =>
  lines
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('\n');

test('closed at noon, on a plan that credits unused time', async () => {
  const story = await openStory();
  await story.on('2028-04-01 12:00');
  const shop = await story.open('Credited', 'essentials', 200);
  await story.buy(shop);
  await story.on('2028-04-11 12:00');
  await story.close(shop);
  await story.on('2028-06-01 12:00');
  await story.look();

  // Paid from 1 April to 1 May, 30 days; 20 are left. 99.00 × 20 / 30 = 66.00. Numbers are not credited.
  // 99.00 - 66.00 + 2.25 = 35.25; 200.00 - 35.25 = 164.75.
  assert.equal(
    await story.statement(shop, '2028-04'),
    text(`
      before: 0.00
      in: 200.00
      Essentials plan, one month: 1 × 99.00 = 99.00
      Essentials plan, 20 of 30 days unused: 1 × -66.00 = -66.00
      N1 Local number: 1 × 2.25 = 2.25
      charged: 35.25
      after: 164.75`),
  );
});

test('included minutes: the first 250 of a month cost nothing, and the next month has its own', async () => {
  const story = await openStory();
  await story.on('2028-04-01 12:00');
  const shop = await story.open('Included', 'essentials', 500);
  const number = await story.buy(shop);
  await story.on('2028-04-10 12:00');
  await (await story.call(number, 200 * 60)).end();
  await story.on('2028-04-20 12:00');
  await (await story.call(number, 100 * 60)).end();
  await story.on('2028-05-02 12:00');
  await (await story.call(number, 10 * 60)).end();
  await story.on('2028-05-20 12:00');
  await story.look();

  // 200 + 100 = 300 minutes × 0.042 = 12.60; 250 of them × 0.042 = 10.50 are included: 2.10 are left to pay.
  // 99.00 + 2.25 + 12.60 - 10.50 = 103.35; 500.00 - 103.35 = 396.65.
  assert.equal(
    await story.statement(shop, '2028-04'),
    text(`
      before: 0.00
      in: 500.00
      Essentials plan, one month: 1 × 99.00 = 99.00
      N1 Local number: 1 × 2.25 = 2.25
      N1 Incoming minutes: 300 × 0.042 = 12.60
      N1 Included minutes: 250 × -0.042 = -10.50
      charged: 103.35
      after: 396.65`),
  );
  // The month of 1 May has 250 minutes of its own. 99.00 + 2.25 + 0.42 - 0.42 = 101.25; 396.65 - 101.25 = 295.40.
  assert.equal(
    await story.statement(shop, '2028-05'),
    text(`
      before: 396.65
      Essentials plan, one month: 1 × 99.00 = 99.00
      N1 Local number: 1 × 2.25 = 2.25
      N1 Incoming minutes: 10 × 0.042 = 0.42
      N1 Included minutes: 10 × -0.042 = -0.42
      charged: 101.25
      after: 295.40`),
  );
});

test('a change of plan in the middle of a month: both shares by the day, and the months go on as they were', async () => {
  const story = await openStory();
  await story.on('2028-04-01 12:00');
  const shop = await story.open('Changed', 'essentials', 500);
  await story.on('2028-04-11 12:00');
  await story.changePlan(shop, 'pro');
  await story.on('2028-05-20 12:00');
  await story.look();

  assert.deepEqual(await story.began(shop), ['2028-04-01 12:00', '2028-05-01 12:00']);
  // 20 of 30 days are left: 99.00 × 20 / 30 = 66.00 back, 149.00 × 20 / 30 = 99.333… = 99.33 charged.
  // 99.00 - 66.00 + 99.33 = 132.33; 500.00 - 132.33 = 367.67.
  assert.equal(
    await story.statement(shop, '2028-04'),
    text(`
      before: 0.00
      in: 500.00
      Essentials plan, one month: 1 × 99.00 = 99.00
      Essentials plan, unused share of the month: 1 × -66.00 = -66.00
      Pro plan, share of the month: 1 × 99.33 = 99.33
      charged: 132.33
      after: 367.67`),
  );
  // 367.67 - 149.00 = 218.67.
  assert.equal(
    await story.statement(shop, '2028-05'),
    text(`
      before: 367.67
      Pro plan, one month: 1 × 149.00 = 149.00
      charged: 149.00
      after: 218.67`),
  );
});
