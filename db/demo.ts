import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { findMembers, recordAccount, recordMembership } from '../src/accounts/store.ts';
import { recordAgency } from '../src/agencies/store.ts';
import { countPeople, hashPassword, recordPerson, recordStaff } from '../src/auth/store.ts';
import { recordCard } from '../src/billing/payments/store.ts';
import { findPlans, type Plan } from '../src/billing/store.ts';
import { kindOf } from '../src/numbers/parsePhone.ts';
import { voiceUrls } from '../src/numbers/pointNumbers.ts';
import { findArea } from '../src/platform/carrier/simulated/areas.ts';
import { openSimulatedCarrier } from '../src/platform/carrier/simulated/open.ts';
import { connect, type Db, type Tx } from '../src/platform/db.ts';
import { newSid } from '../src/platform/ids.ts';
import { record } from '../src/platform/operation.ts';
import { openPaymentBooks } from '../src/platform/payments/simulated/books.ts';
import { giveCard } from '../src/platform/payments/simulated/hosted.ts';
import { openSimulatedPayments } from '../src/platform/payments/simulated/open.ts';
import { type CallEvent, foldCall, type LegStatus } from '../src/rules/calls.ts';
import { nextPeriod, rateCall } from '../src/rules/charging.ts';
import { promisesAt } from '../src/rules/closing.ts';
import { microsPerUnit } from '../src/rules/money.ts';
import { roleNames, roles } from '../src/rules/permission.ts';
import { addDays, addMonths } from '../src/rules/time.ts';
import { tellWebsite, type WebsiteCalls } from './demoVisits.ts';

/*
 * One story told in data, for the first look: an agency with three clients (one open, one paused, one closed ten days
 * ago with its numbers still held), a plumber with an account of his own, and a year of their calls. The same each time,
 * counted back from the moment it is loaded.
 */

const password = 'switchhook-demo';

/** One person for each role; the address says which. They exist in demo installations only. */
export const demoSignIns: readonly { role: string; email: string; password: string }[] = roles.map((role) => ({
  role: roleNames[role],
  email: `${role}@demo.example`,
  password,
}));

const names = {
  'agency-administrator': 'Dana Whitfield',
  'agency-billing-manager': 'Marcus Oyelaran',
  administrator: 'Hank Larsen',
  'billing-manager': 'Priya Raman',
  'marketing-manager': 'Sofia Marchetti',
  'report-manager': 'Tom Becker',
  'call-manager': 'Alicia Gomez',
  'call-agent': 'Ben Okafor',
  'support-agent': 'Robin Fields',
  operator: 'Lee Castellano',
} as const;

interface Number_ {
  phone: string;
  name: string;
  source: string;
  receiver: string;
  /** Its share of the account's calls. */
  weight: number;
}

interface Story {
  name: string;
  timeZone: string;
  website: string;
  calls: number;
  numbers: readonly Number_[];
}

const stories = {
  dental: {
    name: 'Riverside Dental',
    timeZone: 'America/New_York',
    website: 'https://riversidedental.example',
    calls: 1_900,
    numbers: [
      { phone: '+16465550112', name: 'Website', source: 'Google organic', receiver: '+12125550190', weight: 5 },
      { phone: '+16465550127', name: 'Search campaign', source: 'Google Ads', receiver: '+12125550190', weight: 4 },
      {
        phone: '+16465550134',
        name: 'Business profile',
        source: 'Google Business Profile',
        receiver: '+12125550190',
        weight: 3,
      },
      { phone: '+18445550108', name: 'Mailer, spring', source: 'Direct mail', receiver: '+12125550191', weight: 1 },
    ],
  },
  roofing: {
    name: 'Peak Roofing',
    timeZone: 'America/Chicago',
    website: 'https://peakroofing.example',
    calls: 1_000,
    numbers: [
      { phone: '+13125550121', name: 'Website', source: 'Google organic', receiver: '+13125550177', weight: 3 },
      { phone: '+13125550146', name: 'Storm campaign', source: 'Google Ads', receiver: '+13125550177', weight: 4 },
      { phone: '+13125550153', name: 'Yard signs', source: 'Yard signs', receiver: '+13125550177', weight: 2 },
    ],
  },
  spa: {
    name: 'Sunny Day Spa',
    timeZone: 'America/Los_Angeles',
    website: 'https://sunnydayspa.example',
    calls: 600,
    numbers: [
      { phone: '+14155550116', name: 'Website', source: 'Google organic', receiver: '+14155550188', weight: 3 },
      { phone: '+14155550139', name: 'Instagram', source: 'Instagram', receiver: '+14155550188', weight: 3 },
      { phone: '+14155550164', name: 'Gift cards', source: 'Flyer', receiver: '+14155550188', weight: 1 },
    ],
  },
  plumbing: {
    name: 'Anchor Plumbing',
    timeZone: 'America/Denver',
    website: 'https://anchorplumbing.example',
    calls: 1_500,
    numbers: [
      { phone: '+13035550118', name: 'The van', source: 'Van lettering', receiver: '+17205550171', weight: 4 },
      { phone: '+13035550142', name: 'Website', source: 'Google organic', receiver: '+17205550171', weight: 4 },
      { phone: '+13035550159', name: 'Emergency ads', source: 'Google Ads', receiver: '+17205550172', weight: 2 },
      // A pool with the one above: what rings is up to who is shown what, once the website runs the script.
      { phone: '+13035550163', name: 'Emergency ads, 2', source: 'Google Ads', receiver: '+17205550172', weight: 2 },
      { phone: '+13035550175', name: 'Emergency ads, 3', source: 'Google Ads', receiver: '+17205550172', weight: 1 },
    ],
  },
} as const satisfies Record<string, Story>;

