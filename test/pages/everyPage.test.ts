import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { holdCalls, liftHold } from '../../src/accounts/holdCalls.ts';
import { recordMembership } from '../../src/accounts/store.ts';
import { invitePerson } from '../../src/auth/invitePerson.ts';
import { recordArrears } from '../../src/billing/dunning/store.ts';
import { openCardPage } from '../../src/billing/payments/addCard.ts';
import { setAutoRecharge } from '../../src/billing/payments/setAutoRecharge.ts';
import { findPayment } from '../../src/billing/payments/store.ts';
import { addMoney, topUp } from '../../src/billing/topUp.ts';
import { answerCall } from '../../src/calls/answer.ts';
import { matchCalls } from '../../src/calls/matchCalls.ts';
import { offerAgencyClosing } from '../../src/lifecycle/agencyPlan.ts';
import { cancelAgency } from '../../src/lifecycle/cancelAgency.ts';
import { carryOutClosures } from '../../src/lifecycle/carryOutClosures.ts';
import { closeAccount } from '../../src/lifecycle/closeAccount.ts';
import { openSubAccount } from '../../src/lifecycle/openSubAccount.ts';
import { offerClosing } from '../../src/lifecycle/plan.ts';
import { signUp } from '../../src/lifecycle/signUp.ts';
import type { TrackingNumber } from '../../src/numbers/store.ts';
import { newKey } from '../../src/platform/ids.ts';
import { findMail, findMails, openBody } from '../../src/platform/mail/store.ts';
import { record } from '../../src/platform/operation.ts';
import { datesOfArrears } from '../../src/rules/arrears.ts';
import { monthOf } from '../../src/rules/calendar.ts';
import { must } from '../../src/rules/decision.ts';
import { microsPerUnit } from '../../src/rules/money.ts';
import { policy } from '../../src/rules/policy.ts';
import { noRules } from '../../src/rules/sources.ts';
import { addDays } from '../../src/rules/time.ts';
import { answerTicket } from '../../src/support/answerTicket.ts';
import { openTicket } from '../../src/support/openTicket.ts';
import { askRefund } from '../../src/support/refunds/ask.ts';
import { approveOnTicket, declineOnTicket } from '../../src/support/refunds/decide.ts';
import { findTicketByNumber } from '../../src/support/store.ts';
import { makePool } from '../../src/swapping/pools/makePool.ts';
import { addPresets } from '../../src/swapping/sources/addPresets.ts';
import { addSource } from '../../src/swapping/sources/addSource.ts';
import { giveNumber } from '../../src/swapping/sources/giveNumber.ts';
import { findSources } from '../../src/swapping/sources/store.ts';
import { addTarget } from '../../src/swapping/targets/addTarget.ts';
import { giveTestCard } from '../giveTestCard.ts';
import { giveVisits } from '../giveVisits.ts';
import { writeLongWords } from '../longWords.ts';
import { plantVisit } from '../plantVisit.ts';
import { type CastName, password, type World } from '../world.ts';
import { type ServedWorld, serveWorld } from './product.ts';

/* Every page of the product in a real browser: no rule of accessibility broken, nothing sideways, no complaint in the console. */

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Colors change at once and nothing is followed any more, so that no look meets a page on its way. */
const stillness = `
  document.querySelector('turbo-stream-source')?.remove();
  const still = new CSSStyleSheet();
  still.replaceSync('* { transition: none !important }');
  document.adoptedStyleSheets = [still];
`;

let served: ServedWorld;
let pages: [CastName | null, string][];

