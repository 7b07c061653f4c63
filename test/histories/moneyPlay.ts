import assert from 'node:assert/strict';
import fc from 'fast-check';
import { sql } from 'kysely';
import { findAccount, recordAccount, recordMembership } from '../../src/accounts/store.ts';
import { resumeSwitch, turnSwitch } from '../../src/accounts/turnSwitch.ts';
import { recordAgency } from '../../src/agencies/store.ts';
import { declineOrWithdraw } from '../../src/billing/payers/endOffer.ts';
import { offerPayer } from '../../src/billing/payers/offerPayer.ts';
import { findOpenOffer } from '../../src/billing/payers/store.ts';
import { makeCardFirst, removeCard } from '../../src/billing/payments/arrangeCards.ts';
import { setAutoRecharge } from '../../src/billing/payments/setAutoRecharge.ts';
import { findCards } from '../../src/billing/payments/store.ts';
import { changePlan, offerPlanChange } from '../../src/billing/plans/change.ts';
import { setPrices } from '../../src/billing/plans/setPrices.ts';
import { renewSubscriptions } from '../../src/billing/renewSubscriptions.ts';
import { settleAll } from '../../src/billing/settle.ts';
import { findDriftedWallets, findSubscription } from '../../src/billing/store.ts';
import { openSubscription } from '../../src/billing/subscribe.ts';
import { addMoney, topUp } from '../../src/billing/topUp.ts';
import { answerCall } from '../../src/calls/answer.ts';
import { followCall } from '../../src/calls/follow.ts';
import { acceptOffer, termsOfOffer } from '../../src/lifecycle/acceptOffer.ts';
import { offerAgencyClosing } from '../../src/lifecycle/agencyPlan.ts';
import { bringAgencyBack, bringBackAlone } from '../../src/lifecycle/bringBack.ts';
import { cancelAgency } from '../../src/lifecycle/cancelAgency.ts';
import { carryOutClosures } from '../../src/lifecycle/carryOutClosures.ts';
import { closeAccount } from '../../src/lifecycle/closeAccount.ts';
import { offerClosing } from '../../src/lifecycle/plan.ts';
import { reactivateAccount } from '../../src/lifecycle/reactivateAccount.ts';
import { buyNumber } from '../../src/numbers/buy.ts';
import { releaseNumber } from '../../src/numbers/release.ts';
import { renewNumbers } from '../../src/numbers/renew.ts';
import { restoreNumber } from '../../src/numbers/restore.ts';
import { sendCommands } from '../../src/numbers/sendCommands.ts';
import { changeCarrierSettings } from '../../src/platform/carrier/simulated/settings.ts';
import { turnClock } from '../../src/platform/clock.ts';
import { newKey } from '../../src/platform/ids.ts';
import { type Actor, perform, record } from '../../src/platform/operation.ts';
import type { Decision } from '../../src/rules/decision.ts';
import { microsPerUnit } from '../../src/rules/money.ts';
import { mustFindTicket } from '../../src/support/mustFindTicket.ts';
import { askRefund } from '../../src/support/refunds/ask.ts';
import { approveOnTicket, declineOnTicket } from '../../src/support/refunds/decide.ts';
import { markPaidByHand } from '../../src/support/refunds/payPart.ts';
import { giveTestCard } from '../giveTestCard.ts';
import { openWorld, password, type World } from '../world.ts';
import { sayLives, seed } from './history.ts';
import { momentOf, monthsAfter, wallOf } from './moneyCalendar.ts';
import { type MoneyLife, type MoneyStep, moneyLife } from './moneyHistory.ts';
import { firstPrices, type PriceSheet } from './moneyOracle.ts';
import {
  checkBooks,
  checkCharges,
  checkOwed,
  checkPayments,
  checkStatements,
  type Diary,
  type Opening,
} from './moneyRows.ts';
import { openSnapshots, type ReadEverything } from './moneySnapshot.ts';

