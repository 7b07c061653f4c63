import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { type CastName, form, openWorld, type World } from '../../test/world.ts';
import { findAccount, recordMembership } from '../accounts/store.ts';
import { changeRole, removePerson } from '../auth/changeRole.ts';
import { findArrears } from '../billing/dunning/store.ts';
import { declineOrWithdraw } from '../billing/payers/endOffer.ts';
import { offerPayer } from '../billing/payers/offerPayer.ts';
import { findOpenOffer } from '../billing/payers/store.ts';
import { findOwedFacts } from '../billing/refunds/findEnded.ts';
import { renewSubscriptions } from '../billing/renewSubscriptions.ts';
import { settleAll } from '../billing/settle.ts';
import { findBalance, findDriftedWallets, findSubscription, recordCharge } from '../billing/store.ts';
import { topUp } from '../billing/topUp.ts';
import { answerCall } from '../calls/answer.ts';
import { followCall } from '../calls/follow.ts';
import { renewNumbers } from '../numbers/renew.ts';
import { newKey } from '../platform/ids.ts';
import { openBody } from '../platform/mail/store.ts';
import { type Actor, record } from '../platform/operation.ts';
import { type Decision, must } from '../rules/decision.ts';
import { addDays } from '../rules/time.ts';
import { askRefund } from '../support/refunds/ask.ts';
import { approveOnTicket } from '../support/refunds/decide.ts';
import { findTicketByNumber } from '../support/store.ts';
import { acceptOffer, termsOfOffer } from './acceptOffer.ts';
import { offerAgencyClosing } from './agencyPlan.ts';
import { cancelAgency } from './cancelAgency.ts';
import { closeAccount } from './closeAccount.ts';
import { openSubAccount } from './openSubAccount.ts';
import { offerClosing } from './plan.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
});

const db = () => world.house.db;
const codeOf = (decision: Decision<unknown>) => (decision.ok ? 'done' : decision.refusal.code);
const account = async (accountId = world.clientId) => (await findAccount(db(), accountId, await world.now()))!;
const balance = async (ownerId: number) => (await findBalance(db(), ownerId)).availableMicros;
const offer = (who: CastName, payer: 'own' | 'agency' = 'own', accountId = world.clientId) =>
  offerPayer(
    world.house,
    world.cast[who].actor,
    accountId,
    { payer, planCode: payer === 'own' ? 'starter' : null, note: 'As we said on the phone' },
    newKey(),
  );

async function acceptance(firstPaymentMicros = 100_000_000n) {
  const now = await world.now();
  const open = (await findOpenOffer(db(), world.clientId, now))!;
  const { hash: termsHash, terms } = await termsOfOffer(db(), open, now);
  return { payerOfferId: open.payerOfferId, termsHash, terms, firstPaymentMicros };
}
const accept = async (who: CastName, firstPaymentMicros?: bigint) =>
  acceptOffer(world.house, world.cast[who].actor, world.clientId, await acceptance(firstPaymentMicros), newKey());
const end = async (who: CastName, outcome: 'declined' | 'withdrawn', payerOfferId: number) =>
  declineOrWithdraw(world.house, world.cast[who].actor, world.clientId, { payerOfferId, outcome }, newKey());

/** The sub-account pays for itself, as both sides agreed. */
async function becomeOwn(firstPaymentMicros?: bigint): Promise<void> {
  must(await offer('agencyOwner'));
  must(await accept('clientAdmin', firstPaymentMicros));
}
const charges = async (cause: string) =>
  (
    await world.house.pool.query<{ at: Date; payer_id: string }>(
      'select at, payer_id from charge where owner_id = $1 and cause = $2 order by at',
      [world.clientId, cause],
    )
  ).rows.map((row) => ({ at: row.at, payerId: Number(row.payer_id) }));
const mailsTo = async (email: string) =>
  (
    await world.house.pool.query<{ subject: string; body_sealed: Buffer }>(
      'select subject, body_sealed from mail where to_address = $1 order by mail_id',
      [email],
    )
  ).rows;