const closedDaysAgo = 10;
const pausedDaysAgo = 6;
const storyDays = 372;

/** Loads the story into a database without people; does nothing when there is anybody. One transaction: all or nothing. */
export async function loadDemo(databaseUrl: string): Promise<void> {
  const { db } = connect(databaseUrl, { max: 2 });
  try {
    if ((await countPeople(db)) > 0) return;
    const rentals = await rentAll(databaseUrl);
    const passwordHash = await hashPassword(password);
    await record(db, (tx, now) => tell(tx, now, rentals, passwordHash));
    await giveCards(db, databaseUrl);
  } finally {
    await db.destroy();
  }
}

/** The carrier's part comes first; renting under the same key again is the same rental, so a broken-off load can be repeated. */
async function rentAll(databaseUrl: string): Promise<Map<string, string>> {
  const carrier = openSimulatedCarrier({ databaseUrl });
  try {
    const rentals = new Map<string, string>();
    for (const { phone, name } of Object.values(stories).flatMap((story): readonly Number_[] => story.numbers)) {
      const urls = voiceUrls('http://localhost:3000');
      const rented = await carrier.buy(phone, { idempotencyKey: `demo ${phone}`, friendlyName: name, ...urls });
      rentals.set(phone, rented.carrierNumberId);
    }
    return rentals;
  } finally {
    await carrier.close();
  }
}

/** Whoever has a balance has a test card to top it up with. */
async function giveCards(db: Db, databaseUrl: string): Promise<void> {
  const publicUrl = 'http://localhost:3000';
  const payments = openSimulatedPayments({ databaseUrl, publicUrl });
  const books = openPaymentBooks(databaseUrl, 1);
  try {
    for (const { ownerId } of await db.selectFrom('wallet').select('ownerId').execute()) {
      const [owner] = await findMembers(db, ownerId);
      const { setupId } = await payments.openSetup({
        ownerId,
        providerCustomerId: null,
        email: owner?.email ?? '',
        ownerName: owner?.name ?? '',
        returnUrl: publicUrl,
        cancelUrl: publicUrl,
        idempotencyKey: `demo card ${ownerId}`,
      });
      await giveCard(books, setupId, 'visa');
      const { method } = await payments.findSetup(setupId);
      const card = { ownerId, provider: payments.name, method: method!, addedBy: owner?.personId ?? 'house' };
      await record(db, (tx, now) => recordCard(tx, card, now));
    }
  } finally {
    await books.end();
    await payments.close();
  }
}