const day = 86_400_000;
const everyStep: MoneyStep['do'][] = [
  'top up',
  'buy',
  'release',
  'restore',
  'ring',
  'turn',
  'close',
  'reactivate',
  'cancel agency',
  'bring agency back',
  'bring back alone',
  'ask refund',
  'decide refund',
  'pay refund',
  'change plan',
  'offer payer',
  'answer offer',
  'give card',
  'remove card',
  'set auto-recharge',
];
const standalonePlans = ['starter', 'performance', 'marketing-lite', 'essentials', 'pro'];
const agencyPlans = ['agency', 'agency-plus'];
/** A life without a number would cost little. */
const firstNumber: MoneyStep = { do: 'buy', place: 0, kind: 'local' };
const agencyName = 'Agency for life';

/** A world in which one life follows another, with what they share. */
export interface Lane {
  world: World;
  sheet: PriceSheet;
  readEverything: ReadEverything;
  /** Numbers that the carrier offers and nobody has bought yet. */
  offers: Record<'local' | 'tollfree', string[]>;
  /** How often each kind of step had its effect. */
  done: Map<MoneyStep['do'], number>;
  lives: number;
}

interface Life extends Lane {
  agencyId: number | null;
  agencyActor: Actor;
  /** Who administers the accounts. */
  actor: Actor;
  openings: Opening[];
  accountIds: number[];
  ownerIds: number[];
  calls: { accountId: number; callId: number; answeredAt: Date }[];
  diary: Diary;
}

/**
 * Plays random lives on the database, and compares what was charged with what an independent reckoning says. With SHRINK=1 a
 * life that fails is made as short as it can be, which takes minutes.
 */
export async function playMoney(count: number, lifeSeed = seed): Promise<void> {
  let lane = await openLane();
  await fc.assert(
    fc.asyncProperty(moneyLife(6), async (plan) => {
      if (lane.lives > 0 && lane.lives % livesPerWorld === 0) lane = await renewLane(lane);
      await playLife(lane, plan);
      sayLives(lane.lives, count, lifeSeed);
    }),
    { numRuns: count, seed: lifeSeed, endOnFailure: process.env.SHRINK !== '1' },
  );
  assert.deepEqual(await findDriftedWallets(lane.world.house.db), []);
  if (count < 1_000) return;
  const idle = everyStep.filter((each) => !lane.done.has(each));
  assert.deepEqual(idle, [], 'so many lives, and these steps never had an effect');
}

export async function openLane(): Promise<Lane> {
  const world = await openWorld();
  await changeCarrierSettings(world.house.simulation!, { requestsPerSecond: null });
  await endCast(world);
  const readEverything = await openSnapshots(world.house.db);
  return {
    world,
    sheet: firstPrices(),
    readEverything,
    offers: { local: [], tollfree: [] },
    done: new Map(),
    lives: 0,
  };
}

/** Every life takes its world on by a year or so, and nobody's card expires in 2200. */
const livesPerWorld = 100;

async function renewLane({ world, done, lives }: Lane): Promise<Lane> {
  assert.deepEqual(await findDriftedWallets(world.house.db), []);
  await world[Symbol.asyncDispose]();
  return { ...(await openLane()), done, lives };
}

/** One life from its opening to the worker's last look. */
export async function playLife(lane: Lane, plan: MoneyLife): Promise<void> {
  const { world, sheet } = lane;
  const { db } = world.house;
  lane.lives += 1;
  const life = await openLife(lane, plan);
  try {
    for (const step of [firstNumber, ...plan.chapters.flat()]) {
      await play(life, step);
      await checkBooks(db, life.ownerIds);
    }
    const since = await world.now();
    await world.work();
    const until = await world.now();
    await checkBooks(db, life.ownerIds);
    await checkCharges(db, life.openings, life.diary, sheet, since.getTime(), until.getTime());
    await checkStatements(db, life.openings, until);
    await checkOwed(db, life.ownerIds, since);
    await checkPayments(db, life.ownerIds, since);
  } finally {
    await putAway(life);
  }
}

