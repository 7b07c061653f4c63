import assert from 'node:assert/strict';
import { formatPhone } from '../../src/web/format.ts';
import { look, openedBefore, openStory, red, step } from './story.ts';

/* "Canceling a Sub-Account in an Agency as an Agency Administrator". */

const story = await openStory();
const { world, page, heading, menu, section, topRight, dialog, picture } = story;
const { actor } = world.cast.agencyOwner;
const [first, second] = [await world.rent(world.clientId, actor), await world.rent(world.clientId, actor)];
const other = await world.rent(await openedBefore(story, 'Harbor Law'), actor);

step('Settings → Accounts: the list of all sub-accounts', async () => {
  await story.signIn('agencyOwner');
  await story.stand('Northwind Agency');
  await menu('Accounts').click();
  await heading('Accounts').waitFor();
  for (const name of ['Riverside Dental', 'Harbor Law']) await page.getByRole('row', { name }).waitFor();
  await picture('30-accounts');
});

step('Edit next to the name: it appears at the top right', async () => {
  const edit = page.getByRole('link', { name: 'Edit Riverside Dental' });
  assert.equal(await edit.textContent(), 'Edit');
  await edit.click();
  await topRight('Riverside Dental').waitFor();
  const { x, y } = await look(topRight('Riverside Dental'));
  assert.ok(x > 640 && y < 80);
});

step('Settings → Account Settings → Status: the red Close Sub-account button', async () => {
  await menu('Account Settings').click();
  await heading('Account Settings').waitFor();
  await section('Status').click();
  const close = page.getByRole('link', { name: 'Close Sub-account', exact: true });
  assert.equal((await look(close)).color, red);
  await picture('31-sub-account-status');
  await close.click();
});

step('the pop-up lists the numbers that will be released; Close Sub-account', async () => {
  await dialog.getByRole('heading', { name: 'Close Sub-account' }).waitFor();
  const table = dialog.getByRole('table', { name: 'Tracking numbers to be released' });
  for (const { phoneNumber } of [first, second]) await table.getByText(formatPhone(phoneNumber)).waitFor();
  assert.equal(await table.getByText(formatPhone(other.phoneNumber)).count(), 0);
  await picture('32-close-sub-account');
  await dialog.getByRole('button', { name: 'Close Sub-account', exact: true }).click();
});

step('the sub-account is canceled, and offers Reactivate Account', async () => {
  await page.getByText('This account is canceled').waitFor();
  await topRight('(canceled)').waitFor();
  await page.getByRole('button', { name: 'Reactivate Account' }).waitFor();
  assert.equal((await story.ring(first.phoneNumber)).connectedTo, null);
});

step('the agency and its other sub-account stay as they were, and the next charge stands', async () => {
  await menu('Parent Settings').click();
  await heading('Parent Settings').waitFor();
  await page.getByText('The agency is open').waitFor();
  await page
    .getByText(/\$\d+\.\d\d on /)
    .first()
    .waitFor();
  await menu('Accounts').click();
  await page.getByRole('row', { name: 'Harbor Law' }).getByText('Open').waitFor();
  assert.equal(await page.getByRole('row', { name: 'Riverside Dental' }).count(), 0);
  assert.equal((await story.ring(other.phoneNumber)).connectedTo, other.receivingNumber);
});
