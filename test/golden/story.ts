import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { recordAccount, recordMembership } from '../../src/accounts/store.ts';
import { recordAgency } from '../../src/agencies/store.ts';
import { changePlan, offerPlanChange } from '../../src/billing/plans/change.ts';
import { nameLine } from '../../src/billing/statements/nameLine.ts';
import { readWhole } from '../../src/billing/statements/readStatement.ts';
import { openSubscription } from '../../src/billing/subscribe.ts';
import { addMoney } from '../../src/billing/topUp.ts';
import { answerCall } from '../../src/calls/answer.ts';
import { followCall } from '../../src/calls/follow.ts';
import { closeAccount } from '../../src/lifecycle/closeAccount.ts';
import { offerClosing } from '../../src/lifecycle/plan.ts';
import { reactivateAccount } from '../../src/lifecycle/reactivateAccount.ts';
import { buyNumber } from '../../src/numbers/buy.ts';
import { releaseNumber } from '../../src/numbers/release.ts';
import { restoreNumber } from '../../src/numbers/restore.ts';
import { sendCommands } from '../../src/numbers/sendCommands.ts';
import { newKey } from '../../src/platform/ids.ts';
import { record } from '../../src/platform/operation.ts';
import { daysOfMonth } from '../../src/rules/calendar.ts';
import { must } from '../../src/rules/decision.ts';
import { momentOf, wallOf } from '../histories/moneyCalendar.ts';
import { openWorld, type World } from '../world.ts';

/*
 * A short story of money, played through the real verbs on dates of the year 2028, which has a 29 February. What it cost is
 * read from the statements as its reader sees them.
 */

export interface Place {
  ownerId: number;
  kind: 'account' | 'agency';
  zone: string;
  payerId: number;
}

export interface StoryNumber {
  accountId: number;
  trackingNumberId: number;
  phoneNumber: string;
}

export interface Story {
  /** Turns the clock to what a wall clock shows: "2028-02-29 10:00". The worker doesn't look. */
  on(moment: string, zone?: string): Promise<void>;
  /** The worker's look. */
  look(): Promise<void>;
  open(name: string, planCode: string, dollars: number, zone?: string): Promise<Place>;
  openAgency(planCode: string, dollars: number): Promise<Place>;
  openSubAccount(agency: Place, name: string, zone: string): Promise<Place>;
  buy(place: Place, kind?: 'local' | 'tollfree'): Promise<StoryNumber>;
  release(number: StoryNumber): Promise<void>;
  restore(number: StoryNumber): Promise<void>;
  /** A call that is answered at once and talks for so long; it may be told of later. */
  call(number: StoryNumber, seconds: number): Promise<{ end(): Promise<void> }>;
  close(place: Place): Promise<void>;
  reactivate(place: Place, restoreNumbers?: boolean): Promise<void>;
  /** Previews a change of plan and confirms it. */
  changePlan(place: Place, planCode: string): Promise<void>;
  /** New prices of a plan from now on, in dollars. */
  price(planCode: string, prices: { monthlyFee: number }): Promise<void>;
  /** A month's statement, line by line. Numbers are called N1, N2 … in the order in which they were bought. */
  statement(place: Place, month: string): Promise<string>;
  /** When the months of a plan or a number began, as the wall clock showed it. */
  began(place: Place, number?: StoryNumber): Promise<string[]>;
}

const newYork = 'America/New_York';