/** The cast’s own months would be charged in every look of every life. */
async function endCast({ house }: World): Promise<void> {
  await sql`update subscription set paid_until = '9999-01-01Z'`.execute(house.db);
}

async function putAway({ world: { house }, ownerIds }: Life): Promise<void> {
  await sql`update subscription set paid_until = '9999-01-01Z' where owner_id = any (${ownerIds}::bigint[])`.execute(
    house.db,
  );
  await sql`update auto_recharge set is_on = false where owner_id = any (${ownerIds}::bigint[])`.execute(house.db);
  await sql`delete from reminder where owner_id = any (${ownerIds}::bigint[])`.execute(house.db);
  await sql`update tracking_number set paid_until = '9999-01-01Z' where account_id = any (${ownerIds}::bigint[]) and bought_at is not null`.execute(
    house.db,
  );
}

async function openLife(lane: Lane, life: MoneyLife): Promise<Life> {
  const { world } = lane;
  const { house, cast } = world;
  await turnTo(world, startOf(life, (await world.now()).getTime()));
  const openings: Opening[] = [];
  const planCode = standalonePlans[life.plan]!;
  const agencyPlan = agencyPlans[life.plan % 2]!;
  const agencyId = await record(house.db, async (tx, now) => {
    const at = now.getTime();
    const grant = { grantedAt: now, grantedBy: 'house' };
    const open = async (owner: { zone: string; agencyId: number | null; payer: 'own' | 'agency' }) => {
      const { zone, agencyId, payer } = owner;
      const ownerId = await recordAccount(tx, {
        name: 'Account for life',
        timeZone: zone,
        agencyId,
        payer,
        createdAt: now,
      });
      await recordMembership(tx, { ...grant, personId: cast.clientAdmin.personId, ownerId, role: 'administrator' });
      const payerId = payer === 'own' ? ownerId : agencyId!;
      if (payer === 'own') {
        await addMoney(tx, ownerId, BigInt(life.units) * microsPerUnit, newKey(), now);
        await openSubscription(tx, { ownerId, kind: 'standalone', timeZone: zone }, planCode, now);
      }
      openings.push({ ownerId, zone, agencyId, planCode: payer === 'own' ? planCode : null, payerId, at });
    };
    if (life.kind === 'standalone') {
      await open({ zone: life.zone, agencyId: null, payer: 'own' });
      return null;
    }
    const id = await recordAgency(tx, { name: agencyName, timeZone: life.zone, createdAt: now });
    await recordMembership(tx, {
      ...grant,
      personId: cast.agencyOwner.personId,
      ownerId: id,
      role: 'agency-administrator',
    });
    await addMoney(tx, id, BigInt(life.units) * microsPerUnit, newKey(), now);
    await openSubscription(tx, { ownerId: id, kind: 'agency', timeZone: life.zone }, agencyPlan, now);
    openings.push({ ownerId: id, zone: life.zone, agencyId: null, planCode: agencyPlan, payerId: id, at });
    await open({ zone: life.zone, agencyId: id, payer: 'agency' });
    await open({ zone: life.otherZone, agencyId: id, payer: 'agency' });
    await open({ zone: life.otherZone, agencyId: id, payer: 'own' });
    return id;
  });
  for (const { ownerId, payerId } of openings) if (ownerId === payerId) await giveTestCard(house, ownerId);
  const ownerIds = openings.map((each) => each.ownerId);
  return {
    ...lane,
    agencyId,
    agencyActor: cast.agencyOwner.actor,
    actor: cast.clientAdmin.actor,
    openings,
    accountIds: ownerIds.filter((each) => each !== agencyId),
    ownerIds,
    calls: [],
    diary: { told: new Map(), asOf: new Map() },
  };
}

/** To a moment, unless it is over. */
async function turnTo(world: World, moment: number): Promise<void> {
  const now = await world.now();
  await turnClock(world.house.db, Math.max(0, moment - now.getTime()));
}

