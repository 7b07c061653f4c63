import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { giveTestCard } from '../../../test/giveTestCard.ts';
import { openWorld, type World } from '../../../test/world.ts';
import { closeAccount } from '../../lifecycle/closeAccount.ts';
import { offerClosing } from '../../lifecycle/plan.ts';
import { newKey } from '../../platform/ids.ts';
import { findMails } from '../../platform/mail/store.ts';
import { record } from '../../platform/operation.ts';
import {
  changeProviderSettings,
  countMoneyMoved,
  takeProviderDown,
} from '../../platform/payments/simulated/settings.ts';
import { must } from '../../rules/decision.ts';
import { findBalance, recordCharge } from '../store.ts';
import { makeCardFirst, removeCard } from './arrangeCards.ts';
import { rechargeAll } from './recharge.ts';
import { sendPayments } from './sendPayments.ts';
import { setAutoRecharge } from './setAutoRecharge.ts';
import { findCards, findPayments, findRechargeRule } from './store.ts';

let world: World;
let ownerId: number;
beforeEach(async () => {
  world = await openWorld();
  ownerId = world.shopId;
});
const dollars = (count: number) => BigInt(count) * 1_000_000n;
const actor = () => world.cast.shopOwner.actor;
const set = async (over: Partial<Parameters<typeof setAutoRecharge>[3]> = {}) =>
  setAutoRecharge(
    world.house,
    actor(),
    ownerId,
    { isOn: true, thresholdMicros: dollars(20), amountMicros: dollars(100), ...over },
    newKey(),
  );
const available = async () => (await findBalance(world.house.db, ownerId)).availableMicros;
/** Spends what there is, but for so much. */
const spendDownTo = async (leftMicros: bigint) => {
  const unitMicros = (await available()) - leftMicros;
  const at = await world.now();
  const what = { cause: 'call', causeKey: newKey(), at, description: 'Calls', unitMicros } as const;
  await record(world.house.db, (tx) => recordCharge(tx, { ownerId, payerId: ownerId, ...what }));
};
const recharges = async () =>
  (await findPayments(world.house.db, ownerId, 50)).filter((each) => each.cause === 'auto-recharge');
const taken = async () => (await countMoneyMoved(world.house.paymentsSimulation!, ownerId)).taken;

describe('auto-recharge', () => {
  test('charges the first card below the threshold, not at it, and once however many workers look', async () => {
    must(await set());
    await spendDownTo(dollars(20));
    await rechargeAll(world.house);
    assert.equal(await taken(), 0);
    await spendDownTo(dollars(20) - 1n);
    await Promise.all([rechargeAll(world.house), rechargeAll(world.house), rechargeAll(world.house)]);
    await sendPayments(world.house);
    assert.equal(await taken(), 1);
    assert.equal(await available(), dollars(120) - 1n);
  });

  test('after a decline the backups are charged, in order', async () => {
    const declines = await giveTestCard(world.house, ownerId, 'insufficient-funds');
    const asks = await giveTestCard(world.house, ownerId, 'needs-authentication');
    const mastercard = await giveTestCard(world.house, ownerId, 'mastercard');
    const [visa] = await findCards(world.house.db, ownerId);
    must(await makeCardFirst(world.house, actor(), ownerId, declines, newKey()));
    must(await removeCard(world.house, actor(), ownerId, visa!.cardId, newKey()));
    must(await set());
    await spendDownTo(0n);
    await rechargeAll(world.house);
    const tried = (await recharges()).toReversed();
    assert.deepEqual(
      tried.map((each) => [each.cardId, each.succeededAt !== null]),
      [
        [declines, false],
        [asks, false],
        [mastercard, true],
      ],
    );
    assert.equal(await taken(), 1);
    assert.equal((await findRechargeRule(world.house.db, ownerId))!.roundsFailed, 0);
  });

  test('when all cards fail it says so by mail, comes back ever more rarely, and tries a new card at once', async () => {
    const [visa] = await findCards(world.house.db, ownerId);
    await giveTestCard(world.house, ownerId, 'expired');
    must(await removeCard(world.house, actor(), ownerId, visa!.cardId, newKey()));
    must(await set());
    await spendDownTo(0n);
    const mails = async () =>
      (await findMails(world.house.db, 50)).filter((each) => /could not charge any card/.test(each.subject)).length;
    await rechargeAll(world.house);
    await rechargeAll(world.house);
    assert.equal((await recharges()).length, 1);
    const payers = await mails();
    assert.ok(payers >= 2, 'the administrator and the billing manager');
    await world.travel(59 / 1_440);
    await rechargeAll(world.house);
    assert.equal((await recharges()).length, 1);
    await world.travel(1 / 1_440);
    await rechargeAll(world.house);
    assert.equal((await recharges()).length, 2);
    assert.equal(await mails(), 2 * payers);
    await world.travel(5 / 24);
    await rechargeAll(world.house);
    assert.equal((await recharges()).length, 2, 'six hours now');
    await giveTestCard(world.house, ownerId, 'visa');
    must(await set());
    await rechargeAll(world.house);
    assert.equal(await taken(), 1);
  });

  test('a provider that is away is no decline: the same payment is asked for again', async () => {
    must(await set());
    await spendDownTo(0n);
    await takeProviderDown(world.house.paymentsSimulation!, 60);
    await rechargeAll(world.house);
    await rechargeAll(world.house);
    assert.equal((await recharges()).length, 1);
    await takeProviderDown(world.house.paymentsSimulation!, 0);
    await changeProviderSettings(world.house.paymentsSimulation!, { timeOutNextEffects: 1 });
    for (let round = 0; round < 3; round += 1) {
      await world.travel(1 / 1_440);
      await sendPayments(world.house);
      await rechargeAll(world.house);
    }
    assert.equal(await taken(), 1);
    assert.equal(await available(), dollars(100));
  });

  test('never off, and never for whoever is closed', async () => {
    must(await set({ isOn: false }));
    await spendDownTo(0n);
    await rechargeAll(world.house);
    must(await set());
    const { hash: planHash, terms } = must(await offerClosing(world.house.db, ownerId, await world.now()));
    must(await closeAccount(world.house, actor(), ownerId, { planHash, terms, why: null }, newKey()));
    await rechargeAll(world.house);
    assert.deepEqual(await recharges(), []);
  });

  test('needs a card, a sound amount, and a balance of one’s own; the last card stays while it is on', async () => {
    const code = async (decision: Promise<{ ok: boolean; refusal?: { code: string } }>) => {
      const decided = await decision;
      return decided.ok ? 'ok' : decided.refusal!.code;
    };
    assert.equal(await code(set({ amountMicros: dollars(5) })), 'invalid-input');
    assert.equal(await code(set({ thresholdMicros: dollars(-1) })), 'invalid-input');
    assert.equal(await code(set({ thresholdMicros: dollars(5_001) })), 'invalid-input');
    must(await set());
    const [visa] = await findCards(world.house.db, ownerId);
    const remove = () => code(removeCard(world.house, actor(), ownerId, visa!.cardId, newKey()));
    assert.equal(await remove(), 'recharge-needs-card');
    must(await set({ isOn: false }));
    assert.equal(await remove(), 'ok');
    assert.equal(await code(set()), 'no-card');
    const { clientId, cast, house } = world;
    const wish = { isOn: true, thresholdMicros: dollars(20), amountMicros: dollars(100) };
    assert.equal(
      await code(setAutoRecharge(house, cast.clientAdmin.actor, clientId, wish, newKey())),
      'paid-by-agency',
    );
  });
});
