import assert from 'node:assert/strict';
import { formatPhone } from '../../src/web/format.ts';
import { look, openStory, red, step } from './story.ts';

/* "Canceling a Sub-Account in an Agency as an Administrator": from inside, without a way into the agency. */

const story = await openStory();
const { world, page, heading, menu, section, topRight, dialog } = story;
const { phoneNumber } = await world.rent(world.clientId, world.cast.agencyOwner.actor);

step('in the account: Settings → Account Settings; the agency’s pages are not there', async () => {
  await story.signIn('clientAdmin');
  await topRight('Riverside Dental').waitFor();
  assert.equal(await menu('Parent Settings').count(), 0);
  await menu('Account Settings').click();
  await heading('Account Settings').waitFor();
});

step('Status: Close Sub-account, and a pop-up with the numbers', async () => {
  await section('Status').click();
  const close = page.getByRole('link', { name: 'Close Sub-account', exact: true });
  assert.equal((await look(close)).color, red);
  await close.click();
  await dialog
    .getByRole('table', { name: 'Tracking numbers to be released' })
    .getByText(formatPhone(phoneNumber))
    .waitFor();
  await dialog.getByText('Northwind Agency and its other sub-accounts stay as they are.').waitFor();
});

step('Never mind leaves everything as it was', async () => {
  await dialog.getByRole('link', { name: 'Never mind' }).click();
  await dialog.waitFor({ state: 'hidden' });
  assert.notEqual((await story.ring(phoneNumber)).connectedTo, null);
});

step('Close Sub-account: canceled at once', async () => {
  await page.getByRole('link', { name: 'Close Sub-account', exact: true }).click();
  await dialog.getByRole('button', { name: 'Close Sub-account', exact: true }).click();
  await page.getByText('This account is canceled').waitFor();
  await topRight('(canceled)').waitFor();
  assert.equal((await story.ring(phoneNumber)).connectedTo, null);
});

step('Reactivate Account in Status brings it back', async () => {
  await page.getByRole('button', { name: 'Reactivate Account' }).click();
  await heading('Released Numbers').waitFor();
  assert.equal(await topRight('(canceled)').count(), 0);
});