/** A moment after now that is as the life wants its beginning. */
function startOf({ start, zone, timeOfDayMs }: MoneyLife, now: number): number {
  const today = Math.floor(wallOf(now, zone) / day) * day;
  const isSo = (wall: number): boolean => {
    const date = new Date(wall);
    switch (start) {
      case 'anywhere':
        return true;
      case 'the end of a long month':
        return date.getUTCDate() === 31;
      case 'a leap day':
        return date.getUTCMonth() === 1 && date.getUTCDate() === 29;
      case 'a month before a clock change': {
        const noon = monthsAfter(momentOf(wall + day / 2, zone), 1, zone);
        return wallOf(noon, zone) - noon !== wallOf(noon - day, zone) - (noon - day);
      }
    }
  };
  for (let days = 1; days < 400 || (start === 'a leap day' && days < 3000); days += 1) {
    if (isSo(today + days * day)) return momentOf(today + days * day + timeOfDayMs, zone);
  }
  return now;
}

/** Refusals are part of life: what may not be done changes nothing. */
async function play(life: Life, step: MoneyStep): Promise<void> {
  const { world, agencyId, actor, agencyActor } = life;
  const { house, cast } = world;
  const now = await world.now();
  const accountId = 'place' in step ? life.accountIds[step.place % life.accountIds.length]! : 0;
  const deed = (attempt: () => Promise<Decision<unknown>>) => refusedChangesNothing(life, step.do, attempt);
  const asSupport = (
    action: 'reactivate-agency' | 'reactivate-as-standalone',
    ownerId: number,
    carryOut: Parameters<typeof perform<object, true>>[2],
  ) =>
    deed(() => perform(house, { action, actor: cast.supportAgent.actor, ownerId, key: newKey(), input: {} }, carryOut));
  switch (step.do) {
    case 'wait':
      return void (await turnClock(house.db, step.ms));
    case 'wait for the next month': {
      const due = await findDue(life, now);
      const at = (due[step.pick % Math.max(1, due.length)]?.getTime() ?? 0) + step.offMs;
      await turnTo(world, at);
      return;
    }
    case 'sweep':
      return look(world, step.how);
    case 'top up': {
      const ownerId = life.ownerIds[step.place % life.ownerIds.length]!;
      return deed(() =>
        topUp(house, ownerId === agencyId ? agencyActor : actor, ownerId, BigInt(step.units) * microsPerUnit, newKey()),
      );
    }
    case 'buy': {
      const phoneNumber = await nextOffer(life, step.kind);
      if (!phoneNumber) return;
      const purchase = { phoneNumber, name: null, source: null, receivingNumber: '+12125550199' };
      await deed(() => buyNumber(house, actor, accountId, purchase, newKey()));
      await sendCommands(house);
      return;
    }
    case 'release':
    case 'restore': {
      const number = await pickNumber(life, step.pick);
      if (!number) return;
      const verb = step.do === 'release' ? releaseNumber : restoreNumber;
      return deed(() => verb(house, actor, number.accountId, number.trackingNumberId, newKey()));
    }
    case 'ring':
      return ring(life, step.pick);
    case 'hang up': {
      const call = life.calls[step.pick % Math.max(1, life.calls.length)];
      if (!call) return;
      life.calls = life.calls.filter((each) => each !== call);
      const talkSeconds = Math.min(step.seconds, Math.floor((now.getTime() - call.answeredAt.getTime()) / 1000));
      const at = new Date(call.answeredAt.getTime() + talkSeconds * 1000);
      const ending = {
        leg: 'receiver',
        status: 'completed',
        sequenceNumber: 3,
        at,
        durationSeconds: talkSeconds,
      } as const;
      life.diary.told.set(call.callId, now.getTime());
      await followCall(house, call.accountId, { callId: call.callId }, () => ending);
      return;
    }
    case 'turn':
      return deed(() => turnSwitch(house, actor, accountId, step.kind, null, newKey()));
    case 'resume':
      return deed(() => resumeSwitch(house, actor, accountId, step.kind, newKey()));
    case 'close': {
      const offered = await offerClosing(house.db, accountId, now);
      if (!offered.ok) return;
      const { hash: planHash, terms } = offered.value;
      return deed(() => closeAccount(house, actor, accountId, { planHash, terms, why: null }, newKey()));
    }
    case 'reactivate':
      return deed(() => reactivateAccount(house, actor, accountId, { restoreNumbers: step.withNumbers }, newKey()));
    case 'cancel agency': {
      const offered = agencyId === null ? null : await offerAgencyClosing(house.db, agencyId, now);
      if (!offered?.ok) return;
      const { hash: planHash, terms } = offered.value;
      const confirmation = { planHash, terms, name: agencyName, password, reason: null, why: null };
      return deed(() => cancelAgency(house, agencyActor, agencyId!, confirmation, newKey()));
    }
    case 'bring agency back': {
      if (agencyId === null) return;
      const numbers = step.withNumbers ? 'all' : [];
      const accountIds = step.withAccounts ? await findCanceledWith(life) : [];
      return asSupport('reactivate-agency', agencyId, async (one) => {
        await bringAgencyBack(one, agencyId, { accountIds, numbers });
        return true;
      });
    }
    case 'bring back alone': {
      if (agencyId === null) return;
      const numbers = step.withNumbers ? 'all' : [];
      return asSupport('reactivate-as-standalone', accountId, async (one) => {
        await bringBackAlone(one, accountId, { planCode: 'starter', numbers });
        return true;
      });
    }
    case 'offer payer': {
      const account = await findAccount(house.db, accountId, now);
      const payer = account?.payer === 'own' ? 'agency' : 'own';
      const by = step.byAccount ? actor : agencyActor;
      const planCode = payer === 'own' ? standalonePlans[step.plan]! : null;
      return deed(() => offerPayer(house, by, accountId, { payer, planCode, note: null }, newKey()));
    }
    case 'answer offer': {
      const offer = await findOpenOffer(house.db, accountId, now);
      if (!offer) return;
      const { payerOfferId } = offer;
      const by = offer.offeredSide === 'agency' ? actor : agencyActor;
      if (!step.isAccepted)
        return deed(() => declineOrWithdraw(house, by, accountId, { payerOfferId, outcome: 'declined' }, newKey()));
      const { hash: termsHash, terms } = await termsOfOffer(house.db, offer, now);
      const firstPaymentMicros = 500n * microsPerUnit;
      return deed(() =>
        acceptOffer(house, by, accountId, { payerOfferId, termsHash, terms, firstPaymentMicros }, newKey()),
      );
    }
    case 'give card': {
      const ownerId = life.ownerIds[step.place % life.ownerIds.length]!;
      if (!(await findSubscription(house.db, ownerId))) return;
      const cardId = await giveTestCard(house, ownerId, step.card);
      life.done.set('give card', 1);
      if (!step.isFirst) return;
      return deed(() => makeCardFirst(house, ownerId === agencyId ? agencyActor : actor, ownerId, cardId, newKey()));
    }
    case 'remove card': {
      const ownerId = life.ownerIds[step.place % life.ownerIds.length]!;
      const cards = await findCards(house.db, ownerId);
      const card = cards[step.pick % Math.max(1, cards.length)];
      if (!card) return;
      return deed(() => removeCard(house, ownerId === agencyId ? agencyActor : actor, ownerId, card.cardId, newKey()));
    }
    case 'set auto-recharge': {
      const ownerId = life.ownerIds[step.place % life.ownerIds.length]!;
      const wish = {
        isOn: step.isOn,
        thresholdMicros: BigInt(step.thresholdUnits) * microsPerUnit,
        amountMicros: BigInt(step.units) * microsPerUnit,
      };
      return deed(() => setAutoRecharge(house, ownerId === agencyId ? agencyActor : actor, ownerId, wish, newKey()));
    }
    case 'ask refund': {
      const ownerId = life.ownerIds[step.place % life.ownerIds.length]!;
      return deed(() => askRefund(house, ownerId === agencyId ? agencyActor : actor, ownerId, newKey()));
    }
    case 'decide refund': {
      const refund = await findLastRefund(life, step.place);
      if (!refund) return;
      const payout = { way: 'payments', payee: 'Somebody, account ending in 6789' } as const;
      const { supportAgent } = cast;
      return deed(() =>
        step.isApproved
          ? approveOnTicket(house, supportAgent.actor, refund.ticket, payout, newKey())
          : declineOnTicket(house, supportAgent.actor, refund.ticket, 'Not now.', newKey()),
      );
    }
    case 'pay refund': {
      const refund = await findLastRefund(life, step.place);
      if (!refund?.refundPartId) return;
      const payment = { refundPartId: refund.refundPartId, reference: 'wire 1' };
      return deed(() => markPaidByHand(house, cast.supportAgent.actor, refund.ticket, payment, newKey()));
    }
    case 'change plan': {
      const ownerId = life.ownerIds[step.place % life.ownerIds.length]!;
      const isAgency = ownerId === agencyId;
      const plans = isAgency ? agencyPlans : standalonePlans;
      const planCode = plans[step.plan % plans.length]!;
      const offered = await offerPlanChange(house.db, ownerId, planCode, now);
      if (!offered.ok) return;
      const { hash: planHash, terms } = offered.value;
      return deed(async () => {
        const confirmed = { planCode, asOf: now, planHash, terms };
        const decision = await changePlan(house, isAgency ? agencyActor : actor, ownerId, confirmed, newKey());
        const { asOf } = life.diary;
        if (decision.ok) asOf.set(ownerId, [...(asOf.get(ownerId) ?? []), now.getTime()]);
        return decision;
      });
    }
    case 'change prices': {
      const payers = life.openings.flatMap((each) => each.planCode ?? []);
      await changePrices(life, payers[step.place % payers.length]!, step.percent, step.inMs, now);
    }
  }
}

