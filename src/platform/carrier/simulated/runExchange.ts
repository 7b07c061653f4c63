import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type CarrierAccount, inTransaction, makeSid, openBooks, readAccount } from './books.ts';
import { callChannel } from './placeCall.ts';
import {
  type AskDetail,
  type CallFacts,
  type CallProgress,
  type Ids,
  type Plan,
  planApology,
  planArrival,
  planDocument,
  planUnrented,
  type Step,
  type TellDetail,
} from './planSteps.ts';
import { isPassing, type PostResult, postSigned } from './postSigned.ts';
import { readTwiml, UnreadableTwiml, type Verb } from './readTwiml.ts';

export type SimulatedExchange = {
  /** Ends what it can't keep: other requests are cut, and sent again by the next exchange. */
  stop(): Promise<void>;
};

export type ExchangeOptions = {
  databaseUrl: string;
  connectionsMax?: number;
  /** How long an exchange that died keeps its calls from the others. */
  leaseSeconds?: number;
  /** How often it looks for calls, should a notification be lost. */
  pollSeconds?: number;
  /** A carrier waits so long for a voice URL. */
  answerTimeoutSeconds?: number;
  /** So many seconds of a call pass in one second; what is reported stays the same. */
  speed?: number;
  liveCallsMax?: number;
  /** Told of trouble with the database, once each time; the exchange goes on by itself. */
  onTrouble?: (error: unknown) => void;
};

const ids: Ids = { sid: () => makeSid('CA'), token: () => randomUUID() };

/**
 * Plays the simulated calls: takes placed ones from the table, speaks to the product over HTTP, and writes each step down
 * before and after taking it. Any number may run at once; a call belongs to one of them by a lease.
 */
export function startSimulatedExchange(options: ExchangeOptions): SimulatedExchange {
  const pool = openBooks(options.databaseUrl, options.connectionsMax ?? 6);
  const leaseSeconds = options.leaseSeconds ?? 5;
  const pollSeconds = options.pollSeconds ?? 1;
  const liveCallsMax = options.liveCallsMax ?? 500;
  const onTrouble = options.onTrouble ?? (() => {});
  const stopping = new AbortController();
  const stop = stopping.signal;
  const live = new Map<string, Promise<void>>();
  const line: Line = {
    pool,
    stop,
    holder: randomUUID(),
    speed: options.speed ?? 1,
    answerTimeoutSeconds: options.answerTimeoutSeconds ?? 15,
  };
  let wake = (): void => {};

  async function pickUpCalls(): Promise<void> {
    const free = liveCallsMax - live.size;
    if (free <= 0) return;
    for (const callSid of await leaseCalls(pool, line.holder, leaseSeconds, free)) {
      const played = playCall(line, callSid)
        .catch((error: unknown) => {
          // The lease lapses, and the call is taken up again where it was.
          if (!stop.aborted) onTrouble(error);
        })
        .finally(() => live.delete(callSid));
      live.set(callSid, played);
    }
  }

  async function repeat(everySeconds: number, work: () => Promise<void>, isWoken: boolean): Promise<void> {
    let wasTroubled = false;
    while (!stop.aborted) {
      const pause = new AbortController();
      if (isWoken) wake = () => pause.abort();
      try {
        await work();
        wasTroubled = false;
      } catch (error) {
        if (!wasTroubled) onTrouble(error);
        wasTroubled = true;
      }
      await rest(everySeconds, AbortSignal.any([stop, pause.signal]));
    }
  }

  const loops = [
    repeat(pollSeconds, pickUpCalls, true),
    repeat(leaseSeconds / 3, () => renewLeases(pool, line.holder, leaseSeconds, [...live.keys()]), false),
    repeat(1, () => listen(options.databaseUrl, stop, () => wake()), false),
  ];

  return {
    async stop() {
      stopping.abort();
      await Promise.all(loops);
      await Promise.all(live.values());
      await endLeases(pool, line.holder).catch(onTrouble);
      await pool.end();
    },
  };
}

/** Waits, and returns early when the signal comes. */
async function rest(seconds: number, signal: AbortSignal): Promise<void> {
  await sleep(seconds * 1000, undefined, { signal }).catch(() => {});
}

/** Listens until the connection breaks or the exchange stops. */
async function listen(databaseUrl: string, stop: AbortSignal, onCall: () => void): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 5_000, keepAlive: true });
  const broken = new Promise<void>((resolve) => {
    client.on('error', () => resolve());
    client.on('end', () => resolve());
  });
  const stopped = new Promise<void>((resolve) => stop.addEventListener('abort', () => resolve(), { once: true }));
  client.on('notification', onCall);
  try {
    await client.connect();
    await client.query(`listen ${callChannel}`);
    onCall();
    await Promise.race([broken, stopped]);
  } finally {
    await client.end().catch(() => {});
  }
}

