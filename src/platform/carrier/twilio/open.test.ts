import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { inspect } from 'node:util';
import { describeCarrierContract, isCarrierError } from '../contract.ts';
import { type Carrier, CarrierError, type NumberOrder } from '../port.ts';
import { findMisfits } from './findMisfits.ts';
import { type Imitation, startImitation } from './imitation.ts';
import { openTwilioCarrier } from './open.ts';

const timeoutMs = 2_500;

const openDoor = (imitation: Imitation, settings: Partial<Parameters<typeof openTwilioCarrier>[0]> = {}): Carrier =>
  openTwilioCarrier({
    accountSid: imitation.accountSid,
    authToken: imitation.authToken,
    secondaryAuthToken: null,
    apiUrl: imitation.url,
    ...settings,
  });

for (const lost of ['drop', 'hang'] as const) {
  describeCarrierContract(`the Twilio door, over answers that ${lost},`, async () => {
    const imitation = await startImitation();
    const carrier = openDoor(imitation, { timeoutMs });
    const troubles = {
      none: 'none',
      'fail-before-effect': 'fail',
      'lose-answer': lost,
      'rate-limit': 'limit',
    } as const;
    return {
      carrier,
      async cause(trouble) {
        imitation.trouble = troubles[trouble];
      },
      async close() {
        await carrier.close();
        await imitation.close();
        assert.deepEqual(imitation.exchanges.flatMap(findMisfits), []);
      },
    };
  });
}

