import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { findArrears } from '../../src/billing/dunning/store.ts';
import { settleAll } from '../../src/billing/settle.ts';
import { findBalance, recordCharge } from '../../src/billing/store.ts';
import { newKey } from '../../src/platform/ids.ts';
import { openBody } from '../../src/platform/mail/store.ts';
import { record } from '../../src/platform/operation.ts';
import { addDays } from '../../src/rules/time.ts';
import { type ServedWorld, serveWorld } from './product.ts';

/* Who pays, from the offer to the first payment; then nobody pays for a while, and then somebody does. */

let served: ServedWorld;
before(async () => {
  served = await serveWorld();
});

test('the agency offers → the account follows the link of the mail and pays → later it has no funds → it tops up', async () => {
  const { world } = served;
  const { clientId, agencyId } = world;
  await world.rent(clientId, world.cast.agencyOwner.actor);
  const agency = await served.open();
  await served.signIn(agency, world.cast.agencyOwner);
  await agency.goto(`/accounts/${clientId}/billing`);
  await agency.getByRole('link', { name: 'Who pays' }).click();
  await agency.getByRole('heading', { name: 'Let the account pay for itself' }).waitFor();
  await served.picture(agency, '70-new-offer');
  await agency.getByLabel('Essentials').check();
  await agency.getByLabel('Note').fill('As we said on the phone: from next month on you pay yourselves.');
  await agency.getByRole('button', { name: 'Make the offer' }).click();
  await agency.getByRole('button', { name: 'Withdraw the offer' }).waitFor();
  await served.picture(agency, '71-offer-made');
  await agency.goto(`/agencies/${agencyId}/accounts`);
  await agency.getByText('Offer open').waitFor();
  await served.picture(agency, '72-accounts');
  await agency.goto(`/agencies/${agencyId}/accounts/new`);
  await served.picture(agency, '73-new-sub-account');

  const { rows } = await world.house.pool.query<{ body_sealed: Buffer }>(
    'select body_sealed from mail where to_address = $1 order by mail_id desc limit 1',
    [world.cast.clientAdmin.email],
  );
  const { text } = openBody(world.house.secrets, { bodySealed: rows[0]!.body_sealed })!;
  const link = text.match(/http\S+payment-link\S+/)![0];
  const client = await served.open({ width: 390, height: 844 });
  await client.goto(link);
  await client.getByLabel('E-mail').fill(world.cast.clientAdmin.email);
  await client.getByLabel('Password').fill('correct horse battery');
  await client.getByRole('button', { name: 'Sign in' }).click();
  await client.getByRole('heading', { name: 'Offer: Riverside Dental pays for itself' }).waitFor();
  await served.picture(client, '74-payment-link-phone');
  await client.getByLabel('First payment').fill('20');
  await client.getByRole('button', { name: 'Accept and pay' }).click();
  await client.getByText('Pay between $109.00').waitFor();
  await client.getByLabel('First payment').fill('150');
  await client.getByRole('button', { name: 'Accept and pay' }).click();
  await client.getByText('Riverside Dental pays for itself from now on.').waitFor();
  await served.picture(client, '75-paid-phone');

  const { availableMicros } = await findBalance(world.house.db, clientId);
  await record(world.house.db, (tx, at) =>
    recordCharge(tx, {
      ownerId: clientId,
      payerId: clientId,
      cause: 'number',
      causeKey: newKey(),
      at,
      description: 'Many numbers, one month',
      unitMicros: availableMicros + 12_340_000n,
    }),
  );
  await settleAll(world.house.db);
  const { beganAt, noFundsFrom } = (await findArrears(world.house.db, clientId))!;
  await world.travelTo(addDays(beganAt, 6));
  await world.work();
  await client.goto(`/accounts/${clientId}/billing`);
  await client.getByText('The available balance is used up').waitFor();
  await served.picture(client, '76-used-up-phone');
  await agency.goto(`/accounts/${clientId}/billing`);
  await served.picture(agency, '77-used-up');
  await world.travelTo(noFundsFrom);
  await world.work();
  await agency.goto(`/accounts/${clientId}/settings`);
  await agency.getByRole('banner').getByText('(no funds)').first().waitFor();
  await served.picture(agency, '78-no-funds-status');
  await client.goto(`/accounts/${clientId}/settings`);
  await served.picture(client, '79-no-funds-status-phone');
  const mail = await served.open();
  const { rows: last } = await world.house.pool.query<{ mail_id: string }>(
    "select mail_id from mail where subject like 'No funds%' order by mail_id desc limit 1",
  );
  await mail.goto(`/development/mail/${last[0]!.mail_id}`);
  await served.picture(mail, '80-no-funds-mail');

  await client.goto(`/accounts/${clientId}/billing`);
  await client.getByLabel('Amount').selectOption('250');
  await client.getByRole('button', { name: 'Top up' }).click();
  await client.getByText('was added to the available balance').waitFor();
  assert.equal(await client.getByText('(no funds)').count(), 0);

  await client.goto(`/accounts/${clientId}/payer`);
  await client.getByLabel('Note').fill('Please take us back.');
  await client.getByRole('button', { name: 'Ask the agency' }).click();
  await client.getByRole('button', { name: 'Withdraw the offer' }).waitFor();
  await agency.goto(`/accounts/${clientId}/payer`);
  await served.picture(agency, '81-agency-asked');
  await agency.getByRole('button', { name: 'Accept', exact: true }).click();
  await agency.getByText('Northwind Agency pays for Riverside Dental from now on.').waitFor();
  await served.picture(agency, '82-own-balance-stays');
  await agency.goto(`/accounts/${clientId}/journal`);
  await served.picture(agency, '83-journal');
});