type Line = { pool: pg.Pool; stop: AbortSignal; holder: string; speed: number; answerTimeoutSeconds: number };

/** Somebody else holds the call now: whatever we were about to write is theirs to write. */
class CallLost extends Error {}

async function playCall(line: Line, callSid: string): Promise<void> {
  try {
    const account = await readAccount(line.pool);
    const { facts, isNew } = await readCallFacts(line.pool, callSid, account);
    if (isNew) await beginCall(line, facts);
    for (;;) {
      const next = await readNextStep(line, callSid);
      if (next === null) return;
      if (next.waitSeconds > 0) await rest(next.waitSeconds, line.stop);
      if (line.stop.aborted) return;
      await takeStep(line, account, next);
    }
  } catch (error) {
    if (error instanceof CallLost || line.stop.aborted) return;
    throw error;
  }
}

async function takeStep(line: Line, account: CarrierAccount, next: NextStep): Promise<void> {
  const { step } = next;
  switch (step.kind) {
    case 'ask':
      return askForTwiml(line, account, next, step.detail);
    case 'tell':
      return tell(line, account, next, step.detail);
    case 'hear':
    case 'connect':
    case 'end':
      return finishStep(line, next, { statuses: [], trouble: null, plan: null });
  }
}

const tellAttemptsMax = 10;
const tellBackoffSecondsMax = 15;

/** A callback whose answer says nothing. It is tried again for about a minute, with the call's clock running on. */
async function tell(line: Line, account: CarrierAccount, next: NextStep, detail: TellDetail): Promise<void> {
  const result = await post(line, account, detail, detail.url);
  const attempts = next.attempts + 1;
  if (isPassing(result.status) && attempts < tellAttemptsMax) {
    const backoffSeconds = Math.min(0.25 * 2 ** next.attempts, tellBackoffSecondsMax);
    return postponeStep(line, next, result, backoffSeconds);
  }
  return finishStep(line, next, { statuses: [result.status], trouble: result.trouble, plan: null });
}

/** Asks what to do next: the URL, as often as it wishes (`#rc=2`), then the fallback, then an apology to the caller. */
async function askForTwiml(line: Line, account: CarrierAccount, next: NextStep, detail: AskDetail): Promise<void> {
  const { facts, progress } = await readCallFacts(line.pool, next.callSid, account);
  const began = performance.now();
  // A short answer takes no time in the call, so that its times don't depend on how busy this machine is.
  const now = (): number => next.step.afterSeconds + Math.floor((performance.now() - began) / 1000);
  const statuses: number[] = [];
  let trouble: string | null = null;
  for (const url of [detail.url, detail.fallbackUrl]) {
    if (url === null) continue;
    for (let attempt = 0; attempt <= retriesOf(url); attempt += 1) {
      const result = await post(line, account, detail, url);
      statuses.push(result.status);
      const heard =
        result.trouble ??
        tryToPlay(result.body, (verbs) => planDocument(facts, progress, { verbs, url, afterSeconds: now() }, ids));
      if (typeof heard !== 'string') return finishStep(line, next, { statuses, trouble, plan: heard });
      trouble = heard;
      if (!isPassing(result.status)) break;
    }
  }
  return finishStep(line, next, { statuses, trouble, plan: planApology(facts, progress, now(), ids) });
}

/** The plan, or a sentence about what is wrong with the document. */
function tryToPlay(body: string, play: (verbs: Verb[]) => Plan): Plan | string {
  try {
    return play(readTwiml(body));
  } catch (error) {
    if (error instanceof UnreadableTwiml) return error.message;
    throw error;
  }
}

function retriesOf(url: string): number {
  const wished = new URLSearchParams(url.split('#')[1] ?? '').get('rc');
  return wished !== null && /^[0-5]$/.test(wished) ? Number(wished) : 1;
}

function post(line: Line, account: CarrierAccount, detail: TellDetail, url: string): Promise<PostResult> {
  return postSigned({
    url,
    parameters: detail.parameters,
    token: detail.token,
    authToken: account.authToken,
    timeoutSeconds: line.answerTimeoutSeconds,
    stop: line.stop,
  });
}

