import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { form, openWorld, type World } from '../../test/world.ts';
import { findBalance } from '../billing/store.ts';
import { changeCarrierSettings, countEffects, takeCarrierDown } from '../platform/carrier/simulated/settings.ts';
import { startImitation } from '../platform/carrier/twilio/imitation.ts';
import { openTwilioCarrier } from '../platform/carrier/twilio/open.ts';
import { newKey } from '../platform/ids.ts';
import { must } from '../rules/decision.ts';
import { buyNumber } from './buy.ts';
import { pointNumbers } from './pointNumbers.ts';
import { releaseNumber } from './release.ts';
import { restoreNumber } from './restore.ts';
import { sendCommands } from './sendCommands.ts';
import { findCommands, findNumber, findNumbers } from './store.ts';

let world: World;
before(async () => {
  world = await openWorld();
});
const shop = () => world.cast.shopOwner.actor;
const purchase = (phoneNumber: string) => ({
  phoneNumber,
  name: 'The van',
  source: { name: 'Van lettering' },
  receivingNumber: '(720) 555-0171',
});
const buy = (phoneNumber: string, key = newKey()) =>
  buyNumber(world.house, shop(), world.shopId, purchase(phoneNumber), key);
const look = async (trackingNumberId: number) =>
  (await findNumber(world.house.db, world.shopId, trackingNumberId, await world.now()))!;
const balance = async () => (await findBalance(world.house.db, world.shopId)).availableMicros;

describe('buying', () => {
  test('with the carrier down nothing is half-bought: it waits, costs nothing, and happens once when it is up', async () => {
    const before = await balance();
    const { trackingNumberId } = must(await buy('+13035550121'));
    await takeCarrierDown(world.house.simulation!, 600);
    await sendCommands(world.house);
    const waiting = await look(trackingNumberId);
    assert.deepEqual([waiting.boughtAt, waiting.failedAt], [null, null]);
    assert.equal(await balance(), before);
    const [command] = await findCommands(world.house.db, { accountId: world.shopId, waitingOnly: true, limit: 5 });
    assert.ok(command!.lastError, 'the page says what the carrier said');

    await takeCarrierDown(world.house.simulation!, 0);
    await world.travel(1 / 24);
    await sendCommands(world.house);
    await sendCommands(world.house);
    assert.ok((await look(trackingNumberId)).boughtAt);
    assert.equal((await countEffects(world.house.simulation!, '+13035550121')).buy, 1);
    assert.equal(await balance(), before - 2_500_000n);
  });

  test('an answer that was lost after the sale leads to one number and one charge', async () => {
    const before = await balance();
    await changeCarrierSettings(world.house.simulation!, { timeOutNextEffects: 1 });
    const { trackingNumberId } = must(await buy('+13035550122'));
    await sendCommands(world.house);
    assert.equal((await look(trackingNumberId)).boughtAt, null);
    await world.travel(1 / 24);
    await sendCommands(world.house);
    assert.ok((await look(trackingNumberId)).boughtAt);
    assert.equal((await countEffects(world.house.simulation!, '+13035550122')).buy, 1);
    assert.equal(await balance(), before - 2_500_000n);
  });

  test('a carrier slower than the lease is asked twice, and the number is charged once', async () => {
    const before = await balance();
    const { trackingNumberId } = must(await buy('+13035550138'));
    const { carrier } = world.house;
    const slowly: typeof carrier.buy = async (phoneNumber, order) => {
      await world.travel(1 / 24);
      await sendCommands(world.house);
      return carrier.buy(phoneNumber, order);
    };
    await sendCommands({ ...world.house, carrier: { ...carrier, buy: slowly } });
    assert.ok((await look(trackingNumberId)).boughtAt);
    assert.equal(await balance(), before - 2_500_000n);
  });

  test('a number that was sold meanwhile: the purchase says so, costs nothing, and the number is free to be tried again', async () => {
    const before = await balance();
    await world.house.carrier.buy('+13035550123', {
      idempotencyKey: 'somebody else',
      voiceUrl: 'https://else.example/v',
      statusCallbackUrl: 'https://else.example/s',
    });
    const { trackingNumberId } = must(await buy('+13035550123'));
    await sendCommands(world.house);
    const failed = await look(trackingNumberId);
    assert.ok(failed.failedAt && failed.failure);
    assert.equal(await balance(), before);
    assert.equal((await buy('+13035550123')).ok, true);
    await sendCommands(world.house);
  });

  test('the same number again, under another key, is the same purchase; a double click too', async () => {
    const key = newKey();
    const bought = await Promise.all([buy('+13035550124', key), buy('+13035550124', key), buy('+13035550124')]);
    const ids = bought.map((each) => must(each).trackingNumberId);
    assert.equal(new Set(ids).size, 1);
    await sendCommands(world.house);
    assert.equal(must(await buy('+13035550124')).trackingNumberId, ids[0]);
  });

  test('what isn’t a number is refused by name of the field, with what would be right', async () => {
    for (const [phoneNumber, receivingNumber, field] of [
      ['call me', null, 'phoneNumber'],
      ['+13035550125', 'letters', 'receivingNumber'],
      ['#<CTM::AvailableNumber>', null, 'phoneNumber'],
    ] as const) {
      const decision = await buyNumber(
        world.house,
        shop(),
        world.shopId,
        { phoneNumber, receivingNumber, name: null, source: null },
        newKey(),
      );
      assert.ok(!decision.ok && decision.refusal.code === 'invalid-input');
      assert.match(decision.refusal.fields[field]!, /such as \(212\) 555-0142/);
    }
  });

  test('without enough balance nothing is ordered', async () => {
    await world.house.pool.query('update wallet set available_micros = 1000000 where owner_id = $1', [
      world.neighborId,
    ]);
    const decision = await buyNumber(
      world.house,
      world.cast.neighbor.actor,
      world.neighborId,
      purchase('+13035550126'),
      newKey(),
    );
    assert.deepEqual(decision, {
      ok: false,
      refusal: { code: 'balance-short', needMicros: 3_500_000n, haveMicros: 1_000_000n },
    });
  });
});