async function tell(tx: Tx, now: Date, rentals: Map<string, string>, passwordHash: string): Promise<void> {
  const start = addDays(now, -storyDays);
  const plans = new Map((await findPlans(tx, start)).map((plan) => [plan.planCode, plan]));
  const people = Object.fromEntries(
    await Promise.all(
      roles.map(async (role) => [
        role,
        await recordPerson(tx, { name: names[role], email: `${role}@demo.example`, passwordHash }, start),
      ]),
    ),
  ) as Record<(typeof roles)[number], string>;
  await recordStaff(tx, people['support-agent'], 'support-agent', start);
  await recordStaff(tx, people.operator, 'operator', start);

  const agencyPlan = plans.get('agency')!;
  const agencyId = await recordAgency(tx, {
    name: 'Brightside Marketing',
    timeZone: 'America/New_York',
    createdAt: start,
  });
  const join = (personId: string, ownerId: number, role: (typeof roles)[number]) =>
    recordMembership(tx, {
      personId,
      ownerId,
      role,
      grantedAt: start,
      grantedBy: people['agency-administrator'],
      isOwner: role === 'administrator' || role === 'agency-administrator',
    });
  await join(people['agency-administrator'], agencyId, 'agency-administrator');
  await join(people['agency-billing-manager'], agencyId, 'agency-billing-manager');

  const openClient = async (story: Story): Promise<Account> => {
    const accountId = await recordAccount(tx, {
      name: story.name,
      timeZone: story.timeZone,
      agencyId,
      payer: 'agency',
      createdAt: start,
    });
    return { accountId, payerId: agencyId, plan: agencyPlan, story, boughtBy: people['agency-administrator'] };
  };
  const dental = await openClient(stories.dental);
  const roofing = await openClient(stories.roofing);
  const spa = await openClient(stories.spa);
  const shopId = await recordAccount(tx, {
    name: stories.plumbing.name,
    timeZone: stories.plumbing.timeZone,
    agencyId: null,
    payer: 'own',
    createdAt: start,
  });
  const shop: Account = {
    accountId: shopId,
    payerId: shopId,
    plan: plans.get('performance')!,
    story: stories.plumbing,
    boughtBy: people.administrator,
  };

  await join(people.administrator, shopId, 'administrator');
  await join(people['billing-manager'], shopId, 'billing-manager');
  await join(people['marketing-manager'], shopId, 'marketing-manager');
  await join(people['report-manager'], shopId, 'report-manager');
  for (const client of [dental, roofing, spa]) await join(people['call-manager'], client.accountId, 'call-manager');
  await join(people['call-agent'], dental.accountId, 'call-agent');
  await join(people.administrator, dental.accountId, 'administrator');

  const closedAt = addDays(now, -closedDaysAgo);
  await subscribe(tx, agencyId, agencyPlan, 'America/New_York', start, now);
  await subscribe(tx, shopId, shop.plan, shop.story.timeZone, start, now);
  for (const account of [dental, roofing, spa, shop]) {
    const until = account === spa ? closedAt : now;
    await tx
      .updateTable('account')
      .set({ website: account.story.website })
      .where('accountId', '=', account.accountId)
      .execute();
    await buyNumbers(tx, account, rentals, start, until);
    const visitsUntil = account === roofing ? addDays(now, -pausedDaysAgo) : now;
    const ofWebsite = await tellVisits(tx, account, start, visitsUntil, account === spa);
    await callFor(tx, account, start, now, account === spa ? closedAt : null, ofWebsite);
  }

  await tx
    .insertInto('switch')
    .values({
      accountId: roofing.accountId,
      kind: 'pause',
      turnedAt: addDays(now, -pausedDaysAgo),
      turnedBy: people['agency-administrator'],
      why: 'New website goes live next week',
    })
    .execute();
  await writeDeed(
    tx,
    roofing.accountId,
    people['agency-administrator'],
    'pause-tracking',
    addDays(now, -pausedDaysAgo),
  );
  await closeSpa(tx, spa, people['agency-administrator'], closedAt);
  await settle(tx, [agencyId, shopId], start, now);
}

async function tellVisits(
  tx: Tx,
  account: Account,
  start: Date,
  until: Date,
  isSilent: boolean,
): Promise<WebsiteCalls | null> {
  const { accountId, story } = account;
  const { website, timeZone, numbers } = story;
  const chance = dice(`${story.name}, website`);
  const poolOf = story === stories.plumbing ? 'Google Ads' : null;
  const told = {
    accountId,
    website,
    target: numbers[0]!.receiver,
    poolOf,
    // Enough for the pool to be judged.
    visits: poolOf ? 420 : 120,
    createdAt: start,
    until,
    isSilent,
  };
  return tellWebsite(tx, told, chance, (from, to) => businessMoment(chance, from, to, timeZone));
}