describe('the account pays for itself', () => {
  test('offered with a plan and a note, accepted with the first payment: subscription, wallet, journals on both sides', async () => {
    const before = await balance(world.agencyId);
    const offerId = must(await offer('agencyBilling'));
    assert.equal((await account()).payer, 'agency', 'until it is accepted nothing changes');
    must(await accept('clientAdmin'));
    assert.equal((await account()).payer, 'own');
    const subscription = (await findSubscription(db(), world.clientId))!;
    assert.equal(subscription.plan.planCode, 'starter');
    assert.equal(await balance(world.clientId), 71_000_000n, '$100 less the first month of $29');
    assert.equal(await balance(world.agencyId), before);
    assert.equal(await findOpenOffer(db(), world.clientId, await world.now()), null);
    for (const ownerId of [world.clientId, world.agencyId]) {
      const { rows } = await world.house.pool.query(
        "select detail ->> 'offer' as offer, detail -> 'amountMicros' as amount from deed where owner_id = $1 and detail ? 'offer' order by deed_id",
        [ownerId],
      );
      assert.deepEqual(
        rows.map((row) => row.offer),
        ['made', 'accepted'],
      );
      assert.equal(rows[1].amount !== null, ownerId === world.clientId, 'what it pays is its own business');
    }
    const [answer] = (await mailsTo(world.cast.agencyBilling.email)).slice(-1);
    assert.match(answer!.subject, /was accepted/);
    assert.ok(offerId > 0);
    assert.deepEqual(await findDriftedWallets(db()), []);
  });

  test('the mail has a payment link that only works signed in, for who can accept, and while the offer stands', async () => {
    const offerId = must(await offer('agencyOwner'));
    const [mail] = (await mailsTo(world.cast.clientAdmin.email)).slice(-1);
    const { text, html } = openBody(world.house.secrets, { bodySealed: mail!.body_sealed })!;
    assert.match(text, /Starter plan: \$29\.00 a month/);
    assert.match(text, /As we said on the phone/);
    const url = text.match(/http:\/\/switchhook\.test(\/accounts\/\d+\/payment-link\/\S+)/)![1]!;
    assert.ok(html.includes(url));
    const token = url.split('/').at(-1)!;
    const { rows } = await world.house.pool.query('select payer_offer::text as line from payer_offer');
    assert.ok(!rows[0].line.includes(token), 'only its hash is kept');

    const get = async (who: CastName | null, address = url) =>
      (await world.ask(who && world.cast[who], { method: 'GET', url: address })).statusCode;
    assert.equal(await get(null), 303, 'signing in comes first');
    assert.equal(await get('clientAdmin'), 200);
    assert.equal(await get('stranger'), 404);
    assert.equal(await get('neighbor', url.replace(String(world.clientId), String(world.neighborId))), 404);
    assert.equal(await get('clientAdmin', `${url}x`), 404);
    const page = (await world.ask(world.cast.clientAdmin, { method: 'GET', url })).body;
    for (const said of ['Starter', '\\$29\\.00 for the first month', 'Accept and pay', 'pays no more for this account'])
      assert.match(page, new RegExp(said));
    const asAgency = (await world.ask(world.cast.agencyOwner, { method: 'GET', url })).body;
    assert.doesNotMatch(asAgency, /Accept and pay/);
    assert.match(asAgency, /Withdraw the offer/);
    must(await end('agencyOwner', 'withdrawn', offerId));
    assert.equal(await get('clientAdmin'), 410);
  });

  test('the moments: what began before belongs to the agency, renewals after it to the account', async () => {
    const number = await world.rent(world.clientId, world.cast.agencyOwner.actor);
    must(await offer('agencyOwner'));
    await world.travelTo(addDays(number.paidUntil!, 1));
    // Nobody has looked for a day: the month that began yesterday is still the agency's.
    must(await topUp(world.house, world.cast.agencyOwner.actor, world.agencyId, 1_000_000_000n, newKey()));
    const late = must(await offer('agencyOwner'));
    assert.ok(late > 0, 'the first has expired and makes room');
    must(await accept('clientAdmin'));
    assert.deepEqual(
      (await charges('number')).map((each) => each.payerId),
      [world.agencyId, world.agencyId],
    );
    await world.travel(31);
    await renewSubscriptions(db());
    await renewNumbers(db());
    await settleAll(db());
    const [, second, third] = await charges('number');
    assert.equal(second!.payerId, world.agencyId);
    assert.equal(third!.payerId, world.clientId);
    const { rows } = await world.house.pool.query(
      "select unit_micros from charge where owner_id = $1 and cause = 'number' order by at desc limit 1",
      [world.clientId],
    );
    assert.equal(String(rows[0].unit_micros), '3500000', 'at the price of its own plan');
    assert.deepEqual(await findDriftedWallets(db()), []);
  });

  test('a call that runs keeps its payer and its prices, both ways', async () => {
    const number = await world.rent(world.clientId, world.cast.agencyOwner.actor);
    const first = await ring(number.phoneNumber);
    await becomeOwn();
    await hangUp(first);
    const second = await ring(number.phoneNumber);
    must(await offer('clientAdmin', 'agency'));
    must(await accept('agencyOwner'));
    await hangUp(second);
    const { rows } = await world.house.pool.query(
      "select payer_id, unit_micros from charge where owner_id = $1 and cause = 'call' order by charge_id",
      [world.clientId],
    );
    assert.deepEqual(
      rows.map((row) => [Number(row.payer_id), Number(row.unit_micros)]),
      [
        [world.agencyId, 35_000],
        [world.clientId, 60_000],
      ],
    );
  });

  test('a call that rang before the agency paid again and was answered after it is settled by whom it rang for', async () => {
    const number = await world.rent(world.clientId, world.cast.agencyOwner.actor);
    await becomeOwn();
    const call = await ring(number.phoneNumber);
    must(await offer('clientAdmin', 'agency'));
    must(await accept('agencyOwner'));
    const before = await balance(world.clientId);
    await hangUp(call);
    await world.work();
    const { rows } = await world.house.pool.query(
      "select payer_id, amount_micros, settled_at from charge where owner_id = $1 and cause = 'call'",
      [world.clientId],
    );
    assert.equal(rows.length, 1);
    assert.equal(Number(rows[0].payer_id), world.clientId);
    assert.ok(rows[0].settled_at, 'its month will never come, and is not waited for');
    assert.equal(await balance(world.clientId), before - BigInt(rows[0].amount_micros));
    assert.deepEqual(await findDriftedWallets(db()), []);
  });

  test('minutes that the account’s own plan included are not owed when the agency pays again', async () => {
    const number = await world.rent(world.clientId, world.cast.agencyOwner.actor);
    const essentials = { payer: 'own', planCode: 'essentials', note: null } as const;
    must(await offerPayer(world.house, world.cast.agencyOwner.actor, world.clientId, essentials, newKey()));
    must(await accept('clientAdmin', 109_000_000n));
    await useUp(world.clientId, 1_000n);
    const call = await ring(number.phoneNumber);
    await hangUp(call);
    must(await offer('clientAdmin', 'agency'));
    must(await accept('agencyOwner'));
    assert.equal((await charges('included-minutes')).length, 1);
  });

  test('prices that changed since they were shown are refused, with what is different', async () => {
    must(await offer('agencyOwner'));
    const seen = await acceptance();
    await world.house.pool.query(
      `insert into plan_price select plan_code, 2, now() - interval '1 minute', monthly_fee_micros + 1000000, local_number_micros,
              toll_free_number_micros, minute_in_micros, toll_free_minute_in_micros, minute_out_micros, recording_minute_micros,
              transcription_minute_micros, included_minutes, credits_unused_time, now(), null
         from plan_price where plan_code = 'starter'`,
    );
    const decision = await acceptOffer(world.house, world.cast.clientAdmin.actor, world.clientId, seen, newKey());
    assert.equal(codeOf(decision), 'plan-changed');
    assert.equal((await account()).payer, 'agency');
  });

  test('absurd first payments are refused', async () => {
    must(await offer('agencyOwner'));
    for (const micros of [0n, -5_000_000n, 38_999_999n, 10_000_000_001n])
      assert.equal(codeOf(await accept('clientAdmin', micros)), 'invalid-input', String(micros));
    assert.equal(await findSubscription(db(), world.clientId), null);
  });

  test('without paying it is out of funds by itself, and its agency is not', async () => {
    await becomeOwn(39_000_000n);
    await useUp(world.clientId);
    await world.travelTo((await findArrears(db(), world.clientId))!.noFundsFrom);
    assert.equal((await account()).standing, 'no funds');
    assert.equal(await findArrears(db(), world.agencyId), null);
  });
});