before(async () => {
  served = await serveWorld();
  const { world } = served;
  const { shopId, clientId, agencyId } = world;
  const number = await world.rent(shopId, world.cast.shopOwner.actor);
  await world.rent(clientId, world.cast.agencyOwner.actor);
  const offered = must(await offerClosing(world.house.db, clientId, await world.now()));
  must(
    await closeAccount(
      world.house,
      world.cast.clientAdmin.actor,
      clientId,
      { planHash: offered.hash, terms: offered.terms, why: 'Moving on' },
      newKey(),
    ),
  );
  must(
    await invitePerson(
      world.house,
      world.cast.shopOwner.actor,
      shopId,
      { email: 'a-new-colleague-with-a-long-address@anchor-plumbing.example', role: 'marketing-manager' },
      newKey(),
    ),
  );
  must(await holdCalls(world.house, world.cast.operator.actor, shopId, 'Odd calls to premium numbers', newKey()));
  const [sent] = await findMails(world.house.db, 1);
  const asked = {
    kind: 'trouble',
    step: 'Account Settings → Status → Close account',
    lastRefusal: 'What this would do has changed since you looked. Nothing was done. Look again and confirm.',
    subject: 'Closing says that something has changed, and a-very-long-word-that-nobody-would-write-without-a-reason',
    words:
      'It says that what it would do has changed.\n\nhttps://anchor-plumbing.example/an/address/without/one/space/in/it',
  };
  const ticketId = must(await openTicket(world.house, world.cast.callAgent.actor, shopId, asked, newKey()));
  const answer = { ticketId, words: 'A number was bought meanwhile.\nLook again, and confirm.' };
  must(await answerTicket(world.house, world.cast.supportAgent.actor, shopId, answer, newKey()));
  const payer = await offeredAccount(world);
  const mail = `/development/mail/${sent!.mailId}`;
  const body = openBody(world.house.secrets, (await findMail(world.house.db, sent!.mailId))!)!;
  const invitation = body.text.match(/\/invitations\/(\S+)/)![1]!;
  const shop = `/accounts/${shopId}`;
  const client = `/accounts/${clientId}`;
  const agency = `/agencies/${agencyId}`;
  const swapping = await setUpSwapping(world, number.trackingNumberId);
  const canceled = `/agencies/${await canceledAgency(world)}`;
  const month = monthOf(await world.now(), 'America/New_York');
  const { postingId } = await world.house.db
    .selectFrom('posting')
    .select('postingId')
    .where('ownerId', '=', shopId)
    .limit(1)
    .executeTakeFirstOrThrow();
  const payments = await makePayments(world);
  const callId = await callWithVisit(world, number, swapping.trackingSourceId);
  pages = [
    [null, '/sign-in'],
    [null, '/sign-up'],
    [null, '/sign-up?kind=agency'],
    [null, '/sign-in/second-factor'],
    [null, '/forgot'],
    [null, '/reset/some-link'],
    [null, `/invitations/${invitation}`],
    [null, '/development/mail'],
    [null, mail],
    ['stranger', '/profile'],
    ['stranger', '/profile/second-factor'],
    ['stranger', '/'],
    ['shopOwner', shop],
    ['shopOwner', `${shop}/settings`],
    ['shopOwner', `${shop}/closure/new`],
    ['shopOwner', `${shop}/numbers`],
    ['shopOwner', `${shop}/numbers/buy`],
    ['shopOwner', `${shop}/numbers/buy?number=%2B13035550110`],
    ['shopOwner', `${shop}/numbers/${number.trackingNumberId}`],
    ['shopOwner', `${shop}/numbers/${number.trackingNumberId}/release`],
    ['shopOwner', `${shop}/numbers/released`],
    ['shopOwner', `${shop}/receiving-numbers`],
    ['shopOwner', `${shop}/sources`],
    ['shopOwner', `${shop}/sources/new`],
    ['shopOwner', `${shop}/sources/new?by=hand`],
    ['shopOwner', `${shop}/sources/try`],
    ['shopOwner', `${shop}/sources/try?referrer=google.com&landing=example.com%2Fa%2Fvery%2Flong%2Fway%3Fgclid%3D1`],
    ['shopOwner', `${shop}/sources/${swapping.trackingSourceId}`],
    ['shopOwner', `${shop}/sources/${swapping.trackingSourceId}/remove`],
    ['shopOwner', `${shop}/target-numbers`],
    ['shopOwner', `${shop}/target-numbers/${swapping.targetNumberId}/remove`],
    ['shopOwner', `${shop}/numbers/${number.trackingNumberId}/target-numbers`],
    ['shopOwner', `${shop}/pools`],
    ['shopOwner', `${shop}/pools/${swapping.trackingSourceId}`],
    ['shopOwner', `${shop}/pools/${swapping.trackingSourceId}/end`],
    ['shopOwner', `${shop}/tracking-code`],
    ['shopOwner', `${shop}/tracking-code/erasure?cookieDays=30&addressKept=none&visitsKeptDays=1`],
    ['shopOwner', `${shop}/visitors`],
    ['shopOwner', `${shop}/visits/${swapping.visitId}`],
    ['shopOwner', `${shop}/visitors/${swapping.visitorId}/erase`],
    ['agencyOwner', `${client}/sources`],
    ['agencyOwner', `${client}/target-numbers`],
    ['agencyOwner', `${client}/pools`],
    ['agencyOwner', `${client}/tracking-code`],
    ['agencyOwner', `${client}/visitors`],
    ['shopOwner', `${shop}/calls`],
    ['shopOwner', `${shop}/calls/${callId}`],
    ['shopOwner', `${shop}/calls/${callId}/erasure/new`],
    ['shopOwner', `${shop}/reports/by-source?range=today`],
    ['shopOwner', `${shop}/reports/by-campaign`],
    ['shopOwner', `${shop}/reports/by-landing-page?range=7`],
    ['shopOwner', `${shop}/billing`],
    ['shopOwner', `${shop}/billing/payments`],
    ['shopOwner', `${shop}/billing/payments/${payments.paid}`],
    ['shopOwner', `${shop}/billing/payments/${payments.declined}`],
    ['shopOwner', `${shop}/billing/payments/${payments.waiting}`],
    [null, `/simulated-payments/cards/${payments.setupId}`],
    [null, `/simulated-payments/bank/${payments.providerPaymentId}`],
    ['shopOwner', `${shop}/billing/statements`],
    ['shopOwner', `${shop}/billing/statements/${month}`],
    ['shopOwner', `${shop}/billing/statements/${month}/charges`],
    ['shopOwner', `${shop}/billing/postings/${postingId}`],
    ['shopOwner', `${shop}/billing/usage`],
    ['shopOwner', `${shop}/billing/usage?by=number`],
    ['shopOwner', `${shop}/billing/budget`],
    ['shopOwner', `${shop}/billing/plan`],
    ['shopOwner', `${shop}/billing/plan?to=starter`],
    ['shopOwner', `${shop}/journal`],
    ['shopOwner', `${shop}/users`],
    ['shopOwner', `${shop}/users/${world.shopPeople.administrator.personId}`],
    ['shopOwner', `${shop}/users/${world.cast.callAgent.personId}/remove`],
    ['shopOwner', `${shop}/tickets`],
    ['shopOwner', `${shop}/tickets/new?kind=refund&step=Billing&refusal=It%20did%20not%20work.`],
    ['shopOwner', `${shop}/tickets/${ticketId}`],
    ['shopOwner', '/accounts/1'],
    ['callAgent', shop],
    ['agencyOwner', '/'],
    ['agencyOwner', `${agency}/accounts?status=canceled`],
    ['agencyOwner', `${agency}/accounts/new`],
    ['agencyOwner', `${agency}/settings`],
    ['agencyOwner', `${agency}/billing`],
    ['agencyOwner', `${agency}/billing/statements`],
    ['agencyOwner', `${agency}/billing/statements/${month}`],
    ['agencyOwner', `${agency}/billing/statements/${month}/accounts/${clientId}`],
    ['agencyOwner', `${agency}/billing/usage?by=account`],
    ['agencyOwner', `${agency}/billing/budget`],
    ['agencyOwner', `${client}/billing/statements/${month}`],
    ['agencyOwner', `${agency}/billing/plan?to=agency-plus`],
    ['agencyOwner', `${agency}/tickets`],
    ['agencyOwner', `${agency}/tickets/new`],
    ['agencyOwner', `${client}/tickets/new?kind=late-restore`],
    ['agencyOwner', `${agency}/closure/new`],
    ['agencyOwner', `${agency}/closure/review`],
    ['agencyOwner', `${canceled}/closure`],
    ['agencyOwner', `${canceled}/settings`],
    ['agencyOwner', `${client}/settings`],
    ['agencyOwner', `${client}/numbers/released`],
    ['agencyOwner', `${client}/billing`],
    ['agencyOwner', `${client}/payer`],
    ['agencyOwner', `${payer}/payer`],
    ['stranger', `${payer}/payer`],
    ['stranger', `${payer}/billing`],
    ['shopOwner', `${shop}/payer`],
    ['neighbor', `/accounts/${world.neighborId}/billing`],
    ['neighbor', `/accounts/${world.neighborId}/settings`],
    ['operator', '/operations/carrier-commands'],
    ['agencyOwner', `${agency}/users`],
    ['agencyOwner', `${agency}/journal`],
    ['operator', '/operations/carrier'],
    ['operator', '/operations/holds'],
    ['operator', '/operations/plans'],
    ['operator', '/operations/plans/pro'],
    ['operator', '/operations/tickets?state=answered'],
    ['operator', `/operations/tickets/${ticketId}`],
    ['operator', '/operations/staff'],
    ['operator', '/operations/installation'],
    ['operator', '/operations/payments'],
    ['operator', '/operations/simulated-payments'],
    ...(await whatIsOwed(world, canceled)),
  ];
});

