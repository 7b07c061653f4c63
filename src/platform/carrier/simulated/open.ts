import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { isDatabaseAway, isUniqueViolation } from '../../db.ts';
import {
  type AvailableNumber,
  type Carrier,
  CarrierError,
  checkCarrierNumberId,
  checkChange,
  checkOrder,
  checkPhoneNumber,
  checkSearch,
  type NumberChange,
  type NumberOrder,
  type NumberSearch,
  type RentedNumber,
} from '../port.ts';
import { carrierNow, inTransaction, makeSid, openBooks, readAccount } from './books.ts';
import { type CarrierSettings, settingColumns } from './settings.ts';
import { describeNumber, findInStock, isStocked } from './stock.ts';

/** The carrier port over the simulated carrier's books. The address is that of the product's database. */
export function openSimulatedCarrier(options: { databaseUrl: string; connectionsMax?: number }): Carrier {
  const pool = openBooks(options.databaseUrl, options.connectionsMax ?? 4);
  let tokens: readonly string[] | null = null;

  return {
    name: 'simulated',

    checkAccess: () =>
      ask(pool, { action: 'find' }, async () => ({
        value: { accountName: 'The simulated carrier', status: 'active' },
      })),

    async search(query) {
      const { pattern } = checkSearch(query);
      return ask(pool, { action: 'search' }, async (client) => ({ value: await offer(client, query, pattern) }));
    },

    async buy(phoneNumber, order) {
      checkPhoneNumber(phoneNumber);
      checkOrder(order);
      return ask(pool, { action: 'buy', phoneNumber }, (client) => sell(client, phoneNumber, order));
    },

    async find(phoneNumber) {
      checkPhoneNumber(phoneNumber);
      return ask(pool, { action: 'find', phoneNumber }, async (client) => ({
        value: await readLiveRental(client, phoneNumber),
      }));
    },

    async configure(carrierNumberId, change) {
      checkCarrierNumberId(carrierNumberId);
      checkChange(change);
      return ask(pool, { action: 'configure', rentalSid: carrierNumberId }, (client) =>
        reconfigure(client, carrierNumberId, change),
      );
    },

    async release(carrierNumberId) {
      checkCarrierNumberId(carrierNumberId);
      await ask(pool, { action: 'release', rentalSid: carrierNumberId }, (client) =>
        endRental(client, carrierNumberId),
      );
    },

    async *list() {
      let after = '';
      for (;;) {
        const page = await ask(pool, { action: 'list' }, async (client) => ({ value: await readPage(client, after) }));
        yield* page;
        const last = page.at(-1);
        if (page.length < pageRowsMax || !last) return;
        after = last.carrierNumberId;
      }
    },

    async voiceAuthTokens() {
      tokens ??= await reachable(async () => [(await readAccount(pool)).authToken]);
      return tokens;
    },

    close: () => pool.end(),
  };
}

type Request = { action: string; phoneNumber?: string; rentalSid?: string };
type Answer<T> = { value: T; effect?: { kind: string; rental: RentedNumber } };

/** One request, as the outside world treats it: let in or turned away, slow, done once, and perhaps not answered. */
async function ask<T>(
  pool: pg.Pool,
  request: Request,
  work: (client: pg.PoolClient) => Promise<Answer<T>>,
): Promise<T> {
  return reachable(async () => {
    const { requestId, latencyMs } = await admit(pool, request);
    if (latencyMs > 0) await sleep(latencyMs);
    try {
      const { value, isLost } = await inTransaction(pool, async (client) => {
        const answer = await work(client);
        const lost = answer.effect !== undefined && (await recordEffect(client, answer.effect));
        await recordOutcome(client, requestId, lost ? 'done-but-timed-out' : 'done');
        return { value: answer.value, isLost: lost };
      });
      if (isLost) throw new CarrierError('unavailable', 'The carrier did not answer in time.');
      return value;
    } catch (error) {
      const refusal = asRefusal(error);
      if (refusal && refusal.kind !== 'unavailable') await recordOutcome(pool, requestId, refusal.kind);
      throw refusal ?? error;
    }
  });
}

function asRefusal(error: unknown): CarrierError | null {
  if (error instanceof CarrierError) return error;
  if (isUniqueViolation(error, 'rental_idempotency_key')) return keyOfAnotherNumber();
  if (isUniqueViolation(error, 'rental_live_number')) return notForSale();
  return null;
}

/** The carrier lives in a database: when that is away, the carrier is. */
async function reachable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isDatabaseAway(error)) throw error;
    throw new CarrierError('unavailable', 'The carrier can not be reached.', { cause: error });
  }
}

type Gate = CarrierSettings & { isDown: boolean; allowance: number };

