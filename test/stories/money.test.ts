import assert from 'node:assert/strict';
import { monthOf } from '../../src/rules/calendar.ts';
import { formatPhone } from '../../src/web/format.ts';
import { openStory, step } from './story.ts';

/*
 * The whole way of some money: a top-up by card, calls that spend it, the closing, the refund of what is left, and a statement
 * that shows every line of it.
 */

const story = await openStory();
const { served, world, page, heading, menu, section, picture } = story;
const shop = `/accounts/${world.shopId}`;
const number = await world.rent(world.shopId, world.cast.shopOwner.actor);
let asked = '';

step('top up: $100.00 by card', async () => {
  await story.signIn('shopOwner');
  await page.goto(`${served.url}${shop}/billing`);
  await page.getByLabel('Card', { exact: true }).selectOption({ label: 'Visa ending in 4242' });
  await page.getByRole('button', { name: 'Top up', exact: true }).click();
  await page.getByText('$100.00 was added to the available balance.').waitFor();
});

step('a call is answered, and charged by the minute', async () => {
  assert.equal((await story.ring(number.phoneNumber, 1.2)).connectedTo, number.receivingNumber);
  await menu('Call Log').click();
  await page.getByRole('table').getByText('$0.0').first().waitFor();
  await world.work();
});

step('close: the Available Balance is shown with the date until which it is preserved', async () => {
  await menu('Account Settings').click();
  await section('Status').click();
  await page.getByRole('link', { name: 'Close account', exact: true }).click();
  await page.getByRole('button', { name: 'Proceed to Cancel Account' }).click();
  await page.getByText('This account is canceled').waitFor();
  await page
    .getByText(/\$1,0\d\d\.\d\d is preserved until \d+ \w+ \d{4}/)
    .first()
    .waitFor();
  await picture('100-closed');
});

step('one click requests the refund, with the amount', async () => {
  const request = page.getByRole('button', { name: /^Request a refund of \$1,0\d\d\.\d\d$/ });
  asked = (await request.textContent())!.match(/\$[\d,.]+\d/)![0];
  await request.click();
  await heading('What Is Owed').waitFor();
  await page.getByText('Requested', { exact: true }).first().waitFor();
});

step('support approves it: the card gets its part, and what came in otherwise is paid by hand', async () => {
  const desk = await story.another('supportAgent');
  await desk.page.goto(`${served.url}/operations/tickets`);
  await desk.page.getByRole('link', { name: `Refund of ${asked}` }).click();
  await desk.page.getByRole('link', { name: 'Decide' }).click();
  await desk.heading('Refund for Anchor Plumbing').waitFor();
  await desk.page.getByLabel('Payee of what is paid by hand').fill('Anchor Plumbing LLC');
  await desk.page.getByRole('button', { name: 'Approve the refund' }).click();
  await desk.page.getByText('Approved. Whoever asked was mailed').waitFor();
  // The worker sends the card its part; by hand is what is left.
  await desk.page.getByLabel('Reference of the transfer').fill('Wire 2027-120');
  await desk.page.getByRole('button', { name: 'Mark as paid' }).click();
  await desk.page.getByText('Marked as paid.').waitFor();
  await page.getByText('Paid', { exact: true }).first().waitFor();
  await picture('101-paid');
});

step('the statement shows every line, and ends at nothing', async () => {
  const month = monthOf(await world.now(), 'America/New_York');
  await page.goto(`${served.url}${shop}/billing/statements/${month}`);
  await heading(/Statement/).waitFor();
  await picture('102-statement');
  const text = (await page.getByRole('main').textContent())!;
  for (const line of ['$100.00', formatPhone(number.phoneNumber), 'Incoming minute', asked])
    assert.ok(text.includes(line), `${line} stands in the statement`);
  const { rows } = await world.house.pool.query(
    `select debit, credit, sum(amount_micros)::text as micros from posting where owner_id = $1 and debit = 'refunds' group by 1, 2`,
    [world.shopId],
  );
  assert.equal(rows.length, 1);
  const { rows: wallet } = await world.house.pool.query(
    'select available_micros::text as left from wallet where owner_id = $1',
    [world.shopId],
  );
  assert.deepEqual(wallet, [{ left: '0' }]);
});