/** The usual sources and one with a long pattern, a target number, a pool, and somebody who visits. */
async function setUpSwapping(world: World, trackingNumberId: number) {
  const { house, shopId } = world;
  const { actor } = world.cast.shopOwner;
  must(await addPresets(house, actor, shopId, ['google-ads', 'google-organic', 'facebook', 'direct'], newKey()));
  const long = {
    ...noRules,
    referrerPattern: `^https?://(${'a-partner-without-one-space|'.repeat(15)}b)`,
    utmCampaign: 'x*',
  };
  const wish = { ...long, name: 'Partners', description: null, isOnsite: true, isLastTouch: true, position: null };
  must(await addSource(house, actor, shopId, wish, newKey()));
  const [, { trackingSourceId }] = (await findSources(house.db, shopId)) as [unknown, { trackingSourceId: number }];
  must(await giveNumber(house, actor, shopId, trackingSourceId, trackingNumberId, newKey()));
  must(await makePool(house, actor, shopId, trackingSourceId, newKey()));
  const { targetNumberId } = must(
    await addTarget(house, actor, shopId, { phoneNumber: '(303) 555-0199', name: 'Main' }, newKey()),
  );
  const visit = await giveVisits(world, shopId, { trackingSourceId, trackingNumberId });
  return { trackingSourceId, targetNumberId, ...visit };
}