interface Account {
  accountId: number;
  payerId: number;
  plan: Plan;
  story: Story;
  boughtBy: string;
}

async function writeDeed(
  tx: Tx,
  ownerId: number,
  personId: string,
  action: string,
  at: Date,
  detail: object = {},
): Promise<void> {
  const role = ownerId > 0 && action !== 'sign-up' ? 'agency-administrator' : 'newcomer';
  const idempotencyKey = `demo ${action} ${at.toISOString()} ${JSON.stringify(detail)}`;
  const values = {
    ownerId,
    at,
    personId,
    role,
    action,
    idempotencyKey,
    inputHash: 'demo',
    detail: JSON.stringify(detail),
    answer: 'true',
  };
  await tx.insertInto('deed').values(values).execute();
}

/** The periods that begin in `[start, until)`, and where the paid time ends after them. */
function periodsOf(start: Date, until: Date, timeZone: string): { begins: Date[]; paidUntil: Date } {
  const begins = [start];
  let paidUntil = addMonths(start, 1, timeZone);
  while (paidUntil < until) {
    begins.push(paidUntil);
    paidUntil = nextPeriod(start, paidUntil, timeZone).until;
  }
  return { begins, paidUntil };
}

async function subscribe(tx: Tx, ownerId: number, plan: Plan, timeZone: string, start: Date, now: Date): Promise<void> {
  const { begins, paidUntil } = periodsOf(start, now, timeZone);
  await tx.insertInto('wallet').values({ ownerId, currency: plan.currency }).execute();
  await tx.insertInto('subscription').values({ ownerId, planCode: plan.planCode, anchor: start, paidUntil }).execute();
  const { planCode, version: priceVersion, monthlyFeeMicros: paidMicros, includedMinutes } = plan;
  await tx
    .insertInto('subscriptionMonth')
    .values(
      begins.map((beganAt, index) => ({
        ownerId,
        beganAt,
        endsAt: begins[index + 1] ?? paidUntil,
        planCode,
        priceVersion,
        paidMicros,
        includedMinutes,
      })),
    )
    .execute();
  await tx
    .insertInto('charge')
    .values(
      begins.map((at) => ({
        ownerId,
        cause: 'subscription',
        causeKey: `subscription from ${at.toISOString()}`,
        at,
        description: `${plan.name} plan, one month`,
        unitMicros: plan.monthlyFeeMicros,
        amountMicros: plan.monthlyFeeMicros,
        payerId: ownerId,
        settledAt: at,
      })),
    )
    .execute();
}

async function buyNumbers(
  tx: Tx,
  account: Account,
  rentals: Map<string, string>,
  start: Date,
  until: Date,
): Promise<void> {
  const { accountId, payerId, plan, story, boughtBy } = account;
  for (const [index, number] of story.numbers.entries()) {
    const boughtAt = addDays(start, 1 + index * 3);
    const { receivingNumberId } = await tx
      .insertInto('receivingNumber')
      .values({
        accountId,
        sid: newSid('RPN'),
        phoneNumber: number.receiver,
        name: number.receiver.endsWith('1') ? 'Second desk' : 'Front desk',
        createdAt: boughtAt,
      })
      .onConflict((clash) => clash.columns(['accountId', 'phoneNumber']).doUpdateSet({ phoneNumber: number.receiver }))
      .returning('receivingNumberId')
      .executeTakeFirstOrThrow();
    const { trackingSourceId } = await tx
      .insertInto('trackingSource')
      .values({ accountId, sid: newSid('TSO'), name: number.source, createdAt: boughtAt })
      .onConflict((clash) => clash.columns(['accountId', 'name']).doUpdateSet({ name: number.source }))
      .returning('trackingSourceId')
      .executeTakeFirstOrThrow();
    const monthlyPriceMicros = kindOf(number.phone) === 'tollfree' ? plan.tollFreeNumberMicros : plan.localNumberMicros;
    const { begins, paidUntil } = periodsOf(boughtAt, until, story.timeZone);
    const { trackingNumberId } = await tx
      .insertInto('trackingNumber')
      .values({
        accountId,
        sid: newSid('TPN'),
        phoneNumber: number.phone,
        kind: kindOf(number.phone),
        name: number.name,
        trackingSourceId,
        receivingNumberId,
        carrier: 'simulated',
        carrierNumberId: rentals.get(number.phone)!,
        requestedAt: boughtAt,
        boughtAt,
        renewalAnchor: boughtAt,
        paidUntil,
      })
      .returning('trackingNumberId')
      .executeTakeFirstOrThrow();
    await tx.insertInto('numberDirectory').values({ phoneNumber: number.phone, accountId, trackingNumberId }).execute();
    await tx
      .insertInto('charge')
      .values(
        begins.map((at) => ({
          ownerId: accountId,
          cause: 'number',
          causeKey: `number ${trackingNumberId} from ${at.toISOString()}`,
          at,
          description: `${number.phone}, one month`,
          trackingNumberId,
          unitMicros: monthlyPriceMicros,
          amountMicros: monthlyPriceMicros,
          payerId,
          settledAt: at,
        })),
      )
      .execute();
    await writeDeed(tx, accountId, boughtBy, 'buy-number', boughtAt, { phoneNumber: number.phone });
  }
}

