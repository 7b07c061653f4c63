import assert from 'node:assert/strict';
import { changeProviderSettings } from '../../src/platform/payments/simulated/settings.ts';
import { until } from '../faults/startProduct.ts';
import { openStory, step } from './story.ts';

/*
 * Money by card: given on the provider's own page, a top-up, a bank that asks first, a card that times out after taking the money,
 * a decline, and auto-recharge; each once in the statement.
 */

const story = await openStory();
const { served, world, page, heading, menu, picture } = story;
const shop = `/accounts/${world.shopId}`;
const billing = async () => {
  await page.goto(`${served.url}${shop}/billing`);
  await heading('Billing').waitFor();
};
const addCard = async (card: string) => {
  await billing();
  await page.getByRole('button', { name: 'Add a card' }).click();
  await heading('The simulated payment provider').waitFor();
  await page.getByLabel(card).check();
  if (card.startsWith('Visa whose bank')) await picture('90-card-page');
  await page.getByRole('button', { name: 'Save this card' }).click();
  await page.getByText('The card was added.').waitFor();
};
const topUpWith = async (card: string) => {
  await billing();
  await page.getByLabel('Card', { exact: true }).selectOption({ label: card });
  await page.getByRole('button', { name: 'Top up', exact: true }).click();
};

step('cards are given on the provider’s page, by name, and come back with four digits', async () => {
  await story.signIn('shopOwner');
  await page.goto(`${served.url}${shop}`);
  await menu('Billing').click();
  await heading('Billing').waitFor();
  for (const card of ['Visa whose bank asks first', 'Visa that times out', 'Visa without enough money'])
    await addCard(card);
  assert.equal(await page.getByRole('table', { name: 'Cards' }).locator('tbody tr').count(), 4);
  await picture('91-billing-cards');
});

step('a top-up by the first card is there at once', async () => {
  await topUpWith('Visa ending in 4242');
  await page.getByText('$100.00 was added to the available balance.').waitFor();
  await page.getByText('$1,021.00').first().waitFor();
});

step('a decline says why, and that nothing was taken', async () => {
  await topUpWith('Visa ending in 9995');
  await page.getByText('The card does not have enough money on it. Nothing was taken').first().waitFor();
  await picture('92-declined');
});

step('a bank that asks first: there, and back with the money', async () => {
  await topUpWith('Visa ending in 3155');
  await heading('The simulated bank').waitFor();
  await picture('93-bank');
  await page.getByRole('button', { name: 'It is me: pay' }).click();
  await heading('Billing').waitFor();
  await page.getByText('$100.00 was added to the available balance.').waitFor();
});

step(
  'a provider that times out after taking the money: the page says it is under way, and then shows by itself that it is paid',
  async () => {
    // Neither the provider nor we look again before the page was looked at.
    const { pool, paymentsSimulation } = world.house;
    await changeProviderSettings(paymentsSimulation!, { webhooks: 'never' });
    const open = 'owner_id = $1 and succeeded_at is null and failed_at is null';
    const lookAt = (when: string, which = open) =>
      pool.query(`update payment set next_attempt_at = ${when} where ${which}`, [world.shopId]);
    await Promise.all([
      topUpWith('Visa ending in 6975'),
      until(
        'an attempt without an answer',
        async () => (await lookAt("'infinity'", `${open} and last_error is not null`)).rowCount === 1,
      ),
    ]);
    await page.getByText('Under way', { exact: true }).waitFor();
    await picture('94-under-way');
    await changeProviderSettings(paymentsSimulation!, { webhooks: 'soon' });
    await lookAt('now()');
    await heading('Receipt').waitFor();
    await page.getByText('paid', { exact: true }).first().waitFor();
    await picture('95-receipt');
  },
);

step('auto-recharge is turned on, and charges the first card by itself', async () => {
  await billing();
  await page.getByLabel('Below').fill('1,300');
  await page.getByLabel('Charge', { exact: true }).fill('100');
  await page.getByRole('button', { name: 'Turn on' }).click();
  await page.getByText('Auto-recharge is on.').waitFor();
  await world.work();
  await billing();
  await page.getByText('Auto-recharge, Visa ending in 4242').first().waitFor();
  await picture('96-auto-recharge');
});

step('on a phone it is all there', async () => {
  const phone = await story.another('shopOwner', { width: 390, height: 844, dark: true });
  await phone.page.goto(`${served.url}${shop}/billing`);
  await phone.heading('Billing').waitFor();
  await served.picture(phone.page, '97-billing-phone');
});

step('every payment stands once in the ledger; the operator sees what was asked of the provider', async () => {
  const { rows } = await world.house.pool.query(
    "select count(*)::int as n from posting where owner_id = $1 and cause = 'payment'",
    [world.shopId],
  );
  assert.equal(rows[0].n, 4);
  const operator = await story.another('operator');
  await operator.menu('Payments').click();
  await operator.heading('Payments').waitFor();
  await served.picture(operator.page, '98-operations-payments');
  await operator.menu('Simulated Payments').click();
  await operator.heading('Simulated Payments').waitFor();
  await operator.page.getByText('4 payments').waitFor();
  await served.picture(operator.page, '99-simulated-payments');
});
