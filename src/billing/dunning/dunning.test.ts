import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { openWorld, type World } from '../../../test/world.ts';
import { findAccount } from '../../accounts/store.ts';
import { findAgency } from '../../agencies/store.ts';
import { closeAccount } from '../../lifecycle/closeAccount.ts';
import { offerClosing } from '../../lifecycle/plan.ts';
import { reactivateAccount } from '../../lifecycle/reactivateAccount.ts';
import { buyNumber } from '../../numbers/buy.ts';
import { newKey } from '../../platform/ids.ts';
import { openBody } from '../../platform/mail/store.ts';
import { record } from '../../platform/operation.ts';
import type { Secrets } from '../../platform/secrets.ts';
import { must } from '../../rules/decision.ts';
import { addDays } from '../../rules/time.ts';
import { settleAll } from '../settle.ts';
import { findBalance, findDriftedWallets, recordCharge } from '../store.ts';
import { topUp } from '../topUp.ts';
import { followAllBalances } from './followBalances.ts';
import { remind } from './remind.ts';
import { findArrears } from './store.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
});

/** Charges so much that exactly `leftMicros` is left of the payer's balance. */
async function useUp(ownerId: number, payerId = ownerId, leftMicros = -5_000_000n): Promise<void> {
  const { availableMicros } = await findBalance(world.house.db, payerId);
  await record(world.house.db, (tx, now) =>
    recordCharge(tx, {
      ownerId,
      payerId,
      cause: 'call',
      causeKey: newKey(),
      at: now,
      description: 'Calls',
      unitMicros: availableMicros - leftMicros,
    }),
  );
  await settleAll(world.house.db);
}

const arrearsOf = (ownerId: number) => findArrears(world.house.db, ownerId);
const account = async (accountId: number) => (await findAccount(world.house.db, accountId, await world.now()))!;
const standing = async (accountId: number) => (await account(accountId)).standing;
const pay = async (ownerId: number, micros = 50_000_000n) =>
  must(await topUp(world.house, world.cast.shopOwner.actor, ownerId, micros, newKey()));
const mails = async () => {
  const { rows } = await world.house.pool.query<{ to_address: string; subject: string; body_sealed: Buffer }>(
    "select to_address, subject, body_sealed from mail where subject like '%used up' or subject like 'No funds%' order by mail_id",
  );
  return rows;
};
const closeShop = async () => {
  const { hash: planHash, terms } = must(await offerClosing(world.house.db, world.shopId, await world.now()));
  const confirmation = { planHash, terms, why: null };
  must(await closeAccount(world.house, world.cast.shopOwner.actor, world.shopId, confirmation, newKey()));
};

describe('the calendar', () => {
  test('begins with the charge that uses the balance up, at zero already, and not above', async () => {
    await useUp(world.shopId, world.shopId, 1n);
    assert.equal(await arrearsOf(world.shopId), null);
    await useUp(world.shopId, world.shopId, 0n);
    const { beganAt, noFundsFrom, steps } = (await arrearsOf(world.shopId))!;
    assert.deepEqual(noFundsFrom, addDays(beganAt, 15));
    assert.deepEqual(
      steps.map(({ day, dueAt }) => [day, dueAt]),
      [1, 5, 10, 15].map((day) => [day, addDays(beganAt, day)]),
    );
    await world.travel(3);
    await useUp(world.shopId);
    const later = (await arrearsOf(world.shopId))!;
    assert.deepEqual([later.beganAt, later.noFundsFrom], [beganAt, noFundsFrom], 'what was promised stays');
  });

  test('mails everybody who may top up on days 1, 5, 10 and at no funds, each once, as text and HTML', async () => {
    await useUp(world.shopId);
    const { beganAt, noFundsFrom } = (await arrearsOf(world.shopId))!;
    const payers = [
      world.cast.shopOwner.email,
      world.shopPeople.administrator.email,
      world.shopPeople['billing-manager'].email,
    ].toSorted();
    for (const [count, day] of [1, 5, 10, 15].entries()) {
      await world.travelTo(new Date(addDays(beganAt, day).getTime() - 60_000));
      await world.work();
      assert.equal((await mails()).length, count * 3, `nothing before day ${day}`);
      await world.travelTo(addDays(beganAt, day));
      await Promise.all([remind(world.house), remind(world.house), world.work()]);
      await world.work();
      const sent = await mails();
      assert.equal(sent.length, (count + 1) * 3, `day ${day}`);
      assert.deepEqual(
        sent
          .slice(-3)
          .map((each) => each.to_address)
          .toSorted(),
        payers,
      );
    }
    await world.travel(60);
    await world.work();
    const all = await mails();
    assert.equal(all.length, 12, 'and no more');
    const [first, last] = [all[0]!, all.at(-1)!];
    assert.equal(first.subject, 'The available balance of Anchor Plumbing is used up');
    assert.equal(last.subject, 'No funds: calls to Anchor Plumbing are refused');
    const { text, html } = openBody(world.house.secrets, { bodySealed: first.body_sealed })!;
    for (const form of [text, html]) {
      assert.match(form, /-\$5\.00: \$5\.01 or more lifts it above zero/);
      assert.match(form, /Paying undoes all of it/);
      assert.match(form, /no number is released/);
      assert.ok(form.includes(`/accounts/${world.shopId}/billing`));
    }
    assert.match(html, /<html/);
    assert.match(text, new RegExp(String(noFundsFrom.getUTCFullYear())));
  });

  test('after days away one mail tells all that became due', async () => {
    await useUp(world.shopId);
    await world.travel(12);
    await world.work();
    assert.equal((await mails()).length, 3);
    await world.travel(2);
    await world.work();
    assert.equal((await mails()).length, 3);
  });

  test('a worker that dies among the mails has sent none, and the next one sends all', async () => {
    await useUp(world.shopId);
    await world.travel(1);
    let sealed = 0;
    const dying: Secrets = {
      ...world.house.secrets,
      seal(...given) {
        sealed += 1;
        if (sealed === 2) throw new Error('killed');
        return world.house.secrets.seal(...given);
      },
    };
    await assert.rejects(remind({ ...world.house, secrets: dying }), /killed/);
    assert.equal((await mails()).length, 0);
    await remind(world.house);
    await remind(world.house);
    assert.equal((await mails()).length, 3);
  });
});

