import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { after } from 'node:test';
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import pg from 'pg';
import { findAuthority } from '../src/accounts/findAuthority.ts';
import { recordMembership } from '../src/accounts/store.ts';
import { hashPassword, recordPerson, recordStaff } from '../src/auth/store.ts';
import { sendPayments } from '../src/billing/payments/sendPayments.ts';
import { sendParts } from '../src/billing/refunds/sendParts.ts';
import { addMoney } from '../src/billing/topUp.ts';
import { carryOutClosures } from '../src/lifecycle/carryOutClosures.ts';
import { openSubAccount } from '../src/lifecycle/openSubAccount.ts';
import { signUp } from '../src/lifecycle/signUp.ts';
import { buyNumber } from '../src/numbers/buy.ts';
import { sendCommands } from '../src/numbers/sendCommands.ts';
import { findNumber, type TrackingNumber } from '../src/numbers/store.ts';
import { openBooks } from '../src/platform/carrier/simulated/books.ts';
import { openSimulatedCarrier } from '../src/platform/carrier/simulated/open.ts';
import { readClock, turnClock } from '../src/platform/clock.ts';
import type { Config } from '../src/platform/config.ts';
import { connect } from '../src/platform/db.ts';
import type { House } from '../src/platform/house.ts';
import { newKey } from '../src/platform/ids.ts';
import type { Jobs } from '../src/platform/jobs.ts';
import { createLog, type Log } from '../src/platform/log.ts';
import type { Mailer } from '../src/platform/mail/port.ts';
import { sendMails } from '../src/platform/mail/sendMails.ts';
import { createMetrics } from '../src/platform/metrics.ts';
import { migrate } from '../src/platform/migrate.ts';
import { type Actor, record } from '../src/platform/operation.ts';
import { openPaymentBooks } from '../src/platform/payments/simulated/books.ts';
import { openSimulatedPayments } from '../src/platform/payments/simulated/open.ts';
import { keepKey, openSecrets } from '../src/platform/secrets.ts';
import { type Decision, must } from '../src/rules/decision.ts';
import { microsPerUnit } from '../src/rules/money.ts';
import { accountRoles, type Role } from '../src/rules/permission.ts';
import { followRefund } from '../src/support/refunds/followRefund.ts';
import { sweep } from '../src/worker.ts';
import { until } from './faults/startProduct.ts';
import { giveTestCard } from './giveTestCard.ts';

/*
 * The world that tests play in: a real PostgreSQL database of its own, cloned in a moment from a template that holds the
 * cast; the product's own house, with the simulated carrier; only the job queue is missing: `work()` is the worker.
 */

/** A member of the cast: the same people in every test. */
export interface Person {
  personId: string;
  email: string;
  actor: Actor;
}

/** `agencyOwner` has the agency, `clientAdmin` one of its sub-accounts; `shopOwner` a standalone account; `neighbor` must never notice anything. */
export type CastName =
  | 'agencyOwner'
  | 'agencyBilling'
  | 'clientAdmin'
  | 'shopOwner'
  | 'neighbor'
  | 'supportAgent'
  | 'operator'
  | 'callAgent'
  | 'stranger';

export interface World extends AsyncDisposable {
  house: House;
  databaseUrl: string;
  cast: Record<CastName, Person>;
  /** People of the shop, one for each role of an account. */
  shopPeople: Record<(typeof accountRoles)[number], Person>;
  agencyId: number;
  /** A sub-account of the agency, paid by it. */
  clientId: number;
  /** The standalone account. */
  shopId: number;
  neighborId: number;
  now(): Promise<Date>;
  /** Turns the clock forward without letting the worker look. */
  travel(days: number): Promise<Date>;
  /** Turns the clock forward to exactly this moment; later reads are at it or after. */
  travelTo(moment: Date): Promise<void>;
  /** What the worker would do: everything that is due, until nothing is. */
  work(): Promise<void>;
  /** Buys a number and lets the worker fetch it. */
  rent(
    accountId: number,
    actor: Actor,
    wish?: { areaCode?: string; receivingNumber?: string },
  ): Promise<TrackingNumber>;
  app(): Promise<FastifyInstance>;
  /** Asks the web server as somebody; null is nobody. A form's fields go in `payload`. */
  ask(person: Person | null, options: InjectOptions): Promise<LightMyRequestResponse>;
}