async function leaseCalls(pool: pg.Pool, holder: string, leaseSeconds: number, callsMax: number): Promise<string[]> {
  const { rows } = await pool.query<{ sid: string }>(
    `update simulated_carrier.call
     set lease_holder = $1, lease_until = clock_timestamp() + $2::float8 * interval '1 second'
     where sid in (select sid from simulated_carrier.call
                   where ended_at is null and (lease_until is null or lease_until < clock_timestamp())
                   order by placed_at limit $3 for update skip locked)
     returning sid`,
    [holder, leaseSeconds, callsMax],
  );
  return rows.map((row) => row.sid);
}

async function renewLeases(pool: pg.Pool, holder: string, leaseSeconds: number, sids: string[]): Promise<void> {
  if (sids.length === 0) return;
  await pool.query(
    `update simulated_carrier.call set lease_until = clock_timestamp() + $2::float8 * interval '1 second'
     where lease_holder = $1 and ended_at is null and sid = any($3)`,
    [holder, leaseSeconds, sids],
  );
}

async function endLeases(pool: pg.Pool, holder: string): Promise<void> {
  await pool.query(
    'update simulated_carrier.call set lease_until = null, lease_holder = null where lease_holder = $1',
    [holder],
  );
}

type FactsRow = Omit<CallFacts, 'accountSid'> & CallProgress & { isNew: boolean };

async function readCallFacts(
  pool: pg.Pool,
  callSid: string,
  account: CarrierAccount,
): Promise<{ facts: CallFacts; progress: CallProgress; isNew: boolean }> {
  const { rows } = await pool.query<FactsRow>(
    `select sid, from_number as "from", to_number as "to", caller_name as "callerName", placed_at as "placedAt", answers,
            ring_seconds as "ringSeconds", talk_seconds as "talkSeconds", hangs_up_after_seconds as "hangsUpAfterSeconds",
            voice_fallback_url as "voiceFallbackUrl", status_callback_url as "statusCallbackUrl",
            picked_up_after_seconds as "pickedUpAfterSeconds", dial_status as "dialStatus",
            not exists (select from simulated_carrier.call_step where call_sid = sid) as "isNew"
     from simulated_carrier.call where sid = $1`,
    [callSid],
  );
  const { isNew, pickedUpAfterSeconds, dialStatus, ...facts } = rows[0]!;
  return {
    facts: { ...facts, accountSid: account.accountSid },
    progress: { pickedUpAfterSeconds, dialStatus },
    isNew,
  };
}

/** The switch looks up who rents the number, once: the call goes on with these URLs even when the rental ends meanwhile. */
async function beginCall(line: Line, facts: CallFacts): Promise<void> {
  await inTransaction(line.pool, async (client) => {
    await holdCall(client, line, facts.sid);
    const { rows } = await client.query<{
      sid: string;
      voiceUrl: string;
      voiceFallbackUrl: string | null;
      statusCallbackUrl: string;
    }>(
      `select sid, voice_url as "voiceUrl", voice_fallback_url as "voiceFallbackUrl",
              status_callback_url as "statusCallbackUrl"
       from simulated_carrier.rental where phone_number = $1 and released_at is null`,
      [facts.to],
    );
    const rental = rows[0];
    if (rental) {
      await client.query(
        `update simulated_carrier.call
         set rental_sid = $2, voice_url = $3, voice_fallback_url = $4, status_callback_url = $5 where sid = $1`,
        [facts.sid, rental.sid, rental.voiceUrl, rental.voiceFallbackUrl, rental.statusCallbackUrl],
      );
    }
    const { voiceFallbackUrl = null } = rental ?? {};
    const plan = rental ? planArrival({ ...facts, voiceFallbackUrl }, rental.voiceUrl, ids) : planUnrented();
    await insertSteps(client, line, facts.sid, { number: -1, afterSeconds: 0 }, plan.steps);
  });
}

type NextStep = { callSid: string; number: number; step: Step; attempts: number; waitSeconds: number };

/** The first step that isn't done; null when the call is over or no longer ours. */
async function readNextStep(line: Line, callSid: string): Promise<NextStep | null> {
  const { rows } = await line.pool.query<
    Omit<NextStep, 'step'> & { kind: string; afterSeconds: number; detail: unknown }
  >(
    `select call_sid as "callSid", number, kind, after_seconds as "afterSeconds", detail, attempts,
            extract(epoch from due_at - clock_timestamp())::float8 as "waitSeconds"
     from simulated_carrier.call_step step join simulated_carrier.call on call.sid = step.call_sid
     where call.sid = $1 and call.lease_holder = $2 and step.done_at is null
     order by number limit 1`,
    [callSid, line.holder],
  );
  const row = rows[0];
  if (!row) return null;
  const { kind, afterSeconds, detail, ...next } = row;
  return { ...next, step: { kind, afterSeconds, detail } as Step };
}

