import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { type ServedWorld, serveWorld } from './product.ts';

/* Somebody is stuck, and asks: the ticket knows the account, the step and the refusal before a word is typed. */

let served: ServedWorld;
before(async () => {
  served = await serveWorld();
});

test('a refused step → Trouble with this step? → support answers → the customer reads and closes', async () => {
  const { world } = served;
  const customer = await served.open();
  await served.signIn(customer, world.cast.clientAdmin);
  await customer.goto(`/accounts/${world.clientId}/settings`);
  await customer.getByRole('link', { name: 'Close Sub-account' }).click();
  const dialog = customer.getByRole('dialog');
  await dialog.getByRole('heading', { name: 'Close Sub-account' }).waitFor();
  await world.rent(world.clientId, world.cast.agencyOwner.actor);
  await dialog.getByRole('button', { name: 'Close Sub-account' }).click();
  await dialog.getByText('What this would do has changed').waitFor();
  await dialog.getByRole('link', { name: 'Trouble with this step?' }).click();

  await customer.getByRole('heading', { name: 'New ticket' }).waitFor();
  for (const known of [`Riverside Dental, number ${world.clientId}`, 'What this would do has changed'])
    await customer.getByText(known).waitFor();
  await customer.getByRole('definition').getByText('Close Sub-account, confirmation').waitFor();
  await served.picture(customer, '60-new-ticket');
  await customer.getByLabel('What should support know?').fill('Why does it say no?');
  await customer.getByRole('button', { name: 'Open ticket' }).click();
  await customer.getByText('is open. Support answers here').waitFor();

  await customer.getByLabel('Your reply').fill('Thank');

  const staff = await served.open({ width: 390, height: 844, dark: true });
  await served.signIn(staff, world.cast.supportAgent);
  await staff.goto('/operations/tickets');
  await served.picture(staff, '61-queue-phone');
  await staff.getByRole('link', { name: 'Close Sub-account, confirmation' }).click();
  await staff.getByText('Client Admin, Administrator').waitFor();
  await staff.getByText('What this would do has changed').waitFor();
  await staff.getByLabel('Your answer').fill('A number was bought meanwhile. Look again, and confirm.');
  await staff.getByRole('button', { name: 'Answer' }).click();
  await staff.getByText('Answered, and mailed.').waitFor();
  assert.equal(await staff.getByLabel('Your answer').inputValue(), '', 'what was sent is not sent again');
  await served.picture(staff, '62-answered-phone');

  // The page of the conversation is live: nobody reloads it, and what was typed meanwhile stays.
  await customer.getByText('A number was bought meanwhile.').waitFor();
  const reply = customer.getByLabel('Your reply');
  assert.equal(await reply.inputValue(), 'Thank');
  await reply.fill('Thank you.');
  await customer.getByRole('button', { name: 'Reply' }).click();
  await customer.getByRole('paragraph').filter({ hasText: 'Thank you.' }).waitFor();
  assert.equal(await reply.inputValue(), '');
  await served.picture(customer, '63-conversation');
  await customer.getByRole('button', { name: 'Close ticket' }).click();
  await customer.getByText('The ticket is closed.').waitFor();
  await customer.getByRole('navigation', { name: 'Menu' }).getByRole('link', { name: 'Tickets' }).click();
  await customer.getByRole('row', { name: /Close Sub-account, confirmation.*Closed/ }).waitFor();
});