/** A year of calls: more on weekdays, in business hours of the account's zone, from people who call again. */
async function callFor(
  tx: Tx,
  account: Account,
  start: Date,
  now: Date,
  closedAt: Date | null,
  ofWebsite: WebsiteCalls | null,
): Promise<void> {
  const { accountId, payerId, plan, story } = account;
  const chance = dice(story.name);
  const numbers = await tx
    .selectFrom('trackingNumber')
    .select(['trackingNumberId', 'phoneNumber', 'trackingSourceId', 'boughtAt'])
    .where('accountId', '=', accountId)
    .execute();
  const callers = Array.from({ length: Math.ceil(story.calls / 2.4) }, () =>
    makeCaller(chance, story.numbers[0]!.phone.slice(2, 5)),
  );
  const wheel = story.numbers.flatMap((number) => Array.from({ length: number.weight }, () => number));

  const course = () => ({
    fate: chance(),
    ringSeconds: 3 + Math.floor(chance() * 18),
    talkSeconds: Math.max(6, Math.round(Math.exp(4.7 + (chance() + chance() + chance() - 1.5) * 1.5))),
  });
  const anyhow = Array.from({ length: story.calls }, () => ({
    number: wheel[Math.floor(chance() * wheel.length)]!,
    caller: callers[Math.floor(chance() ** 1.6 * callers.length)]!,
    calledAt: businessMoment(chance, start, now, story.timeZone),
    ...course(),
  })).filter(({ number, calledAt }) => !ofWebsite || number.source !== ofWebsite.source || calledAt < ofWebsite.since);
  // Each visitor has a telephone of their own.
  const unused = callers.filter(({ phone }, index) => callers.findIndex((each) => each.phone === phone) === index);
  const phoneOf = new Map<string, Caller>();
  const ofVisitors = (ofWebsite?.calls ?? []).map(({ visitor, trackingNumberId, calledAt }) => {
    const phone = numbers.find((each) => each.trackingNumberId === trackingNumberId)!.phoneNumber;
    const caller = phoneOf.get(visitor) ?? unused.pop()!;
    phoneOf.set(visitor, caller);
    return { number: story.numbers.find((each) => each.phone === phone)!, caller, calledAt, ...course() };
  });
  const planned = [...anyhow, ...ofVisitors].toSorted((a, b) => a.calledAt.getTime() - b.calledAt.getTime());

  const calls = planned.flatMap(({ number, caller, calledAt, fate, ringSeconds, talkSeconds }) => {
    const rung = numbers.find((each) => each.phoneNumber === number.phone)!;
    if (calledAt <= rung.boughtAt!) return [];
    const refused = closedAt !== null && calledAt >= closedAt;
    if (refused && fate > 0.45) return [];
    const events = tellEvents(calledAt, refused, fate, ringSeconds, talkSeconds);
    const state = foldCall(calledAt, refused, events);
    return [{ number, rung, caller, calledAt, refused, events, state }];
  });
  const ids: number[] = [];
  for (let from = 0; from < calls.length; from += 1_000) {
    const rows = await tx
      .insertInto('call')
      .values(
        calls.slice(from, from + 1_000).map(({ number, rung, caller, calledAt, refused, state }) => ({
          accountId,
          payerId,
          sid: newSid('CAL'),
          carrierCallSid: `CA${createHash('md5').update(`${number.phone} ${calledAt.getTime()}`).digest('hex')}`,
          trackingNumberId: rung.trackingNumberId,
          trackingSourceId: rung.trackingSourceId,
          callerNumber: caller.phone,
          callerCity: caller.city,
          callerRegion: caller.region,
          receivingNumber: refused ? null : number.receiver,
          calledAt,
          refusedBecause: refused ? 'canceled' : null,
          ...state,
        })),
      )
      .returning('callId')
      .execute();
    ids.push(...rows.map((row) => row.callId));
  }
  const events = calls.flatMap((call, index) =>
    call.events.map((event) => ({ accountId, callId: ids[index]!, ...event })),
  );
  for (let from = 0; from < events.length; from += 5_000)
    await tx
      .insertInto('callEvent')
      .values(events.slice(from, from + 5_000))
      .execute();

  const charges = calls.flatMap(({ number, rung, state }, index) => {
    const charge = rateCall(state, closedAt);
    if (!charge) return [];
    const callId = ids[index]!;
    const unitMicros = kindOf(number.phone) === 'tollfree' ? plan.tollFreeMinuteInMicros : plan.minuteInMicros;
    return [
      {
        ownerId: accountId,
        cause: 'call',
        causeKey: `call ${callId}`,
        at: charge.at,
        description: `Incoming call, ${charge.minutes} min`,
        callId,
        trackingNumberId: rung.trackingNumberId,
        quantity: charge.minutes,
        unitMicros,
        amountMicros: charge.minutes * unitMicros,
        payerId,
        settledAt: charge.at,
      },
    ];
  });
  // `quantity` counts minutes here; the generated type knows it as a count.
  for (let from = 0; from < charges.length; from += 2_000) {
    await tx
      .insertInto('charge')
      .values(charges.slice(from, from + 2_000).map((charge) => ({ ...charge, quantity: Number(charge.quantity) })))
      .execute();
  }
}