describe('the agency pays again', () => {
  test('asked by the account, accepted by the agency: the plan ends, what is left stays the account’s own', async () => {
    await becomeOwn();
    must(await offer('clientAdmin', 'agency'));
    assert.equal(codeOf(await accept('clientAdmin')), 'other-side');
    must(await accept('agencyBilling'));
    assert.equal((await account()).payer, 'agency');
    assert.equal(await findSubscription(db(), world.clientId), null);
    assert.equal(await balance(world.clientId), 71_000_000n);
    const page = await world.ask(world.cast.clientAdmin, { method: 'GET', url: `/accounts/${world.clientId}/billing` });
    assert.match(page.body, /\$71\.00 are this account’s own/);
    assert.equal(
      (await findOwedFacts(db(), world.clientId, await world.now()))!.owner.paidBy,
      null,
      'a closing gives it back',
    );
    const before = (await charges('subscription')).length;
    await world.travel(40);
    await world.work();
    assert.equal((await charges('subscription')).length, before, 'charged no more');
    must(await offer('agencyOwner'));
    must(await accept('clientAdmin', 10_000_000n));
    assert.equal(await balance(world.clientId), 52_000_000n, 'what was left pays along: $71 + $10 − $29');
    assert.deepEqual(await findDriftedWallets(db()), []);
  });

  test('closed, it asks its own back with one click, and nobody there reads what its agency has', async () => {
    const { clientId, cast } = world;
    const plan = async () => {
      const url = `/api/v1/accounts/${clientId}/closure_plan`;
      return (await world.ask(cast.clientAdmin, { method: 'GET', url })).json();
    };
    const said = (body: { balance: object }) => body.balance;
    assert.deepEqual(said(await plan()), { cents: 0, paid_by_agency: true });
    await becomeOwn();
    must(await offer('clientAdmin', 'agency'));
    must(await accept('agencyBilling'));
    assert.deepEqual(said(await plan()), { cents: 7_100, paid_by_agency: true });
    const close = await world.ask(cast.clientAdmin, { method: 'GET', url: `/accounts/${clientId}/closure/new` });
    assert.match(close.body, /\$71\.00 can be asked back/);
    const { hash: planHash, terms } = must(await offerClosing(db(), clientId, await world.now()));
    must(await closeAccount(world.house, cast.clientAdmin.actor, clientId, { planHash, terms, why: null }, newKey()));
    const look = async (url: string) => (await world.ask(cast.clientAdmin, { method: 'GET', url })).body;
    assert.match(await look(`/accounts/${clientId}/settings`), /Request a refund of \$71\.00/);
    const ticketId = must(await askRefund(world.house, cast.clientAdmin.actor, clientId, newKey()));
    const ticket = (await findTicketByNumber(db(), ticketId))!;
    const payout = { way: 'by-hand', payee: 'The client' } as const;
    must(await approveOnTicket(world.house, cast.supportAgent.actor, ticket, payout, newKey()));
    assert.match(await look(`/accounts/${clientId}/settings`), /See the refund/);
    assert.match(await look(`/accounts/${clientId}/owed`), /Already taken off the balance/);
    assert.deepEqual(await findDriftedWallets(db()), []);
  });

  test('what is left of a paid month is given back where the plan does so, said before, at the acceptance', async () => {
    const essentials = { payer: 'own', planCode: 'essentials', note: null } as const;
    must(await offerPayer(world.house, world.cast.agencyOwner.actor, world.clientId, essentials, newKey()));
    must(await accept('clientAdmin', 120_000_000n));
    await world.travel(10);
    must(await offer('clientAdmin', 'agency'));
    const url = `/accounts/${world.clientId}/payer`;
    const { body } = await world.ask(world.cast.agencyOwner, { method: 'GET', url });
    const said = body.match(/goes back into the account’s own balance: \$(\d\d\.\d\d) as of now/)![1]!;
    must(await accept('agencyOwner'));
    const [credit] = await charges('unused-time');
    assert.equal(credit!.payerId, world.clientId);
    const left = await balance(world.clientId);
    assert.equal(left, 21_000_000n + BigInt(Math.round(Number(said) * 1e6)), '$120 less $99, and what was said');
    assert.ok(left > 80_000_000n && left < 95_000_000n, `about two thirds of $99: ${left}`);
    must(await offer('agencyOwner'));
    must(await accept('clientAdmin'));
    const { rows } = await world.house.pool.query(
      'select from subscription_month a join subscription_month b using (owner_id) where a.began_at < b.began_at and b.began_at < a.ends_at',
    );
    assert.equal(rows.length, 0, 'no moment lies in two months');
    assert.deepEqual(await findDriftedWallets(db()), []);
  });

  test('not while something is owed, and not into an agency without funds', async () => {
    await becomeOwn();
    await useUp(world.clientId);
    must(await offer('agencyOwner', 'agency'));
    assert.equal(codeOf(await accept('clientAdmin')), 'owes-first');
    must(await topUp(world.house, world.cast.agencyOwner.actor, world.clientId, 50_000_000n, newKey()));
    await useUp(world.agencyId);
    await world.travelTo(addDays((await findArrears(db(), world.agencyId))!.noFundsFrom, -5));
    must(await end('agencyOwner', 'withdrawn', (await acceptance()).payerOfferId));
    must(await offer('agencyOwner', 'agency'));
    await world.travel(5);
    assert.equal(codeOf(await accept('clientAdmin')), 'payer-without-funds');
    assert.equal((await account()).payer, 'own');
  });
});