/** A call that found the visit that it came from, and one other. */
async function callWithVisit({ house, shopId, now }: World, number: TrackingNumber, sourceId: number): Promise<number> {
  const { trackingNumberId } = number;
  for (const minutes of [5, 3]) {
    const begunAt = new Date((await now()).getTime() - minutes * 60_000);
    await plantVisit(house.pool, shopId, {
      trackingNumberId,
      sourceId,
      begunAt,
      landing:
        'https://anchor-plumbing.example/an/address/without/one/space/in/it?gclid=a-long-click-id-without-one-space',
      utm: {
        source: 'google',
        medium: 'cpc',
        campaign: 'emergency_plumbing_all_states_broad_match',
        term: 'plumber near me',
      },
      clickId: ['gclid', 'Cj0KCQiA-a-long-click-id-of-an-advertisement-without-one-space-in-it'],
    });
  }
  const fromPlace = { city: 'NEW YORK', region: 'NY', postalCode: null, country: 'US' };
  const arrived = { callSid: newKey(), from: '+12125550177', to: number.phoneNumber, fromPlace, callerName: null };
  const answer = await answerCall(house, arrived as Parameters<typeof answerCall>[1]);
  await matchCalls(house);
  return answer.kind === 'forward' ? answer.callId : 0;
}

/** A sub-account that is offered to pay for itself; and the neighbor's has been out of funds for a day. */
async function offeredAccount({ house, cast, agencyId, neighborId }: World): Promise<string> {
  const wanted = { name: 'Harbor Dental', timeZone: 'America/Chicago', personName: '', email: cast.stranger.email };
  const note = 'From next month on you pay yourselves. https://harbor.example/an/address/without/one/space/in/it';
  const ownPlan = { planCode: 'essentials', note };
  const accountId = must(
    await openSubAccount(house, cast.agencyOwner.actor, agencyId, { ...wanted, password: '', ownPlan }, newKey()),
  );
  await record(house.db, (tx, at) =>
    recordArrears(tx, neighborId, datesOfArrears(null, addDays(at, -16)), policy.version, addDays(at, -16)),
  );
  await house.pool.query('update wallet set available_micros = 0 where owner_id = $1', [neighborId]);
  return `/accounts/${accountId}`;
}