function tellEvents(
  calledAt: Date,
  refused: boolean,
  fate: number,
  ringSeconds: number,
  talkSeconds: number,
): CallEvent[] {
  const at = (seconds: number) => new Date(calledAt.getTime() + seconds * 1000);
  const event = (
    leg: CallEvent['leg'],
    sequenceNumber: number,
    status: LegStatus,
    seconds: number,
    durationSeconds: number | null = null,
  ): CallEvent => ({
    leg,
    sequenceNumber,
    status,
    at: at(seconds),
    durationSeconds,
  });
  if (refused) return [event('caller', 0, 'completed', 7, 7)];
  const begin = [event('receiver', 0, 'initiated', 0), event('receiver', 1, 'ringing', 1)];
  if (fate < 0.78) {
    const end = ringSeconds + talkSeconds;
    return [
      ...begin,
      event('receiver', 2, 'in-progress', ringSeconds),
      event('receiver', 3, 'completed', end, talkSeconds),
      event('caller', 0, 'completed', end + 1, end + 1),
    ];
  }
  const status = fate < 0.93 ? 'no-answer' : fate < 0.985 ? 'busy' : 'failed';
  const seconds = status === 'no-answer' ? 30 : 4;
  return [
    ...begin,
    event('receiver', 2, status, seconds, 0),
    event('caller', 0, 'completed', seconds + 1, seconds + 1),
  ];
}

interface Caller {
  phone: string;
  city: string | null;
  region: string | null;
}

function makeCaller(chance: () => number, homeAreaCode: string): Caller {
  const elsewhere = ['917', '201', '508', '773', '630', '510', '650', '720', '970', '469', '404', '305'];
  const areaCode = chance() < 0.7 ? homeAreaCode : elsewhere[Math.floor(chance() * elsewhere.length)]!;
  const phone = `+1${areaCode}5550${100 + Math.floor(chance() * 100)}`;
  const area = findArea(phone);
  return { phone, city: area?.locality ?? null, region: area?.region ?? null };
}

/** A moment between the two: mostly on weekdays and between eight and seven, local time. */
function businessMoment(chance: () => number, from: Date, until: Date, timeZone: string): Date {
  for (;;) {
    const moment = new Date(from.getTime() + Math.floor(chance() * (until.getTime() - from.getTime() - 3_600_000)));
    const local = new Intl.DateTimeFormat('en-US', {
      timeZone,
      weekday: 'short',
      hour: 'numeric',
      hourCycle: 'h23',
    }).formatToParts(moment);
    const hour = Number(local.find((part) => part.type === 'hour')?.value);
    const isWeekend = ['Sat', 'Sun'].includes(local.find((part) => part.type === 'weekday')?.value ?? '');
    const likely = (hour >= 8 && hour < 19 ? 1 : hour >= 6 && hour < 22 ? 0.15 : 0.02) * (isWeekend ? 0.35 : 1);
    if (chance() < likely) return moment;
  }
}