describe('an offer', () => {
  test('is one at a time, is declined or withdrawn, expires, and can be made anew', async () => {
    const first = must(await offer('agencyOwner'));
    assert.equal(codeOf(await offer('agencyBilling')), 'offer-open');
    assert.equal(codeOf(await end('agencyOwner', 'declined', first)), 'other-side');
    assert.equal(codeOf(await end('clientAdmin', 'withdrawn', first)), 'other-side');
    must(await end('clientAdmin', 'declined', first));
    assert.equal(codeOf(await end('clientAdmin', 'declined', first)), 'offer-over');
    const second = must(await offer('agencyOwner'));
    must(await end('agencyBilling', 'withdrawn', second));
    must(await offer('agencyOwner'));
    const late = await acceptance();
    await world.travel(14);
    const decision = await acceptOffer(world.house, world.cast.clientAdmin.actor, world.clientId, late, newKey());
    assert.equal(codeOf(decision), 'offer-over');
    must(await offer('agencyOwner'));
    assert.equal(codeOf(await offer('clientAdmin')), 'other-side');
    assert.equal(codeOf(await offer('shopOwner', 'agency', world.shopId)), 'not-sub-account');
    for (const who of ['neighbor', 'stranger', 'supportAgent', 'operator'] as const)
      assert.equal(codeOf(await offer(who)), 'not-found');
  });

  test('ends with the closing of the account, and with the canceling of the agency', async () => {
    must(await offer('agencyOwner'));
    const seen = await acceptance();
    const { hash: planHash, terms } = must(await offerAgencyClosing(db(), world.agencyId, await world.now()));
    const confirmation = {
      planHash,
      terms,
      name: 'Northwind Agency',
      password: 'correct horse battery',
      reason: null,
      why: null,
    };
    must(await cancelAgency(world.house, world.cast.agencyOwner.actor, world.agencyId, confirmation, newKey()));
    assert.equal(await findOpenOffer(db(), world.clientId, await world.now()), null);
    const decision = await acceptOffer(world.house, world.cast.clientAdmin.actor, world.clientId, seen, newKey());
    assert.equal(codeOf(decision), 'account-canceled');
  });

  test('is made with a new sub-account: its first Administrator gets the link, and the agency pays until it is accepted', async () => {
    const accountId = must(
      await openSubAccount(
        world.house,
        world.cast.agencyOwner.actor,
        world.agencyId,
        {
          name: 'Fresh Client',
          timeZone: 'America/Chicago',
          personName: 'x',
          email: world.cast.stranger.email,
          password: '',
          ownPlan: { planCode: 'essentials', note: null },
        },
        newKey(),
      ),
    );
    assert.equal((await account(accountId)).payer, 'agency');
    assert.equal((await findOpenOffer(db(), accountId, await world.now()))!.planCode, 'essentials');
    assert.equal((await mailsTo(world.cast.stranger.email)).length, 1);
    const list = await world.ask(world.cast.agencyOwner, {
      method: 'GET',
      url: `/agencies/${world.agencyId}/accounts`,
    });
    assert.match(list.body, /Offer open/);
  });
});