test('release and restore: source, routing and name come back; the month already paid costs nothing', async () => {
  const { trackingNumberId } = must(await buy('+13035550127'));
  await sendCommands(world.house);
  const before = await look(trackingNumberId);
  must(await releaseNumber(world.house, shop(), world.shopId, trackingNumberId, newKey()));
  await world.travel(13);
  assert.equal(must(await restoreNumber(world.house, shop(), world.shopId, trackingNumberId, newKey())), '0');
  const { calls30Days: _, lastCallAt: __, ...kept } = before;
  const { calls30Days: ___, lastCallAt: ____, ...back } = await look(trackingNumberId);
  assert.deepEqual(back, kept);
});

test('restoring: just before the deadline it works, at the deadline it is too late', async () => {
  for (const [msBefore, phoneNumber] of [
    [10_000, '+13035550128'],
    [0, '+13035550129'],
  ] as const) {
    const { trackingNumberId } = must(await buy(phoneNumber));
    await sendCommands(world.house);
    must(await releaseNumber(world.house, shop(), world.shopId, trackingNumberId, newKey()));
    const { release } = await look(trackingNumberId);
    await world.travelTo(new Date(release!.restorableUntil.getTime() - msBefore));
    const decision = await restoreNumber(world.house, shop(), world.shopId, trackingNumberId, newKey());
    assert.equal(decision.ok ? 'ok' : decision.refusal.code, msBefore > 0 ? 'ok' : 'too-late-to-restore');
  }
});