async function look(world: World, how: Extract<MoneyStep, { do: 'sweep' }>['how']): Promise<void> {
  const { db } = world.house;
  switch (how) {
    case 'whole':
      return world.work();
    case 'twice at once':
      await Promise.all([world.work(), world.work()]);
      return;
    case 'subscriptions':
      return void (await renewSubscriptions(db));
    case 'numbers':
      return void (await renewNumbers(db));
    case 'settle':
      return void (await settleAll(db));
    case 'closures':
      return void (await carryOutClosures(world.house));
  }
}

async function ring(life: Life, index: number): Promise<void> {
  const { house } = life.world;
  const number = await pickNumber(life, index);
  if (!number) return;
  const nowhere = { city: null, region: null, postalCode: null, country: null };
  const answer = await answerCall(house, {
    callSid: `CA${newKey().replaceAll('-', '')}`,
    carrierAccountSid: 'AC0',
    from: '+13125550111',
    to: number.phoneNumber,
    callerName: null,
    forwardedFrom: null,
    fromPlace: nowhere,
    toPlace: nowhere,
    verification: null,
  });
  if (answer.kind !== 'forward') return;
  const answeredAt = await life.world.now();
  const answered = {
    leg: 'receiver',
    status: 'in-progress',
    sequenceNumber: 2,
    at: answeredAt,
    durationSeconds: null,
  } as const;
  await followCall(house, answer.accountId, { callId: answer.callId }, () => answered);
  life.done.set('ring', 1);
  life.calls.push({ accountId: answer.accountId, callId: answer.callId, answeredAt });
}

