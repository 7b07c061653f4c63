import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { until } from '../faults/startProduct.ts';
import { codeOf, decodeBase32 } from '../totp.ts';
import { password } from '../world.ts';
import { type ServedWorld, serveWorld } from './product.ts';

/*
 * Getting in, as people do it: invited by mail, with a second factor, after losing the phone, after forgetting the
 * password. The mails are read on the development page. Steps depend on each other.
 */

let served: ServedWorld;
let owner: Page;
let guest: Page;
let secret = '';
let recoveryCode = '';
const email = 'kim@anchor-plumbing.example';
const first = 'the first password';
const second = 'the second password';

before(async () => {
  served = await serveWorld();
  owner = await served.open();
  guest = await served.open({ width: 390, height: 844 });
});

let broken: string | null = null;
function step(name: string, walk: () => Promise<void>): void {
  test(name, async () => {
    assert.equal(broken, null, 'a step before this one failed');
    broken = name;
    await walk();
    broken = null;
  });
}

/** Opens the newest mail with this subject, and follows its link. */
async function followMail(page: Page, subject: RegExp, link: RegExp): Promise<void> {
  // The mail is written after the answer that promised it.
  await until('the mail', async () => {
    await page.goto('/development/mail');
    return (await page.getByRole('link', { name: subject }).count()) > 0;
  });
  await page.getByRole('link', { name: subject }).first().click();
  await page.getByRole('heading', { name: subject }).waitFor();
  await page.getByRole('link', { name: link }).click();
}

const signInAs = async (page: Page, word: string) => {
  await page.goto('/sign-in');
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(word);
  await page.getByRole('button', { name: 'Sign in' }).click();
};

step('Settings → Manage Users: invite a colleague as Call Manager', async () => {
  await served.signIn(owner, served.world.cast.shopOwner);
  await owner.getByRole('navigation', { name: 'Menu' }).getByRole('link', { name: 'Manage Users' }).click();
  await owner.getByLabel('E-mail').fill(email);
  await owner.getByLabel('Role', { exact: true }).selectOption('Call Manager');
  await owner.getByRole('button', { name: 'Invite' }).click();
  await owner.getByRole('table', { name: 'Invitations that wait' }).getByText(email).waitFor();
  await served.picture(owner, '20-manage-users');
});

