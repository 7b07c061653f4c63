import { createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { openPaymentBooks, readMerchant } from './books.ts';

export type SimulatedWebhooks = { stop(): Promise<void> };

const pollMs = 250;
const answerTimeoutMs = 10_000;
const attemptsMax = 20;
const backoffSecondsMax = 60;
const atOnce = 10;

/** Sends the provider's events over HTTP until they are taken, as Stripe does. Any number of senders may run. */
export function startSimulatedWebhooks(options: {
  databaseUrl: string;
  url: string;
  onTrouble?: (error: unknown) => void;
}): SimulatedWebhooks {
  const pool = openPaymentBooks(options.databaseUrl, 2);
  const stopping = new AbortController();
  const sending = (async () => {
    let wasTroubled = false;
    while (!stopping.signal.aborted) {
      try {
        while ((await sendDueEvents(pool, options.url, stopping.signal)) > 0);
        wasTroubled = false;
      } catch (error) {
        if (!wasTroubled && !stopping.signal.aborted) options.onTrouble?.(error);
        wasTroubled = true;
      }
      await sleep(pollMs, undefined, { signal: stopping.signal }).catch(() => {});
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await sending;
      await pool.end();
    },
  };
}

/** Takes what is due, so that no other sender does before its pause is over, and sends it. Answers with how many. */
async function sendDueEvents(pool: pg.Pool, url: string, stop: AbortSignal): Promise<number> {
  const { rows } = await pool.query<{ eventId: string; body: string }>(
    `update simulated_payments.event e
        set attempts = attempts + 1,
            due_at = clock_timestamp() + least($2::float8, power(2, attempts)) * interval '1 second'
       from (select event_id from simulated_payments.event
              where deliveries_left > 0 and due_at <= clock_timestamp()
              order by due_at limit $1 for update skip locked) due
      where e.event_id = due.event_id
     returning e.event_id as "eventId", e.body`,
    [atOnce, backoffSecondsMax],
  );
  if (rows.length === 0) return 0;
  const { webhookSecret } = await readMerchant(pool);
  for (const { eventId, body } of rows) {
    const trouble = await postEvent(url, body, webhookSecret, stop);
    if (trouble === null) {
      await pool.query(
        `update simulated_payments.event
            set deliveries_left = deliveries_left - 1, delivered_at = coalesce(delivered_at, clock_timestamp()),
                due_at = clock_timestamp(), trouble = null
          where event_id = $1`,
        [eventId],
      );
    } else {
      await pool.query(
        `update simulated_payments.event
            set trouble = $2, deliveries_left = case when attempts >= $3 then 0 else deliveries_left end
          where event_id = $1`,
        [eventId, trouble, attemptsMax],
      );
    }
  }
  return rows.length;
}

/** Stripe's signature: the moment of sending and the body, under the secret. */
export function signEvent(body: string, secret: string, seconds: number): string {
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`;
}

async function postEvent(url: string, body: string, secret: string, stop: AbortSignal): Promise<string | null> {
  const seconds = Math.floor(Date.now() / 1000);
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'stripe-signature': signEvent(body, secret, seconds),
        'user-agent': 'SimulatedPayments/1.0',
      },
      body,
      redirect: 'manual',
      signal: AbortSignal.any([AbortSignal.timeout(answerTimeoutMs), stop]),
    });
    await response.body?.cancel();
    return response.ok ? null : `Answered ${response.status}.`;
  } catch (error) {
    stop.throwIfAborted();
    return error instanceof Error && error.name === 'TimeoutError' ? 'Did not answer in time.' : 'Can not be reached.';
  }
}
