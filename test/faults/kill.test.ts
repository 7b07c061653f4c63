import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { demoSignIns } from '../../db/demo.ts';
import { seed } from '../histories/history.ts';
import { type Part, type Product, startProduct, until } from './startProduct.ts';

/*
 * kill -9 of web, worker, database and of everything at once, in the middle of a purchase, a top-up and a closing, against the
 * whole product as `npm start` runs it. Whatever was going on, there is one outcome, and the carrier's count agrees.
 */

let product: Product;
let shopId: number;
const shop = demoSignIns.find((each) => each.role === 'Administrator')!;
const parts: Part[] = ['web', 'worker', 'postgres', 'everything'];

/** Moments of the kill, in milliseconds after the request: drawn from the run's seed. */
const moments = parts.map((part, index) => ({ part, afterMs: (seed >>> (index * 3)) % 250 }));

before(async () => {
  product = await startProduct();
  await product.signIn(shop.email, shop.password);
  const [row] = await product.query<{ account_id: string }>(
    "select account_id from account where name = 'Anchor Plumbing'",
  );
  shopId = Number(row!.account_id);
  // A carrier that takes its time, so that the kill meets every stage of a purchase.
  await product.query('update simulated_carrier.settings set latency_ms = 120');
  await product.query('update simulated_payments.settings set latency_ms = 120');
});
after(() => product?.stop());

async function nextOffer(): Promise<string> {
  const { body } = await product.ask(
    'GET',
    `/api/v1/accounts/${shopId}/numbers/search?country=US&areacode=720&per_page=20`,
  );
  const offers = body.numbers as { phone_number: string }[];
  const rented = await product.query<{ phone_number: string }>('select phone_number from number_directory');
  return offers.find((each) => !rented.some((one) => one.phone_number === each.phone_number))!.phone_number;
}

describe('in the middle of a purchase', () => {
  for (const { part, afterMs } of moments) {
    test(`kill -9 of ${part} after ${afterMs} ms`, async () => {
      const phoneNumber = await nextOffer();
      const key = randomUUID();
      const buy = () =>
        product.askOnce('POST', `/api/v1/accounts/${shopId}/numbers`, { phone_number: phoneNumber }, key);
      const asked = buy();
      await delay(afterMs);
      product.kill(part);
      await asked;
      await product.revive();

      // What a client does whose connection broke: the same request again, under the same key.
      await until('an answer to the repeated purchase', async () => ((await buy())?.status ?? 500) < 500);
      const [number] = await until(
        'the end of the purchase',
        async () => {
          const rows = await product.query<{
            bought_at: Date | null;
            failed_at: Date | null;
            tracking_number_id: string;
          }>(
            'select bought_at, failed_at, tracking_number_id from tracking_number where account_id = $1 and phone_number = $2',
            [shopId, phoneNumber],
          );
          return rows.length > 0 && rows.every((row) => row.bought_at || row.failed_at) ? rows : null;
        },
        600,
      );
      const count = async (text: string, values: unknown[]) =>
        Number((await product.query<{ n: string }>(text, values))[0]!.n);
      assert.ok(number!.bought_at, 'the number is bought');
      assert.equal(
        await count('select count(*) as n from tracking_number where account_id = $1 and phone_number = $2', [
          shopId,
          phoneNumber,
        ]),
        1,
      );
      assert.equal(
        await count("select count(*) as n from simulated_carrier.effect where kind = 'buy' and phone_number = $1", [
          phoneNumber,
        ]),
        1,
        'the carrier sold it once',
      );
      assert.equal(
        await count('select count(*) as n from charge where owner_id = $1 and tracking_number_id = $2', [
          shopId,
          number!.tracking_number_id,
        ]),
        1,
        'it was charged once',
      );
      assert.equal(
        await count(
          "select count(*) as n from carrier_command where idempotency_key like 'buy %' and done_at is null and failed_at is null",
          [],
        ),
        0,
      );
    });
  }
});

