import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Carrier, CarrierError, type CarrierErrorKind, type NumberOrder, type RentedNumber } from './port.ts';

export type Trouble =
  /** The next request fails, and nothing happens. */
  | 'fail-before-effect'
  /** The next thing that changes something happens, and its answer is lost. */
  | 'lose-answer'
  /** Every request is turned away until `none`. */
  | 'rate-limit'
  | 'none';

export type CarrierUnderTest = {
  carrier: Carrier;
  cause(trouble: Trouble): Promise<void>;
  close(): Promise<void>;
};

/** What every door behind the port does, whoever is on the other side. Starts from a carrier that rents us nothing. */
export function describeCarrierContract(name: string, makeCarrier: () => Promise<CarrierUnderTest>): void {
  describe(`${name} keeps the carrier contract`, () => {
    let under: CarrierUnderTest;
    let carrier: Carrier;
    before(async () => {
      under = await makeCarrier();
      carrier = under.carrier;
    });
    after(() => under.close());

    const offered = async (areaCode?: string): Promise<string> => {
      const [first] = await carrier.search({ country: 'US', kind: 'local', areaCode, limit: 1 });
      assert.ok(first, 'the carrier has a number to sell');
      return first.phoneNumber;
    };

    test('it says who we are to it, or why it does not', async () => {
      const { accountName, status } = await carrier.checkAccess();
      assert.ok(accountName !== '');
      assert.equal(status, 'active');
      await under.cause('fail-before-effect');
      await assert.rejects(carrier.checkAccess(), isCarrierError('unavailable'));
    });

    test('search keeps to the area code, the pattern, the kind and the limit', async () => {
      const local = await carrier.search({ country: 'US', kind: 'local', areaCode: '212', limit: 3 });
      assert.equal(local.length, 3);
      for (const each of local) {
        assert.match(each.phoneNumber, /^\+1212\d{7}$/);
        assert.equal(each.kind, 'local');
        assert.equal(each.country, 'US');
        assert.equal(each.region, 'NY');
        assert.equal(each.capabilities.voice, true);
      }
      const letters = await carrier.search({ country: 'US', kind: 'local', pattern: 'JJJ 01*5', limit: 5 });
      assert.equal(letters.length, 5);
      for (const each of letters) assert.match(each.phoneNumber, /55501\d5/);
      const tollfree = await carrier.search({ country: 'US', kind: 'tollfree', limit: 2 });
      for (const each of tollfree) assert.match(each.phoneNumber, /^\+18(00|33|44|55|66|77|88)\d{7}$/);
      const canadian = await carrier.search({ country: 'CA', kind: 'local', areaCode: '416', limit: 1 });
      assert.equal(canadian[0]?.region, 'ON');
    });

    test('a search that finds nothing is empty, one that makes no sense is invalid', async () => {
      assert.deepEqual(await carrier.search({ country: 'US', kind: 'local', areaCode: '999', limit: 1 }), []);
      const nonsense = { country: 'US', kind: 'local', limit: 1 } as const;
      await assert.rejects(carrier.search({ ...nonsense, areaCode: '12' }), isCarrierError('invalid'));
      await assert.rejects(carrier.search({ ...nonsense, pattern: '5;5' }), isCarrierError('invalid'));
      await assert.rejects(carrier.search({ ...nonsense, limit: 0 }), isCarrierError('invalid'));
    });

    test('a number is bought once per key, and never by another key', async () => {
      const phoneNumber = await offered('212');
      const order = orderOf('first');
      const rented = await carrier.buy(phoneNumber, order);
      assert.equal(rented.phoneNumber, phoneNumber);
      assert.equal(rented.voiceUrl, order.voiceUrl);
      assert.equal(rented.statusCallbackUrl, order.statusCallbackUrl);
      assert.equal(rented.friendlyName, 'Front desk');
      assert.deepEqual(await carrier.buy(phoneNumber, order), rented);
      await assert.rejects(carrier.buy(phoneNumber, orderOf('second')), isCarrierError('not-available'));
      assert.deepEqual(await carrier.find(phoneNumber), rented);
      assert.notEqual(await offered('212'), phoneNumber);
      assert.equal((await rentals(carrier)).filter((each) => each.phoneNumber === phoneNumber).length, 1);
    });

    test('of many buyers at once one gets the number', async () => {
      const phoneNumber = await offered('213');
      const tries = await Promise.allSettled(
        ['a', 'b', 'c', 'd'].map((key) => carrier.buy(phoneNumber, orderOf(`race ${key}`))),
      );
      assert.equal(tries.filter((each) => each.status === 'fulfilled').length, 1);
      for (const each of tries) if (each.status === 'rejected') assert.ok(isCarrierError('not-available')(each.reason));
    });

    test('the same purchase sent several times at once is one', async () => {
      const phoneNumber = await offered('214');
      const order = orderOf('double click');
      const tries = await Promise.all([1, 2, 3].map(() => carrier.buy(phoneNumber, order)));
      assert.equal(new Set(tries.map((each) => each.carrierNumberId)).size, 1);
    });

    test('a purchase whose answer was lost is found, and completed by the same key', async () => {
      const phoneNumber = await offered('215');
      const order = orderOf('lost answer');
      await under.cause('lose-answer');
      await assert.rejects(carrier.buy(phoneNumber, order), isCarrierError('unavailable'));
      const found = await carrier.find(phoneNumber);
      assert.ok(found);
      assert.deepEqual(await carrier.buy(phoneNumber, order), found);
    });

    test('a purchase that failed before anything happened leaves nothing', async () => {
      const phoneNumber = await offered('216');
      await under.cause('fail-before-effect');
      await assert.rejects(carrier.buy(phoneNumber, orderOf('failed')), isCarrierError('unavailable'));
      assert.equal(await carrier.find(phoneNumber), null);
      await carrier.buy(phoneNumber, orderOf('failed'));
    });

    test('the rate limit says when to come back', async () => {
      await under.cause('rate-limit');
      try {
        await assert.rejects(carrier.find('+12125550100'), (error: unknown) => {
          assert.ok(isCarrierError('rate-limited')(error));
          const { retryAfterSeconds } = error as CarrierError;
          return retryAfterSeconds !== null && Number.isInteger(retryAfterSeconds) && retryAfterSeconds >= 1;
        });
      } finally {
        await under.cause('none');
      }
    });

    test('configure changes what is given and leaves the rest', async () => {
      const rented = await carrier.buy(await offered('301'), orderOf('configured'));
      const changed = await carrier.configure(rented.carrierNumberId, { voiceUrl: 'https://new.example/voice?x=1' });
      assert.deepEqual(changed, { ...rented, voiceUrl: 'https://new.example/voice?x=1' });
      assert.deepEqual(await carrier.find(rented.phoneNumber), changed);
      await assert.rejects(carrier.configure(rented.carrierNumberId, { voiceUrl: 'new' }), isCarrierError('invalid'));
    });

    test('release ends the rental; a second one finds it done; nobody buys the number right after', async () => {
      const order = orderOf('released');
      const rented = await carrier.buy(await offered('302'), order);
      await carrier.release(rented.carrierNumberId);
      await carrier.release(rented.carrierNumberId);
      assert.equal(await carrier.find(rented.phoneNumber), null);
      await assert.rejects(carrier.buy(rented.phoneNumber, orderOf('too early')), isCarrierError('not-available'));
      await assert.rejects(carrier.buy(rented.phoneNumber, order), isCarrierError('not-available'));
      await assert.rejects(carrier.configure(rented.carrierNumberId, {}), isCarrierError('not-available'));
      assert.ok(!(await rentals(carrier)).some((each) => each.phoneNumber === rented.phoneNumber));
    });

    test('a release whose answer was lost is done', async () => {
      const rented = await carrier.buy(await offered('303'), orderOf('lost release'));
      await under.cause('lose-answer');
      await assert.rejects(carrier.release(rented.carrierNumberId), isCarrierError('unavailable'));
      assert.equal(await carrier.find(rented.phoneNumber), null);
      await carrier.release(rented.carrierNumberId);
    });

    test('bad input is refused with a sentence before anybody is asked', async () => {
      await assert.rejects(carrier.buy('555-0100', orderOf('bad')), isCarrierError('invalid'));
      await assert.rejects(
        carrier.buy('+12125550100', { ...orderOf('bad'), voiceUrl: 'ftp://x' }),
        isCarrierError('invalid'),
      );
      await assert.rejects(carrier.buy('+12125550100', orderOf('')), isCarrierError('invalid'));
      await assert.rejects(carrier.release('42'), isCarrierError('invalid'));
    });

    test('voice requests have a token to be verified with', async () => {
      const tokens = await carrier.voiceAuthTokens();
      assert.ok(tokens.length >= 1 && tokens.every((token) => token.length >= 16));
      assert.deepEqual(await carrier.voiceAuthTokens(), tokens);
    });
  });
}

export function isCarrierError(kind: CarrierErrorKind): (error: unknown) => boolean {
  return (error) => error instanceof CarrierError && error.kind === kind && error.message.endsWith('.');
}

function orderOf(idempotencyKey: string): NumberOrder {
  return {
    idempotencyKey,
    voiceUrl: 'https://switchhook.example/voice',
    statusCallbackUrl: 'https://switchhook.example/voice/status',
    friendlyName: 'Front desk',
  };
}

async function rentals(carrier: Carrier): Promise<RentedNumber[]> {
  const all: RentedNumber[] = [];
  for await (const each of carrier.list()) all.push(each);
  return all;
}