test('a returned number rests 45 days before anybody may have it', async () => {
  await world.work();
  const returned = (
    await findNumbers(world.house.db, world.shopId, { filter: 'released', now: await world.now() })
  ).find((each) => each.phoneNumber === '+13035550129')!;
  assert.ok(returned.release!.returnedAt);
  assert.equal(await world.house.carrier.find('+13035550129'), null);
  const early = await buy('+13035550129');
  assert.equal(!early.ok && early.refusal.code, 'number-resting');
  await world.travelTo(new Date(returned.release!.returnedAt!.getTime() + 45 * 86_400_000));
  const again = must(await buy('+13035550129'));
  await sendCommands(world.house);
  assert.ok((await look(again.trackingNumberId)).boughtAt);
});

test('numbers follow the installation to another address, and only ours', async () => {
  const house = { ...world.house, config: { ...world.house.config, publicUrl: 'https://moved.example' } };
  const foreign = await house.carrier.buy('+13035550139', {
    idempotencyKey: 'other software of ours',
    voiceUrl: 'https://else.example/v',
    statusCallbackUrl: 'https://else.example/s',
  });
  assert.ok((await pointNumbers(house)) > 0);
  assert.equal((await house.carrier.find('+13035550127'))!.voiceUrl, 'https://moved.example/carriers/voice');
  assert.equal(await pointNumbers(house), 0);
  assert.deepEqual(await house.carrier.find('+13035550139'), foreign);
});

test('the page stays when the carrier is down while searching, and says so', async () => {
  await takeCarrierDown(world.house.simulation!, 600);
  const response = await world.ask(world.cast.shopOwner, {
    method: 'GET',
    url: `/accounts/${world.shopId}/numbers/buy`,
  });
  assert.equal(response.statusCode, 503);
  assert.match(response.body, /The carrier does not answer/);
  assert.match(response.body, /Area code/);
  await takeCarrierDown(world.house.simulation!, 0);
});

test('a form that was refused keeps what was typed', async () => {
  const response = await world.ask(world.cast.shopOwner, {
    ...form({ phoneNumber: '+13035550131', receivingNumber: 'nonsense', name: 'My number' }),
    url: `/accounts/${world.shopId}/numbers`,
  });
  assert.equal(response.statusCode, 422);
  assert.match(response.body, /value="nonsense"/);
  assert.match(response.body, /value="My number"/);
});

test('behind Twilio: a lost answer is one rental and one charge, and what the account rents for others stays', async () => {
  const imitation = await startImitation();
  const { accountSid, authToken, url: apiUrl } = imitation;
  const carrier = openTwilioCarrier({ accountSid, authToken, secondaryAuthToken: null, apiUrl });
  const house = { ...world.house, carrier, simulation: null };
  imitation.rentByHand('+13035550190', 'Main line');
  const before = await balance();
  const { trackingNumberId } = must(await buyNumber(house, shop(), world.shopId, purchase('+13035550141'), newKey()));
  imitation.trouble = 'drop';
  await sendCommands(house);
  assert.equal((await look(trackingNumberId)).boughtAt, null);
  await world.travel(1 / 24);
  await sendCommands(house);
  const bought = await look(trackingNumberId);
  assert.deepEqual([bought.carrier, bought.carrierNumberId?.slice(0, 2)], ['twilio', 'PN']);
  assert.equal(await balance(), before - 2_500_000n);
  assert.equal(await pointNumbers({ ...house, config: { ...house.config, publicUrl: 'https://moved.example' } }), 1);
  const effects = imitation.effects.map((each) => `${each.kind} ${each.phoneNumber}`);
  assert.deepEqual(effects, ['buy +13035550141', 'configure +13035550141']);
  await carrier.close();
  await imitation.close();
});

test('behind a real carrier there is no simulated one to set', async () => {
  const { simulation } = world.house;
  const ask = (url: string) => world.ask(world.cast.operator, { method: 'GET', url });
  assert.match((await ask('/operations/carrier-commands')).body, /Simulated Carrier/);
  world.house.simulation = null;
  try {
    assert.doesNotMatch((await ask('/operations/carrier-commands')).body, /Simulated Carrier/);
    assert.equal((await ask('/operations/carrier')).statusCode, 404);
  } finally {
    world.house.simulation = simulation;
  }
});