/** What a file's worlds leave behind is taken away when the file ends, the newest first, wherever it was opened. */
const cleanUps: (() => Promise<unknown>)[] = [];
after(async () => {
  for (const cleanUp of cleanUps) await cleanUp();
  // A file that holds on to something would hold up all others for good.
  setTimeout(() => {
    console.error(`Still open a minute after the end of ${process.argv[1]}: ${process.getActiveResourcesInfo()}`);
    process.exit();
  }, 60_000).unref();
});

/** Takes something away when the test file ends; `after` inside a `before` would do so at once. */
export function atEnd(cleanUp: () => Promise<unknown>): void {
  cleanUps.unshift(cleanUp);
}

export const password = 'correct horse battery';
const receivingNumber = '+12125550199';

const adminUrl = process.env.TEST_DATABASE_URL;

function urlOf(database: string): string {
  if (!adminUrl) throw new Error('TEST_DATABASE_URL is not set: run the tests with npm test.');
  const url = new URL(adminUrl);
  url.pathname = `/${database}`;
  return url.href;
}

async function asAdmin<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: urlOf('postgres') });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** A database of its own for one test file; gone when the file ends. With the cast, unless it asks for an empty one. */
export async function openDatabase(kind: 'cast' | 'empty' = 'cast'): Promise<string> {
  const name = `t_${randomBytes(6).toString('hex')}`;
  await asAdmin(async (client) => {
    if (kind === 'empty') await client.query(`create database ${name}`);
    else await client.query(`create database ${name} template ${await keepTemplate(client)}`);
  });
  atEnd(() => asAdmin((client) => client.query(`drop database if exists ${name} with (force)`)));
  return urlOf(name);
}

/** The template is made once per schema and server; whoever comes first makes it, the others wait. */
async function keepTemplate(client: pg.Client): Promise<string> {
  const name = `template_${fingerprint()}`;
  await client.query("select pg_advisory_lock(hashtextextended('switchhook test template', 0))");
  try {
    const { rows } = await client.query('select from pg_database where datname = $1', [name]);
    if (rows.length > 0) return name;
    const making = `making_${randomBytes(6).toString('hex')}`;
    await client.query(`create database ${making}`);
    await migrate(urlOf(making));
    await castPeople(urlOf(making));
    await client.query(`alter database ${making} rename to ${name}`);
    return name;
  } finally {
    await client.query("select pg_advisory_unlock(hashtextextended('switchhook test template', 0))");
  }
}

function fingerprint(): string {
  const hash = createHash('sha256').update(readFileSync(import.meta.filename));
  const folder = new URL('../db/migrations/', import.meta.url);
  for (const file of readdirSync(folder).toSorted()) hash.update(readFileSync(new URL(file, folder)));
  return hash.digest('hex').slice(0, 12);
}

const emailOf = (name: string): string => `${name.toLowerCase()}@cast.example`;