describe('in the middle of a top-up', () => {
  for (const { part, afterMs } of moments) {
    test(`kill -9 of ${part} after ${afterMs} ms`, async () => {
      const moved = async () => {
        const [row] = await product.query<{ taken: number; posted: number; paid: number; open: number }>(
          `select (select count(*)::int from simulated_payments.effect e join simulated_payments.payment p using (payment_id)
                    where p.owner_id = $1) as taken,
                  (select count(*)::int from posting where owner_id = $1 and cause = 'payment') as posted,
                  count(*) filter (where succeeded_at is not null)::int as paid,
                  count(*) filter (where succeeded_at is null and failed_at is null)::int as open
             from payment where owner_id = $1`,
          [shopId],
        );
        return row!;
      };
      const before = await moved();
      const key = randomUUID();
      const pay = () => product.askOnce('POST', `/api/v1/accounts/${shopId}/billing/top_ups`, { cents: 5_000 }, key);
      const asked = pay();
      await delay(afterMs);
      product.kill(part);
      await asked;
      await product.revive();
      await until('an answer to the repeated top-up', async () => ((await pay())?.status ?? 500) < 500);
      await until('the end of the payment', async () => (await moved()).open === 0, 600);
      const after = await moved();
      assert.deepEqual(
        [after.taken - before.taken, after.posted - before.posted, after.paid - before.paid],
        [1, 1, 1],
        'taken once, posted once',
      );
    });
  }
});

describe('in the middle of a closing', () => {
  for (const { part, afterMs } of moments) {
    test(`kill -9 of ${part} after ${afterMs % 40} ms`, async () => {
      const { body: offered } = await product.ask('GET', `/api/v1/accounts/${shopId}/closure_plan`);
      const key = randomUUID();
      const close = () =>
        product.askOnce('POST', `/api/v1/accounts/${shopId}/closure`, { plan_hash: offered.hash, why: 'testing' }, key);
      const asked = close();
      await delay(afterMs % 40);
      product.kill(part);
      const answer = await asked;
      await product.revive();

      const state = async () => {
        const [row] = await product.query<{ closed: boolean; in_use: number; numbers: number }>(
          `select exists (select from closure where account_id = $1 and reactivated_at is null) as closed,
                  count(*) filter (where l.release_id is null)::int as in_use, count(*)::int as numbers
             from tracking_number n
             left join release l on l.account_id = n.account_id and l.tracking_number_id = n.tracking_number_id and l.restored_at is null
            where n.account_id = $1 and n.bought_at is not null`,
          [shopId],
        );
        return row!;
      };
      const left = await state();
      assert.equal(
        left.in_use,
        left.closed ? 0 : left.numbers,
        'closed with every number released, or not closed at all',
      );
      if (answer && answer.status < 300) assert.equal(left.closed, true, 'what was acknowledged has happened');

      await until('an answer to the repeated closing', async () => ((await close())?.status ?? 500) < 500);
      assert.equal((await state()).closed, true);
      const [closures] = await product.query<{ n: string }>(
        'select count(*) as n from closure where account_id = $1 and reactivated_at is null',
        [shopId],
      );
      assert.equal(Number(closures!.n), 1);

      await product.ask('DELETE', `/api/v1/accounts/${shopId}/closure`);
      const { body: released } = await product.ask('GET', `/api/v1/accounts/${shopId}/numbers/released?per_page=100`);
      for (const each of released.numbers as { id: string }[]) {
        const restored = await product.ask('POST', `/api/v1/accounts/${shopId}/numbers/${each.id}/restore`);
        assert.equal(restored.status, 200, JSON.stringify(restored.body));
      }
      assert.deepEqual(await state(), { closed: false, in_use: left.numbers, numbers: left.numbers });
    });
  }
});

test('after all of it: no wallet has drifted, nothing was charged inside a closure, the carrier rents what we use', async () => {
  const drifted = await product.query(
    `select w.owner_id from wallet w left join posting p on p.owner_id = w.owner_id group by w.owner_id, w.available_micros
     having w.available_micros <> coalesce(sum(case when p.credit = 'wallet' then p.amount_micros when p.debit = 'wallet' then -p.amount_micros else 0 end), 0)`,
  );
  assert.deepEqual(drifted, []);
  const inside = await product.query(
    'select h.description from charge h join closure c on c.account_id = h.owner_id where c.closed_at <= h.at and (c.reactivated_at is null or h.at < c.reactivated_at)',
  );
  assert.deepEqual(inside, []);
  const [books] = await product.query<{ ours: number; theirs: number }>(
    `select (select count(*)::int from number_directory where returned_at is null) as ours,
            (select count(*)::int from simulated_carrier.rental where released_at is null) as theirs`,
  );
  assert.equal(books!.ours, books!.theirs);
});