type Outcome = { statuses: number[]; trouble: string | null; plan: Plan | null };

/** Writes down that the step is done, what came of it, and what follows from it: all or nothing. */
async function finishStep(line: Line, next: NextStep, outcome: Outcome): Promise<void> {
  const { step, callSid } = next;
  await inTransaction(line.pool, async (client) => {
    await holdCall(client, line, callSid);
    const { rowCount } = await client.query(
      `update simulated_carrier.call_step
       set done_at = clock_timestamp(), attempts = attempts + cardinality($3::integer[]),
           http_statuses = http_statuses || $3::integer[], trouble = $4
       where call_sid = $1 and number = $2 and done_at is null`,
      [callSid, next.number, outcome.statuses, outcome.trouble],
    );
    if (rowCount === 0) throw new CallLost();
    await client.query(
      `update simulated_carrier.call
       set http_statuses = http_statuses || $2::integer[], trouble = coalesce($3, trouble),
           heard = heard || $4::text[], connected_to = coalesce($5, connected_to), talked_seconds = talked_seconds + $6
       where sid = $1`,
      [
        callSid,
        outcome.statuses,
        outcome.trouble,
        step.kind === 'hear' ? [step.detail.message] : [],
        step.kind === 'connect' ? step.detail.number : null,
        step.kind === 'connect' ? step.detail.talkedSeconds : 0,
      ],
    );
    if (outcome.plan) {
      const { steps, pickedUpAfterSeconds, dialStatus } = outcome.plan;
      await client.query(
        'update simulated_carrier.call set picked_up_after_seconds = $2, dial_status = $3 where sid = $1',
        [callSid, pickedUpAfterSeconds, dialStatus],
      );
      await insertSteps(client, line, callSid, { number: next.number, afterSeconds: step.afterSeconds }, steps);
    }
    if (step.kind === 'end') {
      await client.query(
        `update simulated_carrier.call
         set end_status = $2, ended_at = placed_at + $3::float8 * interval '1 second', lease_holder = null, lease_until = null
         where sid = $1`,
        [callSid, step.detail.status, step.afterSeconds],
      );
    }
  });
}

async function postponeStep(line: Line, next: NextStep, result: PostResult, backoffSeconds: number): Promise<void> {
  await inTransaction(line.pool, async (client) => {
    await holdCall(client, line, next.callSid);
    await client.query(
      `update simulated_carrier.call_step
       set attempts = attempts + 1, http_statuses = http_statuses || $3::integer, trouble = $4,
           due_at = clock_timestamp() + $5::float8 * interval '1 second'
       where call_sid = $1 and number = $2 and done_at is null`,
      [next.callSid, next.number, result.status, result.trouble, backoffSeconds],
    );
    await client.query(
      'update simulated_carrier.call set http_statuses = http_statuses || $2::integer, trouble = $3 where sid = $1',
      [next.callSid, result.status, result.trouble],
    );
  });
}

/** Locks the call and makes sure that it is still ours. */
async function holdCall(client: pg.PoolClient, line: Line, callSid: string): Promise<void> {
  const { rowCount } = await client.query(
    'select from simulated_carrier.call where sid = $1 and lease_holder = $2 for update',
    [callSid, line.holder],
  );
  if (rowCount === 0) throw new CallLost();
}

/** A step is due as long after now as the call's own times are apart. */
async function insertSteps(
  client: pg.PoolClient,
  line: Line,
  callSid: string,
  after: { number: number; afterSeconds: number },
  steps: readonly Step[],
): Promise<void> {
  const rows = steps.map((step, index) => ({
    number: after.number + 1 + index,
    kind: step.kind,
    after_seconds: step.afterSeconds,
    wait_seconds: Math.max(0, step.afterSeconds - after.afterSeconds) / line.speed,
    detail: step.detail,
  }));
  await client.query(
    `insert into simulated_carrier.call_step (call_sid, number, kind, after_seconds, due_at, detail)
     select $1, number, kind, after_seconds, clock_timestamp() + wait_seconds * interval '1 second', detail
     from jsonb_to_recordset($2::jsonb)
       as step (number integer, kind text, after_seconds float8, wait_seconds float8, detail jsonb)`,
    [callSid, JSON.stringify(rows)],
  );
}