async function castPeople(databaseUrl: string): Promise<void> {
  const { db } = connect(databaseUrl, { max: 2 });
  const doors = { db, findAuthority, config: testConfig, secrets: openSecrets(keepKey(testConfig)) };
  const timeZone = 'America/New_York';
  const payments = openSimulatedPayments({ databaseUrl, publicUrl: testConfig.publicUrl });
  const paymentsSimulation = openPaymentBooks(databaseUrl, 2);
  const customer = { timeZone, password };
  const open = async (wanted: Parameters<typeof signUp>[1]) => {
    const ownerId = await signed(signUp(doors, wanted, newKey()));
    await record(db, (tx, now) => addMoney(tx, ownerId, 1_000n * microsPerUnit, 'first', now));
    await giveTestCard({ db, payments, paymentsSimulation }, ownerId);
  };
  await open({
    ...customer,
    kind: 'agency',
    businessName: 'Northwind Agency',
    planCode: 'agency',
    personName: 'Agency Owner',
    email: emailOf('agencyOwner'),
  });
  await open({
    ...customer,
    kind: 'standalone',
    businessName: 'Anchor Plumbing',
    planCode: 'performance',
    personName: 'Shop Owner',
    email: emailOf('shopOwner'),
  });
  await open({
    ...customer,
    kind: 'standalone',
    businessName: 'Neighbor Bakery',
    planCode: 'starter',
    personName: 'Neighbor',
    email: emailOf('neighbor'),
  });
  const passwordHash = await hashPassword(password);
  await record(db, async (tx, now) => {
    const person = (name: string) => recordPerson(tx, { name, email: emailOf(name), passwordHash }, now);
    await recordStaff(tx, await person('supportAgent'), 'support-agent', now);
    await recordStaff(tx, await person('operator'), 'operator', now);
    await person('stranger');
    const join = async (name: string, ownerId: number, role: Role) =>
      recordMembership(tx, { personId: await person(name), ownerId, role, grantedAt: now, grantedBy: 'house' });
    const shop = await tx
      .selectFrom('account')
      .select('accountId')
      .where('name', '=', 'Anchor Plumbing')
      .executeTakeFirstOrThrow();
    const agency = await tx.selectFrom('agency').select('agencyId').executeTakeFirstOrThrow();
    for (const role of accountRoles) await join(role, shop.accountId, role);
    await join('callAgent', shop.accountId, 'call-agent');
    await join('agencyBilling', agency.agencyId, 'agency-billing-manager');
  });
  const owner = await db
    .selectFrom('person')
    .select('id')
    .where('email', '=', emailOf('agencyOwner'))
    .executeTakeFirstOrThrow();
  const agency = await db.selectFrom('agency').select('agencyId').executeTakeFirstOrThrow();
  await signed(
    openSubAccount(
      doors,
      { kind: 'person', personId: owner.id },
      agency.agencyId,
      { name: 'Riverside Dental', timeZone, personName: 'Client Admin', email: emailOf('clientAdmin'), password },
      newKey(),
    ),
  );
  await paymentsSimulation.end();
  await payments.close();
  await db.destroy();
}

async function signed<T>(decision: Promise<Decision<T>>): Promise<T> {
  return must(await decision);
}

const idleJobs: Jobs = {
  wake: async () => {},
  wakeNow: async () => {},
  work: async () => {},
  stop: async () => {},
};

const testConfig: Config = {
  port: 0,
  host: '127.0.0.1',
  trustedProxies: 'loopback',
  dataDir: '/nonexistent',
  databaseUrl: null,
  publicUrl: 'http://switchhook.test',
  smtpUrl: null,
  mailFrom: 'Switchhook <no-reply@switchhook.test>',
  secretKey: Buffer.alloc(32, 7).toString('base64url'),
  carrier: { name: 'simulated' },
  payments: { name: 'simulated' },
  metricsToken: null,
  development: true,
};