describe('at the same time', () => {
  test('two acceptances: one takes effect, the money comes once', async () => {
    must(await offer('agencyOwner'));
    const seen = await acceptance();
    const both = await Promise.all(
      [1, 2, 3].map(() => acceptOffer(world.house, world.cast.clientAdmin.actor, world.clientId, seen, newKey())),
    );
    assert.deepEqual(both.map(codeOf).toSorted(), ['done', 'offer-over', 'offer-over']);
    assert.equal(await balance(world.clientId), 71_000_000n);
    assert.equal((await charges('subscription')).length, 1);
  });

  test('acceptance and withdrawal, closing, or the loss of either side’s right: the one or the other, never half', async () => {
    const rivals: Record<string, (offerId: number) => Promise<Decision<unknown>>> = {
      withdrawal: (offerId) => end('agencyBilling', 'withdrawn', offerId),
      closing: async () => {
        const { hash: planHash, terms } = must(await offerClosing(db(), world.clientId, await world.now()));
        const confirmation = { planHash, terms, why: null };
        return closeAccount(world.house, world.cast.agencyOwner.actor, world.clientId, confirmation, newKey());
      },
      'acceptor demoted': () => demote(world.clientId, world.cast.clientAdmin.personId, 'call-agent'),
      'offerer demoted': () => demote(world.agencyId, world.cast.agencyBilling.personId, null),
    };
    for (const [name, rival] of Object.entries(rivals)) {
      for (const head of [0, 1]) {
        world = await openWorld();
        await addAdministrator();
        const offerId = must(await offer('agencyBilling'));
        const seen = await acceptance();
        const accepting = () => acceptOffer(world.house, world.cast.clientAdmin.actor, world.clientId, seen, newKey());
        const [accepted] =
          head === 0
            ? await Promise.all([accepting(), rival(offerId)])
            : (await Promise.all([rival(offerId), accepting()])).toReversed();
        const { payer } = await account();
        const subscription = await findSubscription(db(), world.clientId);
        assert.equal(payer === 'own', accepted!.ok, name);
        assert.equal(subscription !== null, accepted!.ok, name);
        // A closing that comes before the card is asked leaves the first month owed: nobody is asked after a closing.
        const { rows: paid } = await world.house.pool.query(
          'select from payment where owner_id = $1 and succeeded_at is not null',
          [world.clientId],
        );
        if (accepted!.ok && name !== 'closing') assert.equal(paid.length, 1, name);
        const expected = paid.length === 1 ? 71_000_000n : accepted!.ok ? -29_000_000n : 0n;
        assert.equal(await balance(world.clientId), expected, name);
        if (!accepted!.ok)
          assert.ok(
            ['offer-over', 'account-canceled', 'role-missing', 'other-side'].includes(accepted!.refusal.code),
            `${name}: ${accepted!.refusal.code}`,
          );
        assert.deepEqual(await findDriftedWallets(db()), []);
      }
    }
  });

  test('an offerer whose right is gone has offered nothing', async () => {
    must(await offer('agencyBilling'));
    const seen = await acceptance();
    must(await demote(world.agencyId, world.cast.agencyBilling.personId, null));
    const decision = await acceptOffer(world.house, world.cast.clientAdmin.actor, world.clientId, seen, newKey());
    assert.equal(codeOf(decision), 'offer-over');
  });
});

