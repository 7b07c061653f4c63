import assert from 'node:assert/strict';
import { endOf, look, openStory, orange, step } from './story.ts';

/*
 * "Canceling a Standalone Account", from the first number to the return: rent a number, take a call, close the account,
 * come back.
 */

const story = await openStory();
const { served, world, page, heading, menu, section, topRight, picture } = story;
let number: string;

const placeCall = async (): Promise<void> => {
  await menu('Call Log').click();
  await heading('Call Log').waitFor();
  await page.getByRole('button', { name: 'Call now' }).click();
  await page.getByText('The call is on its way').waitFor();
};
const endOfLastCall = async () => {
  const { rows } = await world.house.simulation!.query<{ sid: string }>(
    'select sid from simulated_carrier.call order by placed_at desc limit 1',
  );
  return endOf(world, rows[0]!.sid);
};
const firstRow = () => page.getByRole('table', { name: 'Calls' }).locator('tbody tr').first();

step('sign in, and stand in the account: its name is at the top right', async () => {
  await story.signIn('shopOwner');
  await heading('Anchor Plumbing').waitFor();
  await topRight('Anchor Plumbing').waitFor();
  await picture('01-overview');
});

step('Numbers → Buy Numbers: search an area code, buy one; it becomes active by itself', async () => {
  await menu('Buy Numbers').click();
  await page.getByLabel('Area code').fill('303');
  await page.getByRole('button', { name: 'Search' }).click();
  await page
    .getByRole('link', { name: /^Buy \(303\)/ })
    .first()
    .waitFor();
  await picture('02-buy-numbers');
  const buy = page.getByRole('link', { name: /^Buy \(303\)/ }).first();
  number = (await buy.getAttribute('aria-label'))!.replace('Buy ', '');
  await buy.click();
  await page.getByLabel('Receiving number').fill('(720) 555-0171');
  await page.locator('[name=name]').fill('The van');
  await page.getByLabel('Tracking source').selectOption('New source…');
  await page.getByLabel('Name of the new source').fill('Van lettering');
  await picture('03-buy-one');
  await page.getByRole('button', { name: /^Buy for/ }).click();
  await heading('Tracking Numbers').waitFor();
  // No reload: the page hears of the carrier's answer.
  await page.getByRole('row', { name: number }).getByText('Yes').waitFor();
  await picture('04-tracking-numbers');
});

step('a call arrives: the log shows it while it rings, and how it ended', async () => {
  await placeCall();
  await firstRow()
    .getByText(/Ringing|In progress/)
    .waitFor();
  await picture('05-ringing');
  await firstRow().getByText('Answered').waitFor();
  await firstRow().getByText('$0.0').waitFor();
  const call = await endOfLastCall();
  assert.equal(call.connectedTo, '+17205550171');
  await picture('06-call-log');
  await firstRow().getByRole('link').first().click();
  await page.getByRole('list', { name: 'What happened' }).waitFor();
  await picture('07-call');
});

step('Settings → Account Settings → Status → Close account → Proceed to Cancel Account', async () => {
  await menu('Account Settings').click();
  await heading('Account Settings').waitFor();
  await section('Status').click();
  const close = page.getByRole('link', { name: 'Close account', exact: true });
  const { x, color } = await look(close);
  assert.ok(x > 640, 'the button stands on the right side of the page');
  assert.equal(color, orange, 'and it is orange');
  await picture('08-settings');
  await close.click();
  await page.getByRole('button', { name: 'Proceed to Cancel Account' }).waitFor();
  assert.match(page.url(), /\/closure\/new$/, 'a screen of its own');
  await page.getByText(number).first().waitFor();
  await picture('09-confirmation');
  await page.getByRole('button', { name: 'Proceed to Cancel Account' }).click();
  await page.getByText('This account is canceled').waitFor();
  await topRight('(canceled)').waitFor();
  await picture('10-canceled');
});

step('the next call is refused, with the words of the setting', async () => {
  await placeCall();
  await firstRow().getByText('Refused').waitFor();
  const call = await endOfLastCall();
  assert.equal(call.connectedTo, null);
  assert.match(call.heard.join(' '), /not in service/);
  await picture('11-refused');
});

step('the back button and a second tab can’t close it twice', async () => {
  const second = await page.context().newPage();
  await second.goto(`${served.url}/accounts/${world.shopId}/closure/new`);
  await second
    .getByText(/already closed|is canceled/)
    .first()
    .waitFor();
  assert.equal(await second.getByRole('button', { name: 'Proceed to Cancel Account' }).count(), 0);
  await second.close();
});

step('Reactivate Account in Status; then Tracking Numbers → Released Numbers → Restore', async () => {
  await menu('Account Settings').click();
  await page.getByRole('button', { name: 'Reactivate Account' }).click();
  await heading('Released Numbers').waitFor();
  await picture('12-released-numbers');
  await menu('Tracking Numbers').click();
  await page.getByRole('link', { name: 'Released Numbers' }).click();
  await page.getByRole('button', { name: `Restore ${number}` }).click();
  await heading('Tracking Numbers').waitFor();
  const row = page.getByRole('row', { name: number });
  for (const kept of ['The van', 'Van lettering', '(720) 555-0171', 'Yes']) await row.getByText(kept).waitFor();
  await picture('13-restored');
});

step('the next call connects again', async () => {
  await placeCall();
  await firstRow().getByText('Answered').waitFor();
  assert.equal((await endOfLastCall()).connectedTo, '+17205550171');
});

step('after the hold, the number goes back: no button, but what can be done', async () => {
  await page.goto(`${served.url}/accounts/${world.shopId}/numbers`);
  await page.getByRole('link', { name: `Edit ${number}` }).click();
  await page.getByRole('link', { name: 'Release Tracking Number' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Release Tracking Number' }).click();
  await heading('Released Numbers').waitFor();
  await world.travel(14);
  await world.work();
  await page.reload();
  await page.getByText('Ask support').first().waitFor();
  assert.equal(await page.getByRole('button', { name: `Restore ${number}` }).count(), 0);
  await page.getByText('Development clock').waitFor();
  await picture('14-returned');
});