export async function openStory(): Promise<Story> {
  const world = await openWorld();
  const { house, cast } = world;
  const { db } = house;
  const numbers: StoryNumber[] = [];
  // The cast lives in another year.
  await sql`update subscription set paid_until = '9999-01-01Z'`.execute(db);

  const join = (ownerId: number, role: 'administrator' | 'agency-administrator', grantedAt: Date) => ({
    personId: cast.shopOwner.personId,
    ownerId,
    role,
    grantedAt,
    grantedBy: 'house',
  });
  const { actor } = cast.shopOwner;

  return {
    async on(moment, zone = newYork) {
      const at = momentOf(Date.parse(`${moment.replace(' ', 'T')}Z`), zone);
      // Back as well, at the beginning: these dates may be over.
      await sql`update clock set offset_ms = ${at} - floor(extract(epoch from clock_timestamp()) * 1000)`.execute(db);
    },
    look: () => world.work(),
    async open(name, planCode, dollars, zone = newYork) {
      const ownerId = await record(db, async (tx, now) => {
        const account = { name, timeZone: zone, agencyId: null, payer: 'own', createdAt: now } as const;
        const id = await recordAccount(tx, account);
        await recordMembership(tx, join(id, 'administrator', now));
        await addMoney(tx, id, BigInt(dollars) * 1_000_000n, newKey(), now);
        await openSubscription(tx, { ownerId: id, kind: 'standalone', timeZone: zone }, planCode, now);
        return id;
      });
      return { ownerId, kind: 'account', zone, payerId: ownerId };
    },
    async openAgency(planCode, dollars) {
      const ownerId = await record(db, async (tx, now) => {
        const id = await recordAgency(tx, { name: 'The agency', timeZone: newYork, createdAt: now });
        await recordMembership(tx, join(id, 'agency-administrator', now));
        await addMoney(tx, id, BigInt(dollars) * 1_000_000n, newKey(), now);
        await openSubscription(tx, { ownerId: id, kind: 'agency', timeZone: newYork }, planCode, now);
        return id;
      });
      return { ownerId, kind: 'agency', zone: newYork, payerId: ownerId };
    },
    async openSubAccount(agency, name, zone) {
      const { ownerId: agencyId } = agency;
      const ownerId = await record(db, async (tx, now) => {
        const id = await recordAccount(tx, { name, timeZone: zone, agencyId, payer: 'agency', createdAt: now });
        await recordMembership(tx, join(id, 'administrator', now));
        return id;
      });
      return { ownerId, kind: 'account', zone, payerId: agencyId };
    },
    async buy({ ownerId }, kind = 'local') {
      const number = kind === 'local' ? await world.rent(ownerId, actor) : await rentTollFree(world, ownerId);
      const { trackingNumberId, phoneNumber } = number;
      numbers.push({ accountId: ownerId, trackingNumberId, phoneNumber });
      return numbers.at(-1)!;
    },
    async release({ accountId, trackingNumberId }) {
      must(await releaseNumber(house, actor, accountId, trackingNumberId, newKey()));
    },
    async restore({ accountId, trackingNumberId }) {
      must(await restoreNumber(house, actor, accountId, trackingNumberId, newKey()));
    },
    async call({ accountId, phoneNumber }, seconds) {
      const nowhere = { city: null, region: null, postalCode: null, country: null };
      const answer = await answerCall(house, {
        callSid: `CA${newKey().replaceAll('-', '')}`,
        carrierAccountSid: 'AC0',
        from: '+13125550111',
        to: phoneNumber,
        callerName: null,
        forwardedFrom: null,
        fromPlace: nowhere,
        toPlace: nowhere,
        verification: null,
      });
      assert.ok(answer.kind === 'forward', 'the call is forwarded');
      const { callId } = answer;
      const answeredAt = await world.now();
      const tell = (status: 'in-progress' | 'completed', sequenceNumber: number, after: number | null) =>
        followCall(house, accountId, { callId }, () => ({
          leg: 'receiver',
          status,
          sequenceNumber,
          at: new Date(answeredAt.getTime() + (after ?? 0) * 1000),
          durationSeconds: after,
        }));
      await tell('in-progress', 2, null);
      return { end: async () => void (await tell('completed', 3, seconds)) };
    },
    async close({ ownerId }) {
      const { hash: planHash, terms } = must(await offerClosing(db, ownerId, await world.now()));
      must(await closeAccount(house, actor, ownerId, { planHash, terms, why: null }, newKey()));
    },
    async reactivate({ ownerId }, restoreNumbers = false) {
      must(await reactivateAccount(house, actor, ownerId, { restoreNumbers }, newKey()));
    },
    async changePlan({ ownerId }, planCode) {
      const asOf = await world.now();
      const { hash: planHash, terms } = must(await offerPlanChange(db, ownerId, planCode, asOf));
      must(await changePlan(house, actor, ownerId, { planCode, asOf, planHash, terms }, newKey()));
    },
    async price(planCode, { monthlyFee }) {
      await sql`
        insert into plan_price
        select (jsonb_populate_record(p, jsonb_build_object('version', p.version + 1, 'effective_from', ${await world.now()}::timestamptz,
                 'monthly_fee_micros', ${monthlyFee * 1_000_000}::bigint))).*
          from plan_price p where plan_code = ${planCode} order by version desc limit 1`.execute(db);
    },
    async statement(place, month) {
      const { ownerId, kind, payerId, zone } = place;
      const owner = { kind, ownerId, name: '', payerId, payingAgency: null, timeZone: zone, now: await world.now() };
      const whole = await readWhole(db, owner, daysOfMonth(month, zone)!);
      const say = (line: (typeof whole.lines)[number]) => {
        const index = numbers.findIndex((each) => each.trackingNumberId === line.trackingNumberId);
        const number = index < 0 ? '' : `N${index + 1} `;
        return `${number}${nameLine(line)}: ${line.quantity} × ${dollarsOf(line.unitMicros)} = ${dollarsOf(line.amountMicros)}`;
      };
      if (!whole.wallet) return whole.linesPaidByOthers.map(say).join('\n');
      return [
        `before: ${dollarsOf(whole.wallet.openingMicros)}`,
        ...whole.wallet.money.map((each) => `in: ${dollarsOf(each.amountMicros)}`),
        ...whole.lines.map(say),
        `charged: ${dollarsOf(whole.wallet.chargedMicros)}`,
        `after: ${dollarsOf(whole.wallet.closingMicros)}`,
      ].join('\n');
    },
    async began({ ownerId, zone }, number) {
      const { rows } = await sql<{ at: Date }>`
        select at from charge
         where owner_id = ${ownerId} and cause = ${number ? 'number' : 'subscription'}
           and tracking_number_id is not distinct from ${number?.trackingNumberId ?? null}
         order by at`.execute(db);
      return rows.map(({ at }) => new Date(wallOf(at.getTime(), zone)).toISOString().slice(0, 16).replace('T', ' '));
    },
  };

  async function rentTollFree({ house }: World, accountId: number): Promise<StoryNumber> {
    const [offer] = await house.carrier.search({ country: 'US', kind: 'tollfree', limit: 1 });
    const purchase = { phoneNumber: offer!.phoneNumber, name: null, source: null, receivingNumber: '+12125550199' };
    const { trackingNumberId } = must(await buyNumber(house, actor, accountId, purchase, newKey()));
    await sendCommands(house);
    return { accountId, trackingNumberId, phoneNumber: offer!.phoneNumber };
  }
}

/** Dollars with as many decimals as it takes, two at least. */
function dollarsOf(micros: bigint): string {
  const [sign, size] = micros < 0n ? ['-', -micros] : ['', micros];
  const text = `${size / 1_000_000n}.${String(size % 1_000_000n).padStart(6, '0')}`;
  return sign + text.replace(/0{1,4}$/, '');
}