/** One payment of each state, a card page that is open, and auto-recharge that is on. */
async function makePayments({ house, shopId, cast }: World) {
  const { actor } = cast.shopOwner;
  const pay = async (card: string) => {
    const cardId = await giveTestCard(house, shopId, card);
    return must(await topUp(house, actor, shopId, 50n * microsPerUnit, newKey(), { cardId }));
  };
  const [paid, declined, waiting] = [await pay('mastercard'), await pay('expired'), await pay('needs-authentication')];
  const wish = { isOn: true, thresholdMicros: 20n * microsPerUnit, amountMicros: 100n * microsPerUnit };
  must(await setAutoRecharge(house, actor, shopId, wish, newKey()));
  const setupId = must(await openCardPage(house, actor, shopId, newKey()))
    .split('/')
    .at(-1)!;
  const { providerPaymentId } = (await findPayment(house.db, shopId, waiting))!;
  return { paid, declined, waiting, setupId, providerPaymentId };
}

/** An agency of the owner's that is canceled already, beside the one that is open. */
async function canceledAgency({ house, cast, now }: World): Promise<number> {
  const name = 'Southwind Agency';
  const customer = {
    kind: 'agency',
    businessName: name,
    timeZone: 'America/New_York',
    planCode: 'agency',
    personName: 'Someone Else',
    email: 'someone-else@southwind.example',
    password,
  } as const;
  const agencyId = must(await signUp(house, customer, newKey()));
  await record(house.db, (tx, at) => addMoney(tx, agencyId, 500n * microsPerUnit, 'first', at));
  const { personId, actor } = cast.agencyOwner;
  const membership = { personId, ownerId: agencyId, role: 'agency-administrator', grantedBy: 'house' } as const;
  await record(house.db, (tx, grantedAt) => recordMembership(tx, { ...membership, grantedAt }));
  const { hash: planHash, terms } = must(await offerAgencyClosing(house.db, agencyId, await now()));
  const why = 'We are retiring, after twenty-five good years';
  must(
    await cancelAgency(house, actor, agencyId, { planHash, terms, name, password, reason: 'ending', why }, newKey()),
  );
  return agencyId;
}

/** Two refunds of the canceled agency, one declined and one that is being paid; what is owed, the desk's pages, the operator's report. */
async function whatIsOwed({ house, cast }: World, canceled: string): Promise<[CastName, string][]> {
  const agencyId = Number(canceled.split('/').at(-1));
  const request = async () => {
    const ticketId = must(await askRefund(house, cast.agencyOwner.actor, agencyId, newKey()));
    return (await findTicketByNumber(house.db, ticketId))!;
  };
  const { actor } = cast.supportAgent;
  const reason = 'The name on the card is another one: please say who paid, and ask again.';
  must(await declineOnTicket(house, actor, await request(), reason, newKey()));
  const ticket = await request();
  const payee = 'Southwind Agency Limited Liability Company, at the savings bank of Southwind, account ending in 6789';
  await carryOutClosures(house);
  must(await approveOnTicket(house, actor, ticket, { way: 'by-hand', payee }, newKey()));
  return [
    ['agencyOwner', `${canceled}/owed`],
    ['agencyOwner', `${canceled}/billing`],
    ['supportAgent', `/operations/tickets/${ticket.ticketId}`],
    ['supportAgent', `/operations/tickets/${ticket.ticketId}/refund`],
    ['supportAgent', '/operations/refunds'],
    ['operator', '/operations/unclaimed'],
  ];
}

async function visit(
  page: Page,
  person: CastName | null,
  path: string,
  last: { person: CastName | null },
): Promise<void> {
  if (person !== last.person) {
    await page.context().clearCookies();
    if (person) await served.signIn(page, served.world.cast[person]);
    last.person = person;
  }
  await page.goto(path);
}

/** What people look through: each page is loaded once and looked at through all of them. */
const looks = [
  { name: 'desktop', width: 1280, height: 900, colorScheme: 'light' },
  { name: 'phone in the dark', width: 390, height: 844, colorScheme: 'dark' },
] as const;

