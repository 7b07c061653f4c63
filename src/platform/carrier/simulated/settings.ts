import type pg from 'pg';
import { type Books, carrierNow, inTransaction, makeSid } from './books.ts';

/** How the simulated carrier behaves; anybody may change it at any moment, and every process sees it at the next request. */
export type CarrierSettings = {
  /** Null for no limit. */
  requestsPerSecond: number | null;
  latencyMs: number;
  /** The share of requests that fail before anything happens, 0 to 1. */
  failRate: number;
  /** So many requests from now on fail before anything happens. */
  failNextRequests: number;
  /** So many effects from now on happen, and then the answer is lost. */
  timeOutNextEffects: number;
  /** Until then (machine's clock) every request fails; null when up. */
  downUntil: Date | null;
  restoreWindowDays: number;
  resaleAgeingDays: number;
};

const columns: Readonly<Record<keyof CarrierSettings, string>> = {
  requestsPerSecond: 'requests_per_second',
  latencyMs: 'latency_ms',
  failRate: 'fail_rate',
  failNextRequests: 'fail_next_requests',
  timeOutNextEffects: 'time_out_next_effects',
  downUntil: 'down_until',
  restoreWindowDays: 'restore_window_days',
  resaleAgeingDays: 'resale_ageing_days',
};

export const settingColumns = Object.entries(columns)
  .map(([name, column]) => `${column} as "${name}"`)
  .join(', ');

export async function readCarrierSettings(books: Books): Promise<CarrierSettings> {
  const { rows } = await books.query<CarrierSettings>(`select ${settingColumns} from simulated_carrier.settings`);
  return rows[0]!;
}

export async function changeCarrierSettings(books: Books, change: Partial<CarrierSettings>): Promise<CarrierSettings> {
  const names = (Object.keys(columns) as (keyof CarrierSettings)[]).filter((name) => change[name] !== undefined);
  if (names.length > 0) {
    const assignments = names.map((name, index) => `${columns[name]} = $${index + 1}`).join(', ');
    await books.query(
      `update simulated_carrier.settings set ${assignments}`,
      names.map((name) => change[name]),
    );
  }
  return readCarrierSettings(books);
}

/** Takes the carrier down for so many seconds of the machine's clock; 0 brings it back. */
export async function takeCarrierDown(books: Books, seconds: number): Promise<void> {
  await books.query(
    `update simulated_carrier.settings set down_until = clock_timestamp() + $1::float8 * interval '1 second'`,
    [seconds],
  );
}

export type EffectCounts = { buy: number; configure: number; release: number; restore: number };

/** What really happened at the carrier, for one number or all of them. */
export async function countEffects(books: Books, phoneNumber?: string): Promise<EffectCounts> {
  const { rows } = await books.query<{ kind: keyof EffectCounts; count: number }>(
    `select kind, count(*)::int as count from simulated_carrier.effect
     where $1::text is null or phone_number = $1 group by kind`,
    [phoneNumber ?? null],
  );
  const counts: EffectCounts = { buy: 0, configure: 0, release: 0, restore: 0 };
  for (const row of rows) counts[row.kind] = row.count;
  return counts;
}

/** What was asked, by outcome (`done`, `unavailable`, `rate-limited` and so on), for one number or all requests. */
export async function countRequests(books: Books, phoneNumber?: string): Promise<Record<string, number>> {
  const { rows } = await books.query<{ outcome: string; count: number }>(
    `select outcome, count(*)::int as count from simulated_carrier.request
     where $1::text is null or phone_number = $1 group by outcome`,
    [phoneNumber ?? null],
  );
  return Object.fromEntries(rows.map((row) => [row.outcome, row.count]));
}

/**
 * The carrier's own "released numbers" page, used by a person: inside its window it sells the number back to us, as a new
 * rental. Answers the new id, or null when the window is over or the number isn't a released one.
 */
export async function restoreAtCarrier(pool: pg.Pool, phoneNumber: string): Promise<string | null> {
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ sid: string }>(
      `select sid from simulated_carrier.rental
       where phone_number = $1 and released_at is not null and restorable_until > ${carrierNow}
         and not exists (select from simulated_carrier.rental live where live.phone_number = $1 and live.released_at is null)
       order by released_at desc limit 1 for update`,
      [phoneNumber],
    );
    const old = rows[0];
    if (!old) return null;
    const sid = makeSid('PN');
    const { rowCount } = await client.query(
      `insert into simulated_carrier.rental
         (sid, phone_number, idempotency_key, friendly_name, voice_url, voice_fallback_url, status_callback_url, rented_at)
       select $1, phone_number, 'restored ' || $1, friendly_name, voice_url, voice_fallback_url, status_callback_url, ${carrierNow}
       from simulated_carrier.rental where sid = $2
       on conflict do nothing`,
      [sid, old.sid],
    );
    if (rowCount === 0) return null;
    await client.query(
      `insert into simulated_carrier.effect (happened_at, kind, phone_number, rental_sid)
       values (${carrierNow}, 'restore', $1, $2)`,
      [phoneNumber, sid],
    );
    return sid;
  });
}