test('the same for scripts', async () => {
  const base = `/api/v1/accounts/${world.clientId}/payer`;
  const as = (who: CastName, method: 'GET' | 'POST', url: string, payload?: object) =>
    world.ask(world.cast[who], { method, url, ...(payload ? { payload } : {}) });
  const made = await as('agencyOwner', 'POST', `${base}/offers`, { payer: 'own', plan: 'pro', note: 'Please' });
  assert.equal(made.statusCode, 200, made.body);
  const { offer: open } = (await as('clientAdmin', 'GET', base)).json();
  assert.deepEqual([open.plan, open.note, open.first_payment_min_cents], ['pro', 'Please', 15_900]);
  const done = await as('clientAdmin', 'POST', `${base}/offers/${open.id}/acceptance`, {
    terms_hash: open.terms_hash,
    cents: 20_000,
  });
  assert.equal(done.statusCode, 200, done.body);
  assert.equal((await as('clientAdmin', 'GET', base)).json().payer, 'own');
  assert.equal((await as('agencyOwner', 'POST', `${base}/offers`, { payer: 'nobody' })).statusCode, 422);
  assert.equal((await as('neighbor', 'POST', `${base}/offers/${open.id}/acceptance`, {})).statusCode, 404);
  const page = await world.ask(world.cast.clientAdmin, {
    ...form({}),
    url: `/accounts/${world.clientId}/payer/offers/${open.id}/decline`,
  });
  assert.equal(page.statusCode, 410, 'a page says so as well');
});

