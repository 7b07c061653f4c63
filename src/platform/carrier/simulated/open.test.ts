import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { describeCarrierContract, isCarrierError } from '../contract.ts';
import type { Carrier, NumberOrder } from '../port.ts';
import { makeScratchBooks, type ScratchBooks } from './makeScratchBooks.ts';
import { openSimulatedCarrier } from './open.ts';
import {
  changeCarrierSettings,
  countEffects,
  countRequests,
  readCarrierSettings,
  restoreAtCarrier,
  takeCarrierDown,
} from './settings.ts';

const calm = {
  requestsPerSecond: null,
  latencyMs: 0,
  failRate: 0,
  failNextRequests: 0,
  timeOutNextEffects: 0,
  downUntil: null,
  restoreWindowDays: 10,
  resaleAgeingDays: 45,
};

describeCarrierContract('the simulated carrier', async () => {
  const books = await makeScratchBooks();
  const carrier = openSimulatedCarrier({ databaseUrl: books.databaseUrl });
  return {
    carrier,
    async cause(trouble) {
      if (trouble === 'none') await changeCarrierSettings(books.pool, calm);
      if (trouble === 'fail-before-effect') await changeCarrierSettings(books.pool, { failNextRequests: 1 });
      if (trouble === 'lose-answer') await changeCarrierSettings(books.pool, { timeOutNextEffects: 1 });
      if (trouble === 'rate-limit') {
        await changeCarrierSettings(books.pool, { requestsPerSecond: 0.1 });
        await books.pool.query('update simulated_carrier.throttle set allowance = 0, counted_at = clock_timestamp()');
      }
    },
    async close() {
      await carrier.close();
      await books.drop();
    },
  };
});