describe('no funds', () => {
  test('not just before day 15 and from it on; until then only what costs more than there is is refused', async () => {
    const number = await world.rent(world.shopId, world.cast.shopOwner.actor);
    await useUp(world.shopId);
    const { noFundsFrom } = (await arrearsOf(world.shopId))!;
    const buy = { phoneNumber: '+12125550142', name: null, source: null, receivingNumber: null };
    const buying = () => buyNumber(world.house, world.cast.shopOwner.actor, world.shopId, buy, newKey());
    await world.travelTo(new Date(noFundsFrom.getTime() - 10_000));
    assert.equal(await standing(world.shopId), 'open');
    const short = await buying();
    assert.equal(!short.ok && short.refusal.code, 'balance-short');
    await world.travelTo(noFundsFrom);
    assert.equal(await standing(world.shopId), 'no funds', 'by the stored moment, whether or not a worker looked');
    const refused = await buying();
    assert.equal(!refused.ok && refused.refusal.code, 'no-funds');
    const seen = await world.ask(world.cast.shopOwner, { method: 'GET', url: `/accounts/${world.shopId}/settings` });
    assert.match(seen.body, /\(no funds\)/);
    assert.match(seen.body, /It ends at once when somebody tops up/);
    assert.ok(number.boughtAt);
  });

  test('paying undoes all of it in the paying transaction, at any step, and nothing more is mailed', async () => {
    for (const day of [0.5, 1, 7, 15, 40]) {
      await useUp(world.shopId);
      await world.travel(day);
      await world.work();
      const before = (await mails()).length;
      const owed = -(await findBalance(world.house.db, world.shopId)).availableMicros;
      if (owed > 20_000_000n) {
        await pay(world.shopId, owed - 1_000_000n);
        assert.ok(await arrearsOf(world.shopId), 'a part is not enough');
      }
      await pay(world.shopId, owed + 10_000_000n);
      assert.equal(await arrearsOf(world.shopId), null);
      assert.equal(await standing(world.shopId), 'open', `paid on day ${day}`);
      await world.travel(0.1);
      await world.work();
      assert.equal((await mails()).length, before);
    }
  });

  test('of an agency: for all sub-accounts that it pays for, and for nobody else', async () => {
    await useUp(world.clientId, world.agencyId);
    assert.equal(await arrearsOf(world.clientId), null, 'who owes is who pays');
    await world.travelTo((await arrearsOf(world.agencyId))!.noFundsFrom);
    await world.work();
    assert.equal(await standing(world.clientId), 'no funds');
    assert.equal((await findAgency(world.house.db, world.agencyId, await world.now()))!.standing, 'no funds');
    assert.equal(await standing(world.shopId), 'open');
    const told = new Set((await mails()).map((each) => each.to_address));
    assert.deepEqual(told, new Set([world.cast.agencyOwner.email, world.cast.agencyBilling.email]));
    const asClient = await world.ask(world.cast.clientAdmin, {
      method: 'GET',
      url: `/accounts/${world.clientId}/billing`,
    });
    assert.doesNotMatch(asClient.body, /used up since|-\$/, 'the agency’s balance is no business of its clients');
    must(await topUp(world.house, world.cast.agencyBilling.actor, world.agencyId, 2_000_000_000n, newKey()));
    assert.equal(await standing(world.clientId), 'open');
  });

  test('120 days without paying: nothing is closed, no number released; it is renewed as debt', async () => {
    const number = await world.rent(world.shopId, world.cast.shopOwner.actor);
    await useUp(world.shopId);
    const before = (await findBalance(world.house.db, world.shopId)).availableMicros;
    for (let day = 0; day < 120; day += 5) {
      await world.travel(5);
      await world.work();
    }
    const { closure, standing: now } = await account(world.shopId);
    assert.deepEqual([closure, now], [null, 'no funds']);
    const count = async (text: string) =>
      Number((await world.house.pool.query(`select count(*)::int as n from ${text}`, [world.shopId])).rows[0].n);
    assert.equal(await count('release where account_id = $1'), 0);
    assert.equal(await count('closure where account_id = $1'), 0);
    assert.ok(await world.house.carrier.find(number.phoneNumber), 'rented as before');
    assert.ok((await count("charge where owner_id = $1 and cause = 'number'")) >= 4, 'and renewed');
    const owed = before - (await findBalance(world.house.db, world.shopId)).availableMicros;
    assert.ok(owed >= 3n * 79_000_000n, 'the subscription goes on');
    assert.deepEqual(await findDriftedWallets(world.house.db), []);
    await pay(world.shopId, 1_000_000_000n);
    assert.equal(await standing(world.shopId), 'open', 'and paying brings everything back');
  });
});