step('the colleague opens the mail on a phone, chooses a name and a password, and is in', async () => {
  await followMail(guest, /Shop Owner invites you to Anchor Plumbing/, /\/invitations\//);
  await guest.getByRole('heading', { name: 'Join Anchor Plumbing' }).waitFor();
  await served.picture(guest, '21-invitation');
  await guest.getByLabel('Your name').fill('Kim Doe');
  await guest.getByLabel('Password').fill(first);
  await guest.getByRole('button', { name: 'Join Anchor Plumbing' }).click();
  await guest.getByText('Welcome to Anchor Plumbing. You are its Call Manager.').waitFor();
});

step('My Profile → Second factor: scan, keep the recovery codes, type the first code', async () => {
  await guest.goto('/profile');
  await served.picture(guest, '22-profile-phone');
  await guest.getByRole('link', { name: 'Turn on' }).click();
  await guest.getByLabel('Your password').fill(first);
  await guest.getByRole('button', { name: 'Go on' }).click();
  await guest.getByRole('img', { name: /QR code/ }).waitFor();
  await served.picture(guest, '23-second-factor-phone');
  secret = decodeBase32((await guest.locator('.card code').first().textContent())!);
  recoveryCode = (await guest.getByRole('list', { name: 'Recovery codes' }).locator('code').first().textContent())!;
  await guest.getByLabel('Code', { exact: true }).fill(codeOf(secret));
  await guest.getByRole('button', { name: 'Turn on' }).click();
  await guest.getByText('The second factor is on.').waitFor();
});

step('signing in asks for the code; with the phone lost, a recovery code does', async () => {
  const elsewhere = await served.open();
  await signInAs(elsewhere, first);
  await elsewhere.getByRole('heading', { name: 'Second factor' }).waitFor();
  await served.picture(elsewhere, '24-second-factor');
  await elsewhere.getByLabel('Code').fill('123456');
  await elsewhere.getByRole('button', { name: 'Sign in' }).click();
  await elsewhere.getByText('This code does not fit').waitFor();
  await elsewhere.getByRole('link', { name: /Use a recovery code/ }).click();
  await elsewhere.getByLabel('Recovery code').fill(recoveryCode);
  await elsewhere.getByRole('button', { name: 'Sign in' }).click();
  await elsewhere.getByRole('heading', { name: 'Anchor Plumbing', level: 1 }).waitFor();
});

step('a forgotten password: a link by mail, and everybody else is out', async () => {
  const forgetful = await served.open();
  await forgetful.goto('/sign-in');
  await forgetful.getByRole('link', { name: 'Forgot your password?' }).click();
  await forgetful.getByLabel('E-mail').fill(email);
  await forgetful.getByRole('button', { name: 'Mail me a link' }).click();
  await forgetful.getByRole('heading', { name: 'Look into your mail' }).waitFor();
  await followMail(forgetful, /Choose a new password/, /\/reset\//);
  await forgetful.getByLabel('Password').fill(second);
  await forgetful.getByRole('button', { name: 'Choose this password' }).click();
  await forgetful.getByText('You have a new password').waitFor();
  await guest.goto('/profile');
  await guest.getByRole('heading', { name: 'Sign in' }).waitFor();
  await signInAs(forgetful, second);
  await forgetful.getByRole('heading', { name: 'Second factor' }).waitFor();
});

step('Manage Users: another role, then removed in a pop-up', async () => {
  await owner.reload();
  await owner.getByRole('link', { name: 'Edit Kim Doe' }).click();
  await owner.getByText('The second factor is on.').waitFor();
  await owner.getByLabel('Role').selectOption('Report Manager');
  await served.picture(owner, '25-edit-user');
  await owner.getByRole('button', { name: 'Save role' }).click();
  await owner.getByText('The role is now Report Manager.').waitFor();
  await owner.getByRole('link', { name: 'Edit Kim Doe' }).click();
  await owner.getByRole('link', { name: 'Remove' }).click();
  const dialog = owner.getByRole('dialog');
  await dialog.getByRole('heading', { name: 'Remove Kim Doe?' }).waitFor();
  await dialog.getByRole('button', { name: 'Remove Kim Doe' }).click();
  await owner.getByText('The person has no role here any more.').waitFor();
  assert.equal(await owner.getByRole('row', { name: /Kim Doe/ }).count(), 0);
});

step('the last Administrator but one can’t remove the owner', async () => {
  await owner.getByRole('link', { name: 'Edit Shop Owner' }).click();
  await owner.getByRole('link', { name: 'Remove' }).click();
  await owner.getByRole('dialog').getByRole('button', { name: 'Remove Shop Owner' }).click();
  await owner.getByText('This person is the owner.').waitFor();
});

step('the operator closes sign-up, tries the mail server, and reads what it is set to', async () => {
  const operator = await served.open();
  await served.signIn(operator, served.world.cast.operator);
  await operator.goto('/operations/installation');
  await operator.getByRole('button', { name: 'Close sign-up' }).click();
  await operator.getByText('Sign-up is closed: only whoever is invited').waitFor();
  await operator.getByRole('button', { name: 'Send a test mail' }).click();
  await operator.getByText('No mail server is set.').waitFor();
  await operator.getByRole('button', { name: 'Check the carrier' }).click();
  await operator.getByText('The carrier knows us as').waitFor();
  await served.picture(operator, '26-installation');
  const visitor = await served.open();
  await visitor.goto('/sign-up');
  await visitor.getByText('Sign-up is closed on this installation').waitFor();
  await until('the sign-in page without a link to it', async () => {
    await visitor.goto('/sign-in');
    return (await visitor.getByRole('link', { name: 'Open an account' }).count()) === 0;
  });
});

step('a customer who is invited opens an account although sign-up is closed', async () => {
  const operator = await served.open();
  await served.signIn(operator, served.world.cast.operator);
  await operator.goto('/operations/staff');
  await operator.getByLabel('E-mail').fill('customer@new.example');
  await operator.getByLabel('Role', { exact: true }).selectOption('A customer, who opens an account');
  await operator.getByRole('button', { name: 'Invite' }).click();
  await operator.getByRole('table', { name: 'Invitations that wait' }).getByText('customer@new.example').waitFor();
  await served.picture(operator, '27-staff');
  const customer = await served.open();
  await followMail(customer, /Your invitation to Switchhook/, /\/invitations\//);
  await customer.getByLabel('Business name').fill('New Bakery');
  await customer.getByLabel('Name', { exact: true }).fill('Casey New');
  assert.equal(await customer.getByLabel('E-mail').inputValue(), 'customer@new.example');
  await customer.getByLabel('Password').fill(password);
  await customer.getByRole('button', { name: 'Open account' }).click();
  await customer.getByText('New Bakery is open.').waitFor();
});