describe('the Twilio door', () => {
  let imitation: Imitation;
  let carrier: Carrier;
  before(async () => {
    imitation = await startImitation({ pageRowsMax: 2 });
    carrier = openDoor(imitation, { timeoutMs });
  });
  beforeEach(() => {
    imitation.trouble = 'none';
    imitation.retryAfter = null;
    imitation.accountStatus = 'active';
  });
  after(async () => {
    await carrier.close();
    await imitation.close();
    assert.deepEqual(imitation.exchanges.flatMap(findMisfits), []);
  });

  let orders = 0;
  const order = (friendlyName = 'Front desk'): NumberOrder => {
    orders += 1;
    return {
      idempotencyKey: `buy TPN${orders}`,
      voiceUrl: 'https://x.example/v',
      statusCallbackUrl: 'https://x.example/s#rc=3&rp=all',
      friendlyName,
    };
  };
  const effectsOn = (phoneNumber: string) =>
    imitation.effects.filter((each) => each.phoneNumber === phoneNumber).map((each) => each.kind);
  const namesAt = () => imitation.exchanges.at(-1)!.form.get('FriendlyName');

  test('the key stands behind the name at Twilio, survives a renaming, and nobody else sees it', async () => {
    const longest = 'Räder & Söhne, '.repeat(4).slice(0, 48);
    const rented = await carrier.buy('+12065550101', { ...order(longest), idempotencyKey: 'k'.repeat(100) });
    assert.equal(rented.friendlyName, longest);
    assert.match(namesAt()!, / #sw[\w-]{12}$/);
    assert.equal(namesAt()!.length, 64);
    assert.equal((await carrier.find('+12065550101'))?.friendlyName, longest);
    for (const friendlyName of ['', 'Van #sw', 'The van']) {
      const renamed = await carrier.configure(rented.carrierNumberId, { friendlyName });
      assert.deepEqual(renamed, { ...rented, friendlyName });
    }
    const again = await carrier.buy('+12065550101', { ...order(), idempotencyKey: 'k'.repeat(100) });
    assert.equal(again.carrierNumberId, rented.carrierNumberId);
    assert.deepEqual(effectsOn('+12065550101'), ['buy', 'configure', 'configure', 'configure']);
  });

  test('a number without a name of ours is named after itself', async () => {
    const { friendlyName: _, ...nameless } = order();
    assert.equal((await carrier.buy('+12065550102', nameless)).friendlyName, '+12065550102');
  });

  test('a purchase whose answer was lost is one rental, however often it is sent', async () => {
    const once = order();
    imitation.trouble = 'hang';
    await assert.rejects(carrier.buy('+12065550103', once), isCarrierError('unavailable'));
    imitation.trouble = 'drop';
    const rented = await carrier.buy('+12065550103', once);
    assert.deepEqual(await carrier.buy('+12065550103', once), rented);
    assert.deepEqual(effectsOn('+12065550103'), ['buy']);
  });

  test('attempts of one process wait for each other, so that none gives up what another is about to get', async () => {
    const once = order();
    await Promise.all([carrier.buy('+12065550110', once), carrier.buy('+12065550110', once)]);
    const sent = imitation.exchanges.slice(-4).map(({ method, path }) => `${method} ${path.split('/')[4]}`);
    const number = 'IncomingPhoneNumbers.json';
    assert.deepEqual(sent, [`GET ${number}`, 'GET AvailablePhoneNumbers', `POST ${number}`, `GET ${number}`]);
  });

  test('two processes that buy at once rent once, and both learn it', async () => {
    const other = openDoor(imitation);
    const once = order();
    const tries = await Promise.all([carrier, other, carrier].map((door) => door.buy('+12065550104', once)));
    assert.equal(new Set(tries.map((each) => each.carrierNumberId)).size, 1);
    const rivals = await Promise.allSettled([carrier, other].map((door) => door.buy('+12065550105', order())));
    assert.deepEqual(rivals.map((each) => each.status).sort(), ['fulfilled', 'rejected']);
    assert.deepEqual([...effectsOn('+12065550104'), ...effectsOn('+12065550105')], ['buy', 'buy']);
    await other.close();
  });

  test('what the account rents for others is listed, is not for sale, and stays as it is', async () => {
    const sid = imitation.rentByHand('+12065550106', 'Main line');
    const foreign = await carrier.find('+12065550106');
    assert.deepEqual([foreign?.carrierNumberId, foreign?.friendlyName], [sid, 'Main line']);
    await assert.rejects(carrier.buy('+12065550106', order()), isCarrierError('not-available'));
    await carrier.configure(sid, { friendlyName: 'Main line, renamed by hand' });
    assert.equal(namesAt(), 'Main line, renamed by hand');
    assert.deepEqual(effectsOn('+12065550106'), ['configure']);
  });

  test('a list goes over pages', async () => {
    const listed: string[] = [];
    for await (const each of carrier.list()) listed.push(each.phoneNumber);
    const pages = imitation.exchanges.filter((each) => each.query.has('PageToken'));
    assert.ok(pages.length >= 2);
    assert.equal(new Set(listed).size, listed.length);
    for (const last of [1, 2, 3, 4, 5, 6]) assert.ok(listed.includes(`+1206555010${last}`));
  });

  test('a number that Twilio would give back to us is not bought while it rests', async () => {
    const { carrierNumberId } = await carrier.buy('+12065550107', order());
    await carrier.release(carrierNumberId);
    await assert.rejects(carrier.buy('+12065550107', order()), isCarrierError('not-available'));
    assert.deepEqual(effectsOn('+12065550107'), ['buy', 'release']);
  });

  test('a number of another country, or of nobody, is not available', async () => {
    await assert.rejects(carrier.buy('+442079460958', order()), isCarrierError('not-available'));
    const [canadian] = await carrier.search({ country: 'CA', kind: 'local', areaCode: '416', limit: 1 });
    assert.equal((await carrier.buy(canadian!.phoneNumber, order())).phoneNumber, canadian!.phoneNumber);
    const [tollFree] = await carrier.search({ country: 'US', kind: 'tollfree', areaCode: '833', limit: 1 });
    assert.deepEqual([tollFree!.kind, tollFree!.region, tollFree!.latitude], ['tollfree', null, null]);
    assert.equal((await carrier.buy(tollFree!.phoneNumber, order())).phoneNumber, tollFree!.phoneNumber);
  });

  test('wrong credentials are refused, and neither side of them is repeated', async () => {
    const authToken = 'f'.repeat(32);
    const stranger = openDoor(imitation, { authToken });
    await assert.rejects(stranger.checkAccess(), (error: unknown) => {
      assert.ok(isCarrierError('refused')(error));
      const told = inspect(error, { depth: 9, showHidden: true });
      const basic = Buffer.from(`${imitation.accountSid}:${authToken}`).toString('base64');
      for (const secret of [authToken, imitation.authToken, basic]) assert.ok(!told.includes(secret));
      return true;
    });
    await stranger.close();
  });

  test('an account that is not active says so, and its trouble does not name it', async () => {
    imitation.accountStatus = 'suspended';
    assert.deepEqual(await carrier.checkAccess(), { accountName: 'Wren & Harbor', status: 'suspended' });
    await assert.rejects(carrier.find('+12065550101'), (error: unknown) => {
      assert.ok(isCarrierError('refused')(error));
      assert.match((error as Error).message, /is not active \(Twilio error 20005\)\.$/);
      return !(error as Error).message.includes(imitation.accountSid);
    });
  });

  test('a slow answer, a strange one and none at all are unavailable, in time', async () => {
    const rented = await carrier.buy('+12065550108', order());
    imitation.trouble = 'hang';
    const began = performance.now();
    await assert.rejects(
      carrier.configure(rented.carrierNumberId, { voiceUrl: 'https://y.example/v' }),
      isCarrierError('unavailable'),
    );
    assert.ok(performance.now() - began < timeoutMs + 2_000);
    imitation.trouble = 'mumble';
    await assert.rejects(carrier.find('+12065550108'), isCarrierError('unavailable'));
    const nowhere = openDoor(imitation, { apiUrl: 'http://127.0.0.1:1' });
    await assert.rejects(nowhere.release(rented.carrierNumberId), isCarrierError('unavailable'));
    await nowhere.close();
  });

  test('the limit passes on when to come back, and has a moment of its own when Twilio names none', async () => {
    imitation.trouble = 'limit';
    for (const [header, seconds] of [
      ['17', 17],
      ['soon', 5],
      [null, 5],
    ] as const) {
      imitation.retryAfter = header;
      const error = await carrier.find('+12065550108').catch((reason: unknown) => reason);
      assert.ok(error instanceof CarrierError);
      assert.deepEqual([error.kind, error.retryAfterSeconds], ['rate-limited', seconds]);
    }
  });

  test('while tokens are rotated both may have signed, the current one first', async () => {
    const secondaryAuthToken = 'e'.repeat(32);
    const rotating = openDoor(imitation, { secondaryAuthToken });
    assert.deepEqual(await rotating.voiceAuthTokens(), [imitation.authToken, secondaryAuthToken]);
    assert.deepEqual(await carrier.voiceAuthTokens(), [imitation.authToken]);
    await rotating.close();
  });

  test('a 404 of somebody between us and Twilio does not end a rental', async () => {
    const rented = await carrier.buy('+12065550109', order());
    imitation.trouble = 'mumble';
    await assert.rejects(carrier.release(rented.carrierNumberId), isCarrierError('unavailable'));
    assert.deepEqual(effectsOn('+12065550109'), ['buy']);
  });
});