describe('a closing', () => {
  test('stops the clock and the mails; who comes back and owes goes on where it stood', async () => {
    await useUp(world.shopId);
    await world.travel(7);
    await world.work();
    assert.equal((await mails()).length, 3);
    await closeShop();
    assert.equal(await arrearsOf(world.shopId), null);
    await world.travel(15);
    await world.work();
    assert.equal(await standing(world.shopId), 'canceled');
    assert.equal((await mails()).length, 3, 'nobody who is canceled is mailed');
    const back = { restoreNumbers: false };
    must(await reactivateAccount(world.house, world.cast.shopOwner.actor, world.shopId, back, newKey()));
    await followAllBalances(world.house.db);
    const { beganAt, noFundsFrom, steps } = (await arrearsOf(world.shopId))!;
    const left = (noFundsFrom.getTime() - beganAt.getTime()) / 86_400_000;
    assert.ok(left > 7.9 && left < 8.1, `${left} days`);
    assert.deepEqual(
      steps.map((each) => each.day),
      [10, 15],
    );
    assert.equal(await standing(world.shopId), 'open');
  });

  test('paid while it stood still is paid: the next arrears begin anew', async () => {
    await useUp(world.shopId);
    await world.travel(7);
    await closeShop();
    const back = { restoreNumbers: false };
    must(await reactivateAccount(world.house, world.cast.shopOwner.actor, world.shopId, back, newKey()));
    await followAllBalances(world.house.db);
    await pay(world.shopId);
    await useUp(world.shopId);
    assert.equal((await arrearsOf(world.shopId))!.steps.length, 4);
  });
});

test('whoever is faster, charges and payments at once leave arrears that fit the balance', async () => {
  await useUp(world.shopId, world.shopId, 30_000_000n);
  for (let round = 0; round < 6; round += 1) {
    const work: Promise<unknown>[] = [];
    for (let each = 0; each < 4; each += 1) {
      work.push(
        record(world.house.db, (tx, now) =>
          recordCharge(tx, {
            ownerId: world.shopId,
            payerId: world.shopId,
            cause: 'call',
            causeKey: newKey(),
            at: now,
            description: 'Calls',
            unitMicros: 14_000_000n,
          }),
        ).then(() => settleAll(world.house.db)),
        ...(each % 2 === round % 2 ? [pay(world.shopId, 12_000_000n)] : []),
      );
    }
    await Promise.all(work);
    await settleAll(world.house.db);
    const { availableMicros } = await findBalance(world.house.db, world.shopId);
    assert.equal((await arrearsOf(world.shopId)) !== null, availableMicros <= 0n, `${availableMicros}`);
    if (availableMicros < -60_000_000n) await pay(world.shopId, 20_000_000n - availableMicros);
  }
});