/** Lets the request in or throws. The gate's row is locked, so the limit holds over all processes together. */
async function admit(pool: pg.Pool, request: Request): Promise<{ requestId: string; latencyMs: number }> {
  const admission = await inTransaction(pool, async (client) => {
    const { rows } = await client.query<Gate>(
      `select ${settingColumns}, coalesce(down_until > clock_timestamp(), false) as "isDown",
              least(requests_per_second, allowance
                + extract(epoch from clock_timestamp() - counted_at)::float8 * requests_per_second) as allowance
       from simulated_carrier.settings cross join simulated_carrier.throttle for update of throttle`,
    );
    const gate = rows[0]!;
    const isLimited = gate.requestsPerSecond !== null && gate.allowance < oneRequest(gate.requestsPerSecond);
    if (gate.requestsPerSecond !== null) {
      await client.query('update simulated_carrier.throttle set allowance = $1, counted_at = clock_timestamp()', [
        isLimited ? gate.allowance : gate.allowance - 1,
      ]);
    }
    const isFailing = gate.isDown || (!isLimited && (await fails(client, gate)));
    const outcome = isFailing ? 'unavailable' : isLimited ? 'rate-limited' : 'begun';
    const recorded = await client.query<{ id: string }>(
      `insert into simulated_carrier.request (requested_at, action, phone_number, rental_sid, outcome)
       values (${carrierNow}, $1,
               coalesce($2, (select phone_number from simulated_carrier.rental where sid = $3)), $3, $4)
       returning id::text`,
      [request.action, request.phoneNumber ?? null, request.rentalSid ?? null, outcome],
    );
    return { outcome, gate, requestId: recorded.rows[0]!.id };
  });
  const { gate, outcome, requestId } = admission;
  if (outcome === 'unavailable') {
    await sleep(gate.latencyMs);
    throw new CarrierError('unavailable', 'The carrier is not available.');
  }
  if (outcome === 'rate-limited') {
    const perSecond = gate.requestsPerSecond ?? 1;
    const retryAfterSeconds = Math.max(1, Math.ceil((oneRequest(perSecond) - gate.allowance) / perSecond));
    throw new CarrierError('rate-limited', 'The carrier asks us to slow down.', { retryAfterSeconds });
  }
  return { requestId, latencyMs: gate.latencyMs };
}

/** The bucket holds one second's worth, so below one request a second a full bucket lets one in. */
const oneRequest = (requestsPerSecond: number): number => Math.min(1, requestsPerSecond);

async function fails(client: pg.PoolClient, gate: Gate): Promise<boolean> {
  if (gate.failNextRequests > 0) {
    const { rowCount } = await client.query(
      `update simulated_carrier.settings set fail_next_requests = fail_next_requests - 1 where fail_next_requests > 0`,
    );
    return rowCount === 1;
  }
  return Math.random() < gate.failRate;
}

async function recordOutcome(books: pg.Pool | pg.PoolClient, requestId: string, outcome: string): Promise<void> {
  await books.query('update simulated_carrier.request set outcome = $2 where id = $1', [requestId, outcome]);
}

/** Writes the effect down; true when its answer is to be lost. */
async function recordEffect(client: pg.PoolClient, effect: { kind: string; rental: RentedNumber }): Promise<boolean> {
  await client.query(
    `insert into simulated_carrier.effect (happened_at, kind, phone_number, rental_sid)
     values (${carrierNow}, $1, $2, $3)`,
    [effect.kind, effect.rental.phoneNumber, effect.rental.carrierNumberId],
  );
  const { rowCount } = await client.query(
    `update simulated_carrier.settings set time_out_next_effects = time_out_next_effects - 1
     where time_out_next_effects > 0`,
  );
  return rowCount === 1;
}

async function offer(client: pg.PoolClient, query: NumberSearch, pattern: string | null): Promise<AvailableNumber[]> {
  const { rows } = await client.query<{ phoneNumber: string }>(
    `select distinct phone_number as "phoneNumber" from simulated_carrier.rental
     where released_at is null or sellable_at > ${carrierNow}`,
  );
  const taken = new Set(rows.map((row) => row.phoneNumber));
  const offered: AvailableNumber[] = [];
  for (const phoneNumber of findInStock(query, pattern)) {
    if (offered.length === query.limit) break;
    if (!taken.has(phoneNumber)) offered.push(describeNumber(phoneNumber, query.country));
  }
  return offered;
}