describe('the simulated carrier behaves like the outside world', () => {
  let books: ScratchBooks;
  let carrier: Carrier;
  before(async () => {
    books = await makeScratchBooks();
    carrier = openSimulatedCarrier({ databaseUrl: books.databaseUrl });
  });
  beforeEach(async () => {
    await changeCarrierSettings(books.pool, calm);
  });
  after(async () => {
    await carrier.close();
    await books.drop();
  });

  let orders = 0;
  const order = (): NumberOrder => {
    orders += 1;
    return { idempotencyKey: `key ${orders}`, voiceUrl: 'http://x.example/v', statusCallbackUrl: 'http://x.example/s' };
  };
  const sellsAt = async (phoneNumber: string): Promise<boolean> => {
    const found = await carrier.search({ country: 'US', kind: 'local', pattern: phoneNumber.slice(2), limit: 1 });
    return found.length === 1;
  };

  test('it sells only numbers that are kept for fiction, in the same order each time', async () => {
    const query = { country: 'US', kind: 'local', limit: 100 } as const;
    const found = await carrier.search(query);
    assert.equal(new Set(found.map((each) => each.phoneNumber)).size, 100);
    for (const each of found) assert.match(each.phoneNumber, /^\+1\d{3}55501\d\d$/);
    assert.ok(new Set(found.map((each) => each.region)).size > 10, 'from all over the country');
    assert.deepEqual(await carrier.search(query), found);
    await assert.rejects(carrier.buy('+12125551234', order()), isCarrierError('not-available'));
  });

  test('restorable until day 10, ageing until day 45: the deadline itself is past', async () => {
    const phoneNumber = '+12065550101';
    const first = await carrier.buy(phoneNumber, order());
    await carrier.release(first.carrierNumberId);
    await books.travel(9.999);
    assert.equal(await sellsAt(phoneNumber), false);
    const restored = await restoreAtCarrier(books.pool, phoneNumber);
    assert.ok(restored);
    assert.notEqual(restored, first.carrierNumberId);
    assert.equal((await carrier.find(phoneNumber))?.voiceUrl, 'http://x.example/v');
    assert.equal(await restoreAtCarrier(books.pool, phoneNumber), null, 'it is not a released number any more');

    await carrier.release(restored);
    await books.travel(10);
    assert.equal(await restoreAtCarrier(books.pool, phoneNumber), null, 'the window is over');
    await books.travel(34.99);
    await assert.rejects(carrier.buy(phoneNumber, order()), isCarrierError('not-available'));
    await books.travel(0.01);
    assert.equal(await sellsAt(phoneNumber), true);
    const second = await carrier.buy(phoneNumber, order());
    assert.notEqual(second.carrierNumberId, first.carrierNumberId);
    await carrier.release(first.carrierNumberId);
    assert.ok(await carrier.find(phoneNumber), 'an old release does not end a new rental');
    assert.deepEqual(await countEffects(books.pool, phoneNumber), { buy: 2, configure: 0, release: 2, restore: 1 });
  });

  test('each effect is counted once, however often it was asked for', async () => {
    const phoneNumber = '+12065550102';
    const once = order();
    await changeCarrierSettings(books.pool, { timeOutNextEffects: 1 });
    await assert.rejects(carrier.buy(phoneNumber, once), isCarrierError('unavailable'));
    const rented = await carrier.buy(phoneNumber, once);
    await carrier.configure(rented.carrierNumberId, { friendlyName: 'Van' });
    await carrier.configure(rented.carrierNumberId, { friendlyName: 'Van' });
    await changeCarrierSettings(books.pool, { failNextRequests: 2 });
    await assert.rejects(carrier.release(rented.carrierNumberId), isCarrierError('unavailable'));
    await assert.rejects(carrier.release(rented.carrierNumberId), isCarrierError('unavailable'));
    await carrier.release(rented.carrierNumberId);
    await carrier.release(rented.carrierNumberId);
    assert.deepEqual(await countEffects(books.pool, phoneNumber), { buy: 1, configure: 1, release: 1, restore: 0 });
    assert.deepEqual(await countRequests(books.pool, phoneNumber), {
      'done-but-timed-out': 1,
      done: 5,
      unavailable: 2,
    });
  });

  test('a key buys one number', async () => {
    const once = order();
    await carrier.buy('+12065550103', once);
    await assert.rejects(carrier.buy('+12065550104', once), isCarrierError('invalid'));
    assert.equal(await carrier.find('+12065550104'), null);
    const race = order();
    const tries = await Promise.allSettled(['+12065550105', '+12065550106'].map((each) => carrier.buy(each, race)));
    assert.deepEqual(tries.map((each) => each.status).sort(), ['fulfilled', 'rejected']);
  });

  test('the rate limit holds over all requests together and is over by itself', async () => {
    await changeCarrierSettings(books.pool, { requestsPerSecond: 5 });
    const began = performance.now();
    const tries = await Promise.allSettled(Array.from({ length: 20 }, () => carrier.find('+12065550107')));
    const letInLater = Math.ceil(((performance.now() - began) / 1000) * 5);
    const refused = tries.filter((each) => each.status === 'rejected');
    assert.ok(
      refused.length <= 15 && refused.length >= 15 - letInLater,
      `${refused.length} of 20 were turned away, and ${letInLater} at most let in later`,
    );
    for (const each of refused) assert.ok(isCarrierError('rate-limited')(each.reason));
    await books.pool.query(`update simulated_carrier.throttle set counted_at = counted_at - interval '1 second'`);
    await carrier.find('+12065550107');
  });

  test('it can be down, fail at random, and be slow', async () => {
    await takeCarrierDown(books.pool, 60);
    await assert.rejects(carrier.find('+12065550108'), isCarrierError('unavailable'));
    await takeCarrierDown(books.pool, 0);
    await carrier.find('+12065550108');
    await changeCarrierSettings(books.pool, { failRate: 1 });
    await assert.rejects(carrier.search({ country: 'US', kind: 'local', limit: 1 }), isCarrierError('unavailable'));
    await changeCarrierSettings(books.pool, { failRate: 0, latencyMs: 120 });
    const began = performance.now();
    await carrier.find('+12065550108');
    assert.ok(performance.now() - began >= 115);
    assert.equal((await readCarrierSettings(books.pool)).latencyMs, 120);
  });

  test('its books are its own: two doors read the same, and the token stays', async () => {
    const other = openSimulatedCarrier({ databaseUrl: books.databaseUrl });
    try {
      assert.deepEqual(await other.voiceAuthTokens(), await carrier.voiceAuthTokens());
      const rented = await carrier.buy('+12065550109', order());
      assert.deepEqual(await other.find('+12065550109'), rented);
    } finally {
      await other.close();
    }
  });

  test('a database that is away is a carrier that is away', async () => {
    const nowhere = openSimulatedCarrier({ databaseUrl: 'postgres://nobody@127.0.0.1:1/none' });
    await assert.rejects(nowhere.find('+12065550100'), isCarrierError('unavailable'));
    await assert.rejects(nowhere.voiceAuthTokens(), isCarrierError('unavailable'));
    await nowhere.close();
  });

  test('a list of all rentals survives pages', async () => {
    const listed = new Set<string>();
    for await (const each of carrier.list()) listed.add(each.phoneNumber);
    const { rows } = await books.pool.query(
      'select phone_number from simulated_carrier.rental where released_at is null',
    );
    assert.equal(listed.size, rows.length);
  });
});