async function nextOffer({ world, offers }: Life, kind: 'local' | 'tollfree'): Promise<string | undefined> {
  if (offers[kind].length === 0) {
    const found = await world.house.carrier.search({ country: 'US', kind, limit: 100 });
    offers[kind] = found.map((each) => each.phoneNumber);
  }
  return offers[kind].shift();
}

/** The operator’s prices of a plan, in percent of what it cost at first. */
async function changePrices(
  { world, sheet }: Life,
  planCode: string,
  percent: number,
  inMs: number,
  now: Date,
): Promise<void> {
  const first = sheet.find((each) => each.planCode === planCode)!.prices;
  const part = (whole: bigint) => (whole * BigInt(percent)) / 100n;
  const prices = {
    feeMicros: part(first.feeMicros),
    localMicros: part(first.localMicros),
    tollfreeMicros: part(first.tollfreeMicros),
    minuteMicros: part(first.minuteMicros),
    tollfreeMinuteMicros: part(first.tollfreeMinuteMicros),
    includedMinutes: part(first.includedMinutes),
    isCredited: first.isCredited,
  };
  const decision = await setPrices(
    world.house,
    world.cast.operator.actor,
    planCode,
    {
      effectiveFrom: inMs === 0 ? null : new Date(now.getTime() + inMs),
      monthlyFeeMicros: prices.feeMicros,
      localNumberMicros: prices.localMicros,
      tollFreeNumberMicros: prices.tollfreeMicros,
      minuteInMicros: prices.minuteMicros,
      tollFreeMinuteInMicros: prices.tollfreeMinuteMicros,
      minuteOutMicros: prices.minuteMicros,
      recordingMinuteMicros: 0n,
      transcriptionMinuteMicros: 0n,
      includedMinutes: Number(prices.includedMinutes),
      creditsUnusedTime: prices.isCredited,
    },
    newKey(),
  );
  if (decision.ok) sheet.push({ planCode, from: Date.parse(decision.value), prices });
}

