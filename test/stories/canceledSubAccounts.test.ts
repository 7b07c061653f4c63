import assert from 'node:assert/strict';
import { formatPhone } from '../../src/web/format.ts';
import { closed, look, openedBefore, openStory, step } from './story.ts';

/* "To view and reactivate canceled sub-accounts", and to restore their numbers. */

const story = await openStory();
const { world, page, heading, menu, section, topRight, picture } = story;
const { actor } = world.cast.agencyOwner;
const [restored, missed] = [await world.rent(world.clientId, actor), await world.rent(world.clientId, actor)];
await openedBefore(story, 'Harbor Law');
await closed(story, world.clientId);

step('Settings → Accounts: a filter button at the top left opens a panel', async () => {
  await story.signIn('agencyOwner');
  await story.stand('Northwind Agency');
  await menu('Accounts').click();
  await page.getByRole('row', { name: 'Harbor Law' }).waitFor();
  assert.equal(await page.getByRole('row', { name: 'Riverside Dental' }).count(), 0);
  const filter = page.locator('summary').filter({ hasText: 'Filter' });
  const list = await look(page.getByRole('table'));
  const place = await look(filter);
  assert.ok(place.x < list.x + 40 && place.y < list.y, 'left, above the list');
  await filter.click();
});

step('its drop-down: Canceled sub-accounts', async () => {
  await page.getByLabel('Show').selectOption('Canceled sub-accounts');
  await picture('33-filter');
  await page.getByRole('button', { name: 'Apply' }).click();
  await page.getByRole('row', { name: 'Riverside Dental' }).getByText('(canceled)').waitFor();
  assert.equal(await page.getByRole('row', { name: 'Harbor Law' }).count(), 0);
  await picture('34-canceled-sub-accounts');
});

step('Edit → Status → Reactivate Account, on the right', async () => {
  await page.getByRole('link', { name: 'Edit Riverside Dental' }).click();
  await topRight('(canceled)').waitFor();
  await section('Status').click();
  const reactivate = page.getByRole('button', { name: 'Reactivate Account' });
  assert.ok((await look(reactivate)).x > 640);
  await picture('35-reactivate');
  await reactivate.click();
});

step('the sub-account is open again, and may buy numbers', async () => {
  await heading('Released Numbers').waitFor();
  assert.equal(await topRight('(canceled)').count(), 0);
  await menu('Buy Numbers').waitFor();
});

step('Numbers → Tracking Numbers → Released Numbers at the top right → Restore', async () => {
  await menu('Tracking Numbers').click();
  await heading('Tracking Numbers').waitFor();
  const released = page.getByRole('link', { name: 'Released Numbers' });
  const { x, y } = await look(released);
  assert.ok(x > 640 && y < 200);
  await released.click();
  const restore = page.getByRole('button', { name: `Restore ${formatPhone(restored.phoneNumber)}` });
  assert.equal(await restore.textContent(), 'Restore');
  await restore.click();
  await heading('Tracking Numbers').waitFor();
  await page
    .getByRole('row', { name: formatPhone(restored.phoneNumber) })
    .getByText('Yes')
    .waitFor();
  assert.equal((await story.ring(restored.phoneNumber)).connectedTo, restored.receivingNumber);
});

step('after 14 days there is no Restore, but the way to support', async () => {
  await page.getByRole('link', { name: 'Released Numbers' }).click();
  const restore = page.getByRole('button', { name: `Restore ${formatPhone(missed.phoneNumber)}` });
  await restore.waitFor();
  await world.travel(14);
  await page.reload();
  await page
    .getByRole('row', { name: formatPhone(missed.phoneNumber) })
    .getByText('Ask support: they can inquire at the carrier.')
    .waitFor();
  assert.equal(await restore.count(), 0);
  await picture('36-too-late');
});
