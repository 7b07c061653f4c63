import assert from 'node:assert/strict';
import { closed, openedBefore, openStory, step } from './story.ts';

/* "Fully canceling your account is the only way to stop charges": what goes on, and which screen says so. */

const story = await openStory();
const { world, page, heading, menu, section, topRight, picture } = story;
const amountAndDate = /\$\d+\.\d\d.* on .*20\d\d/;
await world.rent(world.shopId, world.cast.shopOwner.actor);
await world.rent(world.clientId, world.cast.agencyOwner.actor);
const harborId = await openedBefore(story, 'Harbor Law');

const setting = (title: string, window = page) =>
  window.locator('.setting').filter({ has: window.getByRole('heading', { name: title }) });

step('a paused standalone account: the plan with its date, numbers and usage', async () => {
  const shop = await story.another('shopOwner');
  await shop.menu('Account Settings').click();
  await shop.section('Status').click();
  await shop.page.getByRole('button', { name: 'Pause Tracking Code' }).click();
  await shop.topRight('(paused)').waitFor();
  const paused = await setting('Number swapping is paused', shop.page).textContent();
  assert.match(paused!, amountAndDate);
  for (const part of ['Still charged', 'for the plan', 'a month for 1 number', 'usage of calls'])
    assert.ok(paused!.includes(part), part);
});

step('a stopped sub-account: its numbers, charged to the agency', async () => {
  await story.signIn('agencyOwner');
  await page.goto(`/accounts/${world.clientId}`);
  await menu('Account Settings').click();
  await section('Status').click();
  await page.getByRole('button', { name: 'Stop Incoming Calls' }).click();
  await topRight('(stopped)').waitFor();
  const stopped = await setting('Incoming calls are stopped').textContent();
  assert.match(
    stopped!,
    /Still charged to the available balance of Northwind Agency: .*\$\d+\.\d\d a month for 1 number \(next on /,
  );
  assert.ok(!stopped!.includes('usage'), 'no call, no usage');
  await picture('50-stopped');
});

step('with every sub-account closed the agency is open, and its next charge stands there', async () => {
  await closed(story, world.clientId);
  await closed(story, harborId);
  await menu('Parent Settings').click();
  await heading('Parent Settings').waitFor();
  const open = await setting('The agency is open').textContent();
  assert.match(open!, /even when every sub-account is closed/);
  assert.match(open!, amountAndDate);
  await picture('51-all-sub-accounts-closed');
});

step('the closed sub-account says that nothing is charged for it', async () => {
  await page.goto(`/accounts/${world.clientId}/settings#status`);
  await page.getByText('Calls are refused and nothing is charged.').waitFor();
});