async function sell(client: pg.PoolClient, phoneNumber: string, order: NumberOrder): Promise<Answer<RentedNumber>> {
  // Two buyers of one number wait for each other, so that the second reads what the first did.
  await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`simulated_carrier ${phoneNumber}`]);
  const earlier = await client.query<{ phoneNumber: string; isOver: boolean }>(
    `select phone_number as "phoneNumber", released_at is not null as "isOver"
     from simulated_carrier.rental where idempotency_key = $1`,
    [order.idempotencyKey],
  );
  const bought = earlier.rows[0];
  if (bought && bought.phoneNumber !== phoneNumber) throw keyOfAnotherNumber();
  if (bought?.isOver) throw notForSale();
  if (bought) return { value: (await readLiveRental(client, phoneNumber))! };

  const taken = await client.query(
    `select from simulated_carrier.rental
     where phone_number = $1 and (released_at is null or sellable_at > ${carrierNow})`,
    [phoneNumber],
  );
  if (!isStocked(phoneNumber) || taken.rowCount !== 0) throw notForSale();
  const { rows } = await client.query<RentedNumber>(
    `insert into simulated_carrier.rental
       (sid, phone_number, idempotency_key, friendly_name, voice_url, voice_fallback_url, status_callback_url, rented_at)
     values ($1, $2, $3, $4, $5, $6, $7, ${carrierNow})
     returning ${rentalColumns}`,
    [
      makeSid('PN'),
      phoneNumber,
      order.idempotencyKey,
      order.friendlyName ?? phoneNumber,
      order.voiceUrl,
      order.voiceFallbackUrl ?? null,
      order.statusCallbackUrl,
    ],
  );
  const rental = rows[0]!;
  return { value: rental, effect: { kind: 'buy', rental } };
}

async function reconfigure(
  client: pg.PoolClient,
  carrierNumberId: string,
  change: NumberChange,
): Promise<Answer<RentedNumber>> {
  const { rows } = await client.query<RentedNumber>(
    `select ${rentalColumns} from simulated_carrier.rental where sid = $1 and released_at is null for update`,
    [carrierNumberId],
  );
  const before = rows[0];
  if (!before) throw new CarrierError('not-available', 'This number is no longer rented to us.');
  const after: RentedNumber = {
    ...before,
    voiceUrl: change.voiceUrl ?? before.voiceUrl,
    statusCallbackUrl: change.statusCallbackUrl ?? before.statusCallbackUrl,
    friendlyName: change.friendlyName ?? before.friendlyName,
    voiceFallbackUrl: change.voiceFallbackUrl === undefined ? before.voiceFallbackUrl : change.voiceFallbackUrl,
  };
  const { rowCount } = await client.query(
    `update simulated_carrier.rental
     set voice_url = $2, status_callback_url = $3, friendly_name = $4, voice_fallback_url = $5
     where sid = $1 and (voice_url, status_callback_url, friendly_name, voice_fallback_url)
                        is distinct from ($2, $3, $4, $5::text)`,
    [carrierNumberId, after.voiceUrl, after.statusCallbackUrl, after.friendlyName, after.voiceFallbackUrl],
  );
  return rowCount === 0 ? { value: after } : { value: after, effect: { kind: 'configure', rental: after } };
}

async function endRental(client: pg.PoolClient, carrierNumberId: string): Promise<Answer<null>> {
  const { rows } = await client.query<RentedNumber>(
    `update simulated_carrier.rental
     set released_at = now.at,
         restorable_until = now.at + restore_window_days * interval '24 hours',
         sellable_at = now.at + resale_ageing_days * interval '24 hours'
     from simulated_carrier.settings, (select ${carrierNow} as at) as now
     where sid = $1 and released_at is null
     returning ${rentalColumns}`,
    [carrierNumberId],
  );
  const rental = rows[0];
  return rental ? { value: null, effect: { kind: 'release', rental } } : { value: null };
}

const rentalColumns = `sid as "carrierNumberId", phone_number as "phoneNumber", friendly_name as "friendlyName",
  voice_url as "voiceUrl", status_callback_url as "statusCallbackUrl", voice_fallback_url as "voiceFallbackUrl",
  rented_at as "rentedAt"`;

async function readLiveRental(client: pg.PoolClient, phoneNumber: string): Promise<RentedNumber | null> {
  const { rows } = await client.query<RentedNumber>(
    `select ${rentalColumns} from simulated_carrier.rental where phone_number = $1 and released_at is null`,
    [phoneNumber],
  );
  return rows[0] ?? null;
}

const pageRowsMax = 500;

async function readPage(client: pg.PoolClient, after: string): Promise<RentedNumber[]> {
  const { rows } = await client.query<RentedNumber>(
    `select ${rentalColumns} from simulated_carrier.rental
     where released_at is null and sid > $1 order by sid limit ${pageRowsMax}`,
    [after],
  );
  return rows;
}

const notForSale = (): CarrierError => new CarrierError('not-available', 'This number is not available.');

const keyOfAnotherNumber = (): CarrierError =>
  new CarrierError('invalid', 'This idempotency key has bought another number.');