/** A table that is asked to scroll on a phone may; every other one fits, so that its last column is in sight. */
const tablesTooWide = `[...document.querySelectorAll('.table-frame.table-scroll')]
  .filter((each) => each.scrollWidth > each.clientWidth + 1)
  .filter((each) => innerWidth >= 768 || !each.querySelector('.table.table-scroll'))
  .map((each) => each.ariaLabel)`;

async function lookAt(page: Page, path: string, { name, width, height, colorScheme }: (typeof looks)[number]) {
  await page.setViewportSize({ width, height });
  await page.emulateMedia({ colorScheme });
  // A page that follows what happens may be drawing itself anew.
  await page.locator('html:not([aria-busy])').waitFor();
  const wide = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
  assert.ok(Number(wide) <= 1, `${path} is ${wide} pixels too wide: ${name}`);
  const found = (await page.evaluate('axe.run(document, { resultTypes: ["violations"] })')) as {
    violations: { id: string; nodes: { html: string }[] }[];
  };
  assert.deepEqual(
    found.violations.map((each) => `${each.id}: ${each.nodes[0]?.html}`),
    [],
    `${path}: ${name}`,
  );
}

describe('every page', () => {
  test('axe finds nothing, nothing goes sideways, the console is silent: desktop, and phone in the dark', async () => {
    const page = await served.open();
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error' && !message.text().includes('404'))
        complaints.push(`${page.url()}: ${message.text()}`);
    });
    const last: { person: CastName | null } = { person: null };
    // One sign-in for each person.
    for (const [person, path] of pages.toSorted(([a], [b]) => (a ?? '').localeCompare(b ?? ''))) {
      await visit(page, person, path, last);
      // The bare minimum of a page: it has a heading, and a title of its own.
      assert.ok((await page.getByRole('heading', { level: 1 }).count()) >= 1, `${path} has no heading`);
      await page.evaluate(axe);
      await page.evaluate(stillness);
      for (const look of looks) await lookAt(page, path, look);
    }
    assert.deepEqual(complaints, []);
  });

  test('everything can be done without JavaScript: pause, resume, and the pop-up is a page', async () => {
    const { world } = served;
    must(await liftHold(world.house, world.cast.operator.actor, world.shopId, newKey()));
    const page = await served.open({ javaScript: false });
    const shop = `/accounts/${served.world.shopId}`;
    await served.signIn(page, served.world.cast.shopOwner);
    await page.goto(`${shop}/settings`);
    await page.getByRole('button', { name: 'Pause Tracking Code' }).click();
    await page.getByRole('banner').getByText('(paused)').waitFor();
    await page.getByRole('button', { name: 'Resume Tracking Code' }).click();
    await page.getByText('Number swapping is on again.').waitFor();
    await page.getByRole('button', { name: 'Stop Incoming Calls' }).click();
    await page.getByRole('banner').getByText('(stopped)').waitFor();
    await page.getByRole('button', { name: 'Resume Incoming Calls and Tracking Code' }).click();
    await page.getByText('are on again').waitFor();
    const { rows } = await served.world.house.pool.query<{ tracking_number_id: string }>(
      'select tracking_number_id from tracking_number where account_id = $1',
      [served.world.shopId],
    );
    await page.goto(`${shop}/numbers/${rows[0]!.tracking_number_id}`);
    await page.getByRole('link', { name: 'Release Tracking Number' }).click();
    await page.waitForURL(/\/release$/);
    await page.getByRole('button', { name: 'Release Tracking Number' }).waitFor();
  });

  test('words without an end, whoever wrote them, push nothing out of sight', async () => {
    await writeLongWords(served.world);
    const page = await served.open();
    const last: { person: CastName | null } = { person: null };
    const wide: string[] = [];
    for (const [person, path] of pages.toSorted(([a], [b]) => (a ?? '').localeCompare(b ?? ''))) {
      await visit(page, person, path, last);
      for (const { name, width, height } of looks) {
        await page.setViewportSize({ width, height });
        const sideways = Number(await page.evaluate('document.documentElement.scrollWidth - innerWidth'));
        if (sideways > 1) wide.push(`${path}, ${name}: the page, by ${sideways} pixels`);
        for (const table of (await page.evaluate(tablesTooWide)) as string[])
          wide.push(`${path}, ${name}: the table “${table}”`);
      }
    }
    assert.deepEqual(wide, []);
  });
});
