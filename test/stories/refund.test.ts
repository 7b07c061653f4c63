import { givePayment } from '../givePayment.ts';
import { closed, openStory, step } from './story.ts';

/*
 * "After canceling an Account, the Available Balance will be preserved for 90 days": the customer asks with one click, support pays
 * it back to the card and by hand, and after the 60 days what is owed can still be seen.
 */

const story = await openStory();
const { served, world, page, heading, menu, section, picture } = story;
const shop = `/accounts/${world.shopId}`;

step('what is left of the balance was paid by two cards, and by a transfer', async () => {
  await givePayment(world.house, world.shopId, { dollars: 200n, daysAgo: 40 });
  await givePayment(world.house, world.shopId, { dollars: 500n, daysAgo: 12, card: 'mastercard' });
  await closed(story, world.shopId, 'shopOwner');
});

step('Status of the canceled account: one click requests the refund, with the amount', async () => {
  await story.signIn('shopOwner');
  await page.goto(`${served.url}${shop}/settings`);
  await section('Status').click();
  await page.getByText('$921.00 is preserved until').first().waitFor();
  await picture('70-status-refund');
  await page.getByRole('button', { name: 'Request a refund of $921.00' }).click();
  await heading('What Is Owed').waitFor();
  await page.getByText('The refund is requested: ticket 1 is open').waitFor();
  await page.getByText('Requested', { exact: true }).first().waitFor();
  await picture('71-owed-requested');
  await menu('Billing').click();
  await heading('Billing').waitFor();
  await page.getByRole('heading', { name: 'Refund of $921.00' }).waitFor();
  await picture('72-billing-requested');
  await menu('Tickets').click();
  await page.getByRole('link', { name: 'Refund of $921.00' }).waitFor();
  await page.goto(`${served.url}${shop}/owed`);
});

step('support decides on the ticket: the payments, newest first, and how it will be split', async () => {
  const desk = await story.another('supportAgent');
  await desk.page.goto(`${served.url}/operations/tickets`);
  await desk.page.getByRole('link', { name: 'Refund of $921.00' }).click();
  await desk.page.getByRole('link', { name: 'Decide' }).waitFor();
  await served.picture(desk.page, '73-ticket');
  await desk.page.getByRole('link', { name: 'Decide' }).click();
  await desk.heading('Refund for Anchor Plumbing').waitFor();
  const rows = desk.page.getByRole('table', { name: 'The payments it came from' }).locator('tbody tr');
  await rows.first().getByText('Mastercard ending in 4444').waitFor();
  await served.picture(desk.page, '74-decide');
  await desk.page.getByLabel('Payee of what is paid by hand').fill('Anchor Plumbing LLC, IBAN …6789');
  await desk.page.getByRole('button', { name: 'Approve the refund' }).click();
  await desk.page.getByText('Approved. Whoever asked was mailed').waitFor();
  await served.picture(desk.page, '75-approved');
  // The customer's page is live: nobody reloads it.
  await page.getByText('To be paid by hand').waitFor();
  await picture('76-owed-approved');
  await desk.page.getByLabel('Reference of the transfer').fill('Wire 2027-119');
  await desk.page.getByRole('button', { name: 'Mark as paid' }).click();
  await desk.page.getByText('Marked as paid.').waitFor();
  await page.getByText('Wire 2027-119').waitFor();
  await served.picture(desk.page, '77-marked');
  await desk.page.goto(`${served.url}/operations/refunds`);
  await served.picture(desk.page, '78-refunds');
});

step('after the 60 days: the start page leads to what is owed, on a phone too, and nothing else opens', async () => {
  await world.travel(60);
  const phone = await story.another('shopOwner', { width: 390, height: 844 });
  await phone.page.goto(`${served.url}/`);
  await served.picture(phone.page, '80-start-purged-phone');
  await phone.page.getByRole('main').getByRole('link', { name: 'Anchor Plumbing' }).click();
  await phone.heading('What Is Owed').waitFor();
  await phone.page.getByText('Its 60 days have passed').waitFor();
  await served.picture(phone.page, '81-owed-purged-phone');
  await phone.page.goto(`${served.url}${shop}/billing`);
  await phone.page.getByText('open a new account').first().waitFor();
  await served.picture(phone.page, '82-shut-phone');
});

step('after day 90: what nobody asked for is unclaimed, and the operator reads how much', async () => {
  await closed(story, world.neighborId, 'neighbor');
  await world.travel(90);
  await world.work();
  const operator = await story.another('operator');
  await operator.menu('Unclaimed Balances').click();
  await operator.heading('Unclaimed Balances').waitFor();
  await operator.page.getByRole('row', { name: /Neighbor Bakery/ }).waitFor();
  await served.picture(operator.page, '83-unclaimed');
  const neighbor = await story.another('neighbor', { dark: true });
  await neighbor.page.goto(`${served.url}/accounts/${world.neighborId}/owed`);
  await neighbor.page.getByText('It stays owed, as unclaimed').waitFor();
  await served.picture(neighbor.page, '84-owed-unclaimed-dark');
});
