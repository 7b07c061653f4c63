import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { formatPhone } from '../../src/web/format.ts';
import { password } from '../world.ts';
import { look, openedBefore, openStory, orange, type Reader, step } from './story.ts';

/* "Canceling an Agency": its owner in one window, a second tab, and a sub-account's Administrator in another. */

const story = await openStory();
const { served, world, page, heading, menu, section, topRight, dialog, picture } = story;
const { actor } = world.cast.agencyOwner;
const agency = `/agencies/${world.agencyId}`;
const number = await world.rent(world.clientId, actor);
const other = await world.rent(await openedBefore(story, 'Harbor Law'), actor);
const cancelAll = 'Cancel Agency Account & All Sub-Accounts';
let secondTab: Page;
/** A window that never hears of anything: what stands in it is old. */
let deaf: Page;

const confirm = async (tab: Page) => {
  await tab.getByLabel('Type the agency’s name').fill('Northwind Agency');
  await tab.getByLabel('Your password').fill(password);
  await tab.getByRole('button', { name: 'Cancel Agency', exact: true }).click();
};

const { page: phone } = await story.another('agencyOwner', { width: 390, height: 844, dark: true });
const onPhone = async (path: string, name: string) => {
  await phone.goto(path);
  await served.picture(phone, `${name}-phone`);
};

step('whoever is not an Agency Administrator sees no button, and who may', async () => {
  const { page: theirs } = await story.another('agencyBilling');
  await theirs.goto(`${agency}/settings#status`);
  await theirs.getByText('Only an Agency Administrator of this agency can cancel it.').waitFor();
  assert.equal(await theirs.getByRole('link', { name: cancelAll }).count(), 0);
  await theirs.goto(`${agency}/closure/new`);
  await theirs.getByText('Ask one of them.').waitFor();
  assert.equal(await theirs.getByRole('link', { name: 'Cancel Agency', exact: true }).count(), 0);
});

step('Settings → Parent Settings → Status: the orange button on the left side', async () => {
  await story.signIn('agencyOwner');
  await story.stand('Northwind Agency');
  await menu('Parent Settings').click();
  await heading('Parent Settings').waitFor();
  await section('Status').click();
  const cancel = page.getByRole('link', { name: cancelAll, exact: true });
  const { middle, color } = await look(cancel);
  const status = await look(page.locator('#status'));
  assert.ok(middle < status.middle, 'left of the middle of its section');
  assert.equal(color, orange);
  await picture('40-parent-settings');
  await onPhone(`${agency}/settings`, '40-parent-settings');
  await cancel.click();
});

step('a pop-up; its Cancel Agency leads to the next page', async () => {
  await dialog.getByRole('heading', { name: 'Cancel Agency' }).waitFor();
  await picture('41-cancel-agency');
  await onPhone(`${agency}/closure/new`, '41-cancel-agency');
  await dialog.getByRole('link', { name: 'Cancel Agency', exact: true }).click();
  await page.getByRole('table', { name: 'Active sub-accounts' }).waitFor();
  assert.match(page.url(), /\/closure\/review$/, 'a page of its own');
  await dialog.waitFor({ state: 'hidden' });
});

step('the list of active sub-accounts, and the fields for why', async () => {
  const table = page.getByRole('table', { name: 'Active sub-accounts' });
  for (const name of ['Riverside Dental', 'Harbor Law']) await table.getByRole('row', { name }).waitFor();
  await page.getByLabel('Why do you cancel?').waitFor();
  await page.getByLabel('In your own words').waitFor();
  await picture('42-review');
  await onPhone(`${agency}/closure/review`, '42-review');
  secondTab = await page.context().newPage();
  deaf = (await story.another('agencyOwner', { javaScript: false })).page;
  for (const window of [secondTab, deaf]) {
    await window.goto(`${agency}/closure/review`);
    await window.getByRole('heading', { name: 'Cancel Agency', level: 1 }).waitFor();
  }
});

step('Back leads to Parent Settings, not into the pop-up; a wrong name changes nothing', async () => {
  await page.goBack();
  await heading('Parent Settings').waitFor();
  assert.equal(await dialog.count(), 0);
  await page.goto(`${agency}/closure/review`);
  await page.getByLabel('Type the agency’s name').fill('Northwind');
  await page.getByLabel('Your password').fill(password);
  await page.getByRole('button', { name: 'Cancel Agency', exact: true }).click();
  await page.getByText('Type the agency’s name: Northwind Agency').nth(1).waitFor();
  await picture('43-refused');
  assert.notEqual((await story.ring(number.phoneNumber)).connectedTo, null);
});

step('Cancel Agency, without saying why: one page follows it to its end, and survives a reload', async () => {
  await confirm(page);
  await heading('Northwind Agency').waitFor();
  await topRight('(canceled)').waitFor();
  assert.match(page.url(), /\/closure$/);
  await page.reload();
  await page.getByText('All sub-accounts are closed and their numbers released.').waitFor();
  await page.getByText('2 of 2').waitFor();
  await picture('44-canceled-agency');
  await onPhone(`${agency}/closure`, '44-canceled-agency');
});

step('every call is refused', async () => {
  for (const { phoneNumber } of [number, other]) {
    const call = await story.ring(phoneNumber);
    assert.equal(call.connectedTo, null);
    assert.match(call.heard.join(' '), /not in service/);
  }
});

step('the back button and the second tab can’t cancel twice', async () => {
  await secondTab.getByText('This agency is canceled').waitFor();
  await confirm(deaf);
  await deaf.getByText('The agency is canceled already.').waitFor();
  await page.goBack();
  await page.reload();
  await page.getByText('This agency is canceled').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Cancel Agency' }).count(), 0);
  for (const path of ['closure/new', 'closure/review']) {
    await page.goto(`${agency}/${path}`);
    await page.waitForURL(/\/closure$/);
  }
});

step('Parent Settings: nothing is charged any more, and only support can bring it back', async () => {
  await menu('Parent Settings').click();
  await page.getByText('It can’t be restored from here.').waitFor();
  await page.getByText('None: charges ended').waitFor();
  assert.equal(await page.getByRole('link', { name: cancelAll }).count(), 0);
  assert.equal(await page.getByRole('button', { name: /Reactivate/ }).count(), 0);
  await picture('45-canceled-parent-settings');
  await onPhone(`/accounts/${world.clientId}/settings`, '46-under-a-canceled-agency');
});

step('the sub-accounts are canceled; no Reactivate Account inside, but what can be done', async () => {
  await menu('Accounts').click();
  await page.locator('summary').filter({ hasText: 'Filter' }).click();
  await page.getByLabel('Show').selectOption('Canceled sub-accounts');
  await page.getByRole('button', { name: 'Apply' }).click();
  for (const name of ['Riverside Dental', 'Harbor Law'])
    await page.getByRole('row', { name }).getByText('(canceled)').waitFor();
  const client = await story.another('clientAdmin');
  for (const { page, menu, topRight } of [story, client] satisfies Reader[]) {
    await page.goto(`/accounts/${world.clientId}`);
    await topRight('(canceled)').waitFor();
    await menu('Account Settings').click();
    await page.getByText('with a plan of its own').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Reactivate Account' }).count(), 0);
    await served.picture(page, '46-under-a-canceled-agency');
    await menu('Tracking Numbers').click();
    await page.getByRole('link', { name: 'Released Numbers' }).click();
    await page.getByText(formatPhone(number.phoneNumber)).waitFor();
    assert.equal(await page.getByRole('button', { name: /Restore/ }).count(), 0);
    assert.equal(await page.getByText('Reactivate the account first').count(), 0);
  }
});