/** A small seeded generator (mulberry32): the story is the same each time. */
function dice(seed: string): () => number {
  let state = createHash('sha256').update(seed).digest().readUInt32LE(0);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

async function closeSpa(tx: Tx, spa: Account, closedBy: string, closedAt: Date): Promise<void> {
  const { accountId } = spa;
  const promises = promisesAt(closedAt);
  const why = 'Closed for the season; may come back';
  const { closureId } = await tx
    .insertInto('closure')
    .values({ accountId, closedAt, closedBy, closedByRole: 'agency-administrator', why, ...promises, planHash: 'demo' })
    .returning('closureId')
    .executeTakeFirstOrThrow();
  const numbers = await tx
    .selectFrom('trackingNumber')
    .select('trackingNumberId')
    .where('accountId', '=', accountId)
    .execute();
  const release = {
    accountId,
    closureId,
    releasedAt: closedAt,
    releasedBy: closedBy,
    restorableUntil: promises.numbersRestorableUntil,
  };
  await tx
    .insertInto('release')
    .values(numbers.map(({ trackingNumberId }) => ({ ...release, trackingNumberId })))
    .execute();
  await writeDeed(tx, accountId, closedBy, 'close-account', closedAt, {
    why,
    releasedNumbers: numbers.length,
    ...promises,
  });
}

/** Postings for all charges, a top-up at the start of every month that covers it, and the wallets they add up to. */
async function settle(tx: Tx, payerIds: readonly number[], start: Date, now: Date): Promise<void> {
  const { rows: months } = await sql<{ payerId: number; month: number; spentMicros: bigint }>`
    select payer_id, floor(extract(epoch from at - ${start}::timestamptz) / (30 * 86400))::bigint as month, sum(amount_micros) as spent_micros
      from charge where payer_id in (${sql.join(payerIds)}) group by 1, 2 order by 1, 2
  `.execute(tx);
  const topUps = months.map(({ payerId, month, spentMicros }) => {
    const step = 50n * microsPerUnit;
    const cover = ((spentMicros + step - 1n) / step) * step + (month === 0 ? 250n * microsPerUnit : 0n);
    return {
      payerId,
      at: new Date(Math.min(start.getTime() + month * 30 * 86_400_000, now.getTime())),
      amountMicros: cover,
    };
  });
  await tx
    .insertInto('posting')
    .values(
      topUps.map(({ payerId, at, amountMicros }) => ({
        ownerId: payerId,
        at,
        debit: 'payments',
        credit: 'wallet',
        amountMicros,
        cause: 'top-up',
        causeKey: `top-up demo ${at.toISOString()}`,
        description: 'Top-up, simulated card',
      })),
    )
    .execute();
  await sql`
    update charge c set settled_at = d.settled_at
      from (select owner_id, date_trunc('day', at) as day, max(at) as settled_at from charge where cause = 'call' group by 1, 2) d
     where c.cause = 'call' and c.owner_id = d.owner_id and date_trunc('day', c.at) = d.day
  `.execute(tx);
  await sql`
    insert into posting (owner_id, at, debit, credit, amount_micros, cause, cause_key, description)
    select * from (
      select payer_id, at, 'wallet', 'revenue', amount_micros, cause, 'settle ' || owner_id || '/' || charge_id, description
        from charge where cause <> 'call'
      union all
      select payer_id, max(at), 'wallet', 'revenue', sum(amount_micros)::bigint, 'call',
             'settle ' || owner_id || '/' || max(charge_id), count(*) || ' calls'
        from charge where cause = 'call' group by owner_id, payer_id, date_trunc('day', at)
    ) lines (owner_id, at, debit, credit, amount_micros, cause, cause_key, description)
    order by at
  `.execute(tx);
  await sql`
    update wallet w set available_micros = (
      select coalesce(sum(case when credit = 'wallet' then amount_micros else -amount_micros end), 0) from posting p where p.owner_id = w.owner_id)
  `.execute(tx);
}