export async function openWorld(
  options: { config?: Partial<Config>; jobs?: Jobs; log?: Log; mailer?: Mailer } = {},
): Promise<World> {
  const databaseUrl = await openDatabase();
  const config: Config = { ...testConfig, ...options.config };
  const { db, pool } = connect(databaseUrl, { max: 12 });
  const carrier = openSimulatedCarrier({ databaseUrl });
  const simulation = openBooks(databaseUrl, 2);
  const payments = openSimulatedPayments({ databaseUrl, publicUrl: config.publicUrl });
  const paymentsSimulation = openPaymentBooks(databaseUrl, 2);
  const house: House = {
    config,
    db,
    pool,
    findAuthority,
    carrier,
    simulation,
    payments,
    paymentsSimulation,
    mailer: options.mailer ?? null,
    secrets: openSecrets(keepKey(config)),
    jobs: options.jobs ?? idleJobs,
    log: options.log ?? createLog('test', 'silent'),
    metrics: createMetrics(),
  };

  const people = await db.selectFrom('person').select(['id', 'email']).execute();
  const personOf = (name: string): Person => {
    const email = emailOf(name);
    const personId = people.find((each) => each.email === email)?.id;
    if (!personId) throw new Error(`${name} is not in the cast.`);
    return { personId, email, actor: { kind: 'person', personId } };
  };
  const accounts = await db.selectFrom('account').select(['accountId', 'name']).execute();
  const idOf = (name: string): number => accounts.find((each) => each.name === name)!.accountId;
  const { agencyId } = await db.selectFrom('agency').select('agencyId').executeTakeFirstOrThrow();

  let building: Promise<FastifyInstance> | null = null;
  const cookies = new Map<string, string>();
  let closed = false;
  const close = async () => {
    if (closed) return;
    closed = true;
    await (await building)?.close();
    await paymentsSimulation.end();
    await payments.close();
    await simulation.end();
    await carrier.close();
    await db.destroy();
  };
  atEnd(close);

  const world: World = {
    house,
    databaseUrl,
    cast: {
      agencyOwner: personOf('agencyOwner'),
      agencyBilling: personOf('agencyBilling'),
      clientAdmin: personOf('clientAdmin'),
      shopOwner: personOf('shopOwner'),
      neighbor: personOf('neighbor'),
      supportAgent: personOf('supportAgent'),
      operator: personOf('operator'),
      callAgent: personOf('callAgent'),
      stranger: personOf('stranger'),
    },
    shopPeople: Object.fromEntries(accountRoles.map((role) => [role, personOf(role)])) as World['shopPeople'],
    agencyId,
    clientId: idOf('Riverside Dental'),
    shopId: idOf('Anchor Plumbing'),
    neighborId: idOf('Neighbor Bakery'),
    now: () => readClock(db),
    travel: (days) => turnClock(db, Math.round(days * 86_400_000)),
    async travelTo(moment) {
      const now = await readClock(db);
      await turnClock(db, moment.getTime() - now.getTime());
    },
    async work() {
      await carryOutClosures(house);
      await sweep(house);
      await sendCommands(house);
      await sendPayments(house);
      await sendParts(house, followRefund);
      await sendMails(house);
    },
    async rent(accountId, actor, wish = {}) {
      const offers = await carrier.search({
        country: 'US',
        kind: 'local',
        limit: 100,
        ...(wish.areaCode ? { areaCode: wish.areaCode } : {}),
      });
      for (const { phoneNumber } of offers) {
        const taken = await db
          .selectFrom('numberDirectory')
          .select('phoneNumber')
          .where('phoneNumber', '=', phoneNumber)
          .executeTakeFirst();
        if (taken) continue;
        const purchase = {
          phoneNumber,
          name: null,
          source: null,
          receivingNumber: wish.receivingNumber ?? receivingNumber,
        };
        const { trackingNumberId } = must(await buyNumber(house, actor, accountId, purchase, newKey()));
        // A worker that runs beside may be the one who sends it.
        const number = await until(`the purchase of ${phoneNumber}`, async () => {
          await sendCommands(house);
          const found = await findNumber(db, accountId, trackingNumberId, await readClock(db));
          return found?.boughtAt || found?.failedAt ? found : null;
        });
        if (number.boughtAt) return number;
        throw new Error(`${phoneNumber} could not be rented: ${number.failure}`);
      }
      throw new Error('The simulated carrier has no number on offer.');
    },
    app: () =>
      (building ??= import('../src/app.ts').then(({ buildApp }) =>
        buildApp(house, { watch: () => () => {}, stop: async () => {} }),
      )),
    async ask(person, request) {
      const app = await world.app();
      const headers = { ...request.headers, ...(person ? { cookie: await cookieOf(app, person) } : {}) };
      return app.inject({ remoteAddress: nextAddress(), ...request, headers });
    },
    [Symbol.asyncDispose]: close,
  };

  async function cookieOf(app: FastifyInstance, person: Person): Promise<string> {
    const known = cookies.get(person.personId);
    if (known) return known;
    const response = await app.inject({
      remoteAddress: nextAddress(),
      method: 'POST',
      url: '/api/v1/session',
      payload: { email: person.email, password },
    });
    if (response.statusCode !== 200) throw new Error(`${person.email} could not sign in: ${response.body}`);
    const cookie = [response.headers['set-cookie']]
      .flat()
      .map((each) => each!.split(';')[0])
      .join('; ');
    cookies.set(person.personId, cookie);
    return cookie;
  }

  return world;
}

/** Everybody asks from a place of their own, so that no test meets the limit on requests that another has used up. */
let places = 0;
function nextAddress(): string {
  places += 1;
  return `10.9.${Math.floor(places / 250) % 250}.${places % 250}`;
}

/** Sends a form as a browser would: urlencoded, with a fresh idempotency key unless one is given. */
export function form(fields: Record<string, string>): Pick<InjectOptions, 'method' | 'payload' | 'headers'> {
  return {
    method: 'POST',
    payload: new URLSearchParams({ idempotencyKey: newKey(), ...fields }).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  };
}