async function useUp(ownerId: number, leftMicros = -5_000_000n): Promise<void> {
  const micros = await balance(ownerId);
  await record(db(), (tx, now) =>
    recordCharge(tx, {
      ownerId,
      payerId: ownerId,
      cause: 'plan-change',
      causeKey: newKey(),
      at: now,
      description: 'Used up',
      unitMicros: micros - leftMicros,
    }),
  );
  await settleAll(db());
}

/** A second Administrator of the sub-account, so that the first may lose the role. */
async function addAdministrator(): Promise<void> {
  const grant = { ownerId: world.clientId, role: 'administrator', grantedBy: 'house' } as const;
  await record(db(), (tx, grantedAt) =>
    recordMembership(tx, { ...grant, personId: world.cast.stranger.personId, grantedAt }),
  );
  await world.house.pool.query('update membership set is_owner = person_id = $1 where owner_id = $2', [
    world.cast.stranger.personId,
    world.clientId,
  ]);
}

async function demote(ownerId: number, personId: string, role: 'call-agent' | null): Promise<Decision<unknown>> {
  const actor: Actor = world.cast.agencyOwner.actor;
  if (role) return changeRole(world.house, actor, ownerId, { personId, role }, newKey());
  return removePerson(world.house, actor, ownerId, personId, newKey());
}

let calls = 0;
async function ring(to: string): Promise<number> {
  calls += 1;
  const nowhere = { city: null, region: null, postalCode: null, country: null };
  const answer = await answerCall(world.house, {
    callSid: `CA${String(calls).padStart(32, '0')}`,
    carrierAccountSid: 'AC0',
    from: '+13125550111',
    to,
    callerName: null,
    forwardedFrom: null,
    fromPlace: nowhere,
    toPlace: nowhere,
    verification: null,
  });
  assert.equal(answer.kind, 'forward');
  return answer.kind === 'forward' ? answer.callId : 0;
}

async function hangUp(callId: number): Promise<void> {
  const at = await world.now();
  const leg = 'receiver';
  const events = [
    { leg, status: 'in-progress', sequenceNumber: 2, at, durationSeconds: null },
    { leg, status: 'completed', sequenceNumber: 3, at: new Date(at.getTime() + 60_000), durationSeconds: 60 },
  ] as const;
  for (const event of events) await followCall(world.house, world.clientId, { callId }, () => event);
}