async function findDue({ world, ownerIds }: Life, now: Date): Promise<Date[]> {
  const { rows } = await sql<{ paidUntil: Date }>`
    select paid_until from subscription where owner_id = any (${ownerIds}::bigint[])
    union all
    select paid_until from tracking_number where account_id = any (${ownerIds}::bigint[]) and paid_until > ${now}
     order by 1`.execute(world.house.db);
  return rows.map((each) => each.paidUntil);
}

async function findLastRefund({ world, ownerIds }: Life, place: number) {
  const ownerId = ownerIds[place % ownerIds.length]!;
  const { rows } = await sql<{ ticketId: number; refundPartId: number | null }>`
    select r.ticket_id, p.refund_part_id from refund r left join refund_part p using (owner_id, refund_id)
     where r.owner_id = ${ownerId} order by r.refund_id desc, p.refund_part_id limit 1`.execute(world.house.db);
  const [row] = rows;
  if (!row) return null;
  const ticket = await mustFindTicket(world.house.db, ownerId, row.ticketId);
  return { ticket, refundPartId: row.refundPartId };
}

async function findCanceledWith({ world, agencyId }: Life): Promise<number[]> {
  const { rows } = await sql<{ accountId: number }>`
    select c.account_id from closure c join agency_closure g using (agency_closure_id)
     where g.agency_id = ${agencyId} and g.reactivated_at is null and c.reactivated_at is null`.execute(world.house.db);
  return rows.map((each) => each.accountId);
}

async function pickNumber({ world, accountIds }: Life, index: number) {
  const { rows } = await sql<{ accountId: number; trackingNumberId: number; phoneNumber: string }>`
    select account_id, tracking_number_id, phone_number from tracking_number
     where account_id = any (${accountIds}::bigint[]) order by tracking_number_id`.execute(world.house.db);
  return rows[index % Math.max(1, rows.length)] ?? null;
}

async function refusedChangesNothing(
  { readEverything, ownerIds, done, lives }: Life,
  what: MoneyStep['do'],
  attempt: () => Promise<Decision<unknown>>,
): Promise<void> {
  // Reading everything takes as long as the deed itself: each third life does so.
  const before = lives % 3 === 1 ? await readEverything(ownerIds) : null;
  const decision = await attempt();
  if (decision.ok) done.set(what, (done.get(what) ?? 0) + 1);
  else if (before !== null)
    assert.equal(await readEverything(ownerIds), before, `refused with ${decision.refusal.code}`);
}
