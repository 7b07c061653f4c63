import type { Books } from './books.ts';

export const webhookManners = ['soon', 'before the answer', 'twice', 'late', 'never'] as const;
export type WebhookManner = (typeof webhookManners)[number];

/** How the simulated provider behaves; anybody may change it at any moment, and every process sees it at the next request. */
export type ProviderSettings = {
  latencyMs: number;
  /** So many requests from now on fail before anything happens. */
  failNextRequests: number;
  /** So many requests from now on are turned away as too many. */
  limitNextRequests: number;
  /** So many effects from now on happen, and then the answer is lost. */
  timeOutNextEffects: number;
  /** Until then (machine's clock) every request fails; null when up. */
  downUntil: Date | null;
  /** When it tells us of what happened. */
  webhooks: WebhookManner;
  /** How late `late` is. */
  webhookDelaySeconds: number;
};

const columns: Readonly<Record<keyof ProviderSettings, string>> = {
  latencyMs: 'latency_ms',
  failNextRequests: 'fail_next_requests',
  limitNextRequests: 'limit_next_requests',
  timeOutNextEffects: 'time_out_next_effects',
  downUntil: 'down_until',
  webhooks: 'webhooks',
  webhookDelaySeconds: 'webhook_delay_seconds',
};

const settingColumns = Object.entries(columns)
  .map(([name, column]) => `${column} as "${name}"`)
  .join(', ');

export async function readProviderSettings(books: Books): Promise<ProviderSettings> {
  const { rows } = await books.query<ProviderSettings>(`select ${settingColumns} from simulated_payments.settings`);
  return rows[0]!;
}

export async function changeProviderSettings(books: Books, change: Partial<ProviderSettings>): Promise<void> {
  const names = (Object.keys(columns) as (keyof ProviderSettings)[]).filter((name) => change[name] !== undefined);
  if (names.length === 0) return;
  const assignments = names.map((name, index) => `${columns[name]} = $${index + 1}`).join(', ');
  await books.query(
    `update simulated_payments.settings set ${assignments}`,
    names.map((name) => change[name]),
  );
}

/** Takes the provider down for so many seconds of the machine's clock; 0 brings it back. */
export async function takeProviderDown(books: Books, seconds: number): Promise<void> {
  await books.query(
    `update simulated_payments.settings set down_until = clock_timestamp() + $1::float8 * interval '1 second'`,
    [seconds],
  );
}

export type MoneyMoved = { taken: number; takenCents: bigint; givenBack: number; givenBackCents: bigint };

/** What really happened to money, for one owner or all of them. */
export async function countMoneyMoved(books: Books, ownerId?: number): Promise<MoneyMoved> {
  const { rows } = await books.query<Record<keyof MoneyMoved, string>>(
    `select count(*) filter (where e.kind = 'take') as taken,
            coalesce(sum(e.amount_cents) filter (where e.kind = 'take'), 0)::text as "takenCents",
            count(*) filter (where e.kind = 'give back') as "givenBack",
            coalesce(sum(e.amount_cents) filter (where e.kind = 'give back'), 0)::text as "givenBackCents"
       from simulated_payments.effect e join simulated_payments.payment p using (payment_id)
      where $1::bigint is null or p.owner_id = $1`,
    [ownerId ?? null],
  );
  const row = rows[0]!;
  return {
    taken: Number(row.taken),
    takenCents: BigInt(row.takenCents),
    givenBack: Number(row.givenBack),
    givenBackCents: BigInt(row.givenBackCents),
  };
}

export type EventCounts = { told: number; waiting: number; untold: number };

/** Events that were taken by us, those that will still be sent, and those that nobody hears of any more. */
export async function countEvents(books: Books): Promise<EventCounts> {
  const { rows } = await books.query<Record<keyof EventCounts, string>>(
    `select count(*) filter (where delivered_at is not null) as told,
            count(*) filter (where delivered_at is null and deliveries_left > 0) as waiting,
            count(*) filter (where delivered_at is null and deliveries_left = 0) as untold
       from simulated_payments.event`,
  );
  const row = rows[0]!;
  return { told: Number(row.told), waiting: Number(row.waiting), untold: Number(row.untold) };
}
