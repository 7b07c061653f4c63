import assert from 'node:assert/strict';
import { matchCalls } from '../../src/calls/matchCalls.ts';
import { findShown, recordMatch, takeCallsToMatch } from '../../src/calls/store.ts';
import { newKey, newSid } from '../../src/platform/ids.ts';
import { matching, weighVisits } from '../../src/rules/matching.ts';
import type { World } from '../world.ts';
import { chanceFrom } from './matchingScenario.ts';

/*
 * Random visits and calls on the database, matched by several workers at once, one of which is broken off. What is named is compared
 * with what was planted: never a visitor who was not shown that number before the call.
 */

const minuteMs = 60_000;

interface Planted {
  visitId: number;
  visitor: number;
  numberId: number;
  first: Date;
}

export interface Ground {
  accountId: number;
  pooled: number[];
  unpooled: number[];
  poolSource: number;
  plainSource: number;
  /** All that was ever shown here. */
  planted: Planted[];
}

/** Numbers of a pool, and others of a source that has none. */
export async function prepareGround(world: World, accountId: number): Promise<Ground> {
  const { pool } = world.house;
  const at = new Date('2027-01-01T00:00:00Z');
  const source = async (name: string): Promise<number> => {
    const { rows } = await pool.query(
      'insert into tracking_source (account_id, sid, name, created_at) values ($1, $2, $3, $4) returning tracking_source_id::int as id',
      [accountId, newSid('TSO'), `${name} ${newKey()}`, at],
    );
    return rows[0].id;
  };
  const [poolSource, plainSource] = [await source('Pool'), await source('Plain')];
  await pool.query('insert into number_pool (account_id, tracking_source_id, created_at) values ($1, $2, $3)', [
    accountId,
    poolSource,
    at,
  ]);
  const number = async (sourceId: number): Promise<number> => {
    const phone = `+1303555${String(Math.floor(Math.random() * 1e7)).padStart(7, '0')}`;
    const { rows } = await pool.query(
      `insert into tracking_number (account_id, sid, phone_number, kind, tracking_source_id, carrier, requested_at)
       values ($1, $2, $3, 'local', $4, 'simulated', $5) returning tracking_number_id::int as id`,
      [accountId, newSid('TPN'), phone.slice(0, 15), sourceId, at],
    );
    return rows[0].id;
  };
  const numbers = (sourceId: number, count: number) =>
    Promise.all(Array.from({ length: count }, () => number(sourceId)));
  return {
    accountId,
    planted: [],
    poolSource,
    plainSource,
    pooled: await numbers(poolSource, 3),
    unpooled: await numbers(plainSource, 2),
  };
}

/** Plays once: plants, matches, compares. */
export async function playMatching(world: World, ground: Ground, seed: number): Promise<void> {
  const chance = chanceFrom(seed);
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(chance() * items.length)]!;
  const { pool } = world.house;
  const { accountId } = ground;
  const start = Date.UTC(2027, 0, 1) + Math.floor(chance() * 1e9);
  const momentIn = (minutes: number): Date => new Date(start + Math.floor(chance() * minutes * minuteMs));
  // Dense or sparse, minutes or months: each brings other candidates.
  const span = pick([30, 600, 3 * 1440, 70 * 1440]);
  const visitors: number[] = [];
  for (let count = 0; count < 6; count += 1) {
    const at = momentIn(span);
    const { rows } = await pool.query(
      'insert into visitor (account_id, sid, first_seen_at, last_seen_at) values ($1, $2, $3, $3) returning visitor_id::int as id',
      [accountId, newKey().replaceAll('-', '').slice(0, 24), at],
    );
    visitors.push(rows[0].id);
  }
  const { planted } = ground;
  for (let count = 0; count < 14; count += 1) {
    const begun = momentIn(span);
    const visitor = pick(visitors);
    const { rows } = await pool.query(
      `insert into visit (account_id, sid, visitor_id, begun_at, last_seen_at, landing_url, page_url)
       values ($1, $2, $3, $4, $4, 'https://x.example/', 'https://x.example/') returning visit_id::int as id`,
      [accountId, newKey().replaceAll('-', '').slice(0, 24), visitor, begun],
    );
    const visitId = rows[0].id;
    for (const numberId of new Set([pick(ground.pooled), pick([...ground.pooled, ...ground.unpooled])])) {
      const first = new Date(begun.getTime() + Math.floor(chance() * 5 * minuteMs));
      const last = new Date(first.getTime() + Math.floor(chance() * pick([2, 20, 3000]) * minuteMs));
      const dialed = chance() < 0.3 ? new Date(first.getTime() + Math.floor(chance() * 10 * minuteMs)) : null;
      await pool.query(
        `insert into showing (account_id, visit_id, tracking_number_id, first_shown_at, last_shown_at, page_url, dialed_at)
         values ($1, $2, $3, $4, $5, 'https://x.example/', $6)`,
        [accountId, visitId, numberId, first, last, dialed],
      );
      planted.push({ visitId, visitor, numberId, first });
    }
  }
  const calls: { callId: number; numberId: number; at: Date }[] = [];
  for (let count = 0; count < 10; count += 1) {
    const numberId = pick([...ground.pooled, ...ground.pooled, ...ground.unpooled]);
    const near = pick(planted).first.getTime();
    // Often within seconds of a showing, a millisecond before it among them.
    const at = pick([momentIn(span), new Date(near - 1), new Date(near), new Date(near + 20_000)]);
    const { rows } = await pool.query(
      `insert into call (account_id, sid, carrier_call_sid, tracking_number_id, tracking_source_id, caller_number, called_at, status, payer_id)
       values ($1, $2, $3, $4, $5, $6, $7, 'answered', $1) returning call_id::int as id`,
      [
        accountId,
        newSid('CAL'),
        newKey(),
        numberId,
        ground.pooled.includes(numberId) ? ground.poolSource : ground.plainSource,
        pick(['+12125550111', '+12125550112', '+12125550113', '']),
        at,
      ],
    );
    calls.push({ callId: rows[0].id, numberId, at });
  }
  await matchTogether(world, ground);
  await compare(world, ground, calls);
  const before = await namedIn(world, accountId);
  await matchCalls(world.house);
  assert.deepEqual(await namedIn(world, accountId), before, 'a second look changes nothing');
}

/** Workers side by side, and one that dies between its writing and its commit. */
async function matchTogether({ house }: World, { accountId }: Ground): Promise<void> {
  const dying = house.db
    .transaction()
    .execute(async (tx) => {
      const [call] = await takeCallsToMatch(tx, accountId, 3);
      if (call) {
        const { calledBefore, visits } = await findShown(tx, call, new Date(0));
        await recordMatch(tx, call, weighVisits({ ...call, calledBefore }, visits));
      }
      throw new Error('killed');
    })
    .catch((error: Error) => assert.equal(error.message, 'killed'));
  await Promise.all([dying, ...Array.from({ length: 3 }, () => matchCalls(house))]);
  // What the dying one held is free again.
  await matchCalls(house);
}

interface Named {
  callId: number;
  visitId: number;
  rank: number;
  percent: number;
}

async function namedIn(world: World, accountId: number): Promise<Named[]> {
  const { rows } = await world.house.pool.query(
    `select call_id::int as "callId", visit_id::int as "visitId", rank, likelihood_percent as percent
       from call_visit where account_id = $1 order by call_id, rank`,
    [accountId],
  );
  return rows;
}

async function compare(
  world: World,
  ground: Ground,
  calls: readonly { callId: number; numberId: number; at: Date }[],
): Promise<void> {
  const { planted } = ground;
  const named = await namedIn(world, ground.accountId);
  const { rows } = await world.house.pool.query(
    'select count(*)::int as n from call where account_id = $1 and matched_at is null',
    [ground.accountId],
  );
  assert.equal(rows[0].n, 0, 'every call was looked at');
  for (const { callId, numberId, at } of calls) {
    const mine = named.filter((each) => each.callId === callId);
    const shown = planted.filter((each) => each.numberId === numberId && each.first <= at);
    for (const { visitId } of mine)
      assert.ok(
        shown.some((each) => each.visitId === visitId),
        `call ${callId} names visit ${visitId}, which was not shown the number before`,
      );
    if (!ground.pooled.includes(numberId)) assert.deepEqual(mine, [], 'a number of no pool names nobody');
    assert.deepEqual(
      mine.map((each) => each.rank),
      mine.map((_, index) => index + 1),
    );
    assert.ok(mine.length <= matching.keptVisits);
    assert.ok(mine.every((each) => each.percent >= 1 && each.percent <= 99));
    const isRecent = shown.some((each) => at.getTime() - each.first.getTime() < 20 * 1440 * minuteMs);
    if (ground.pooled.includes(numberId) && isRecent) assert.ok(mine.length > 0, `call ${callId} names nobody`);
  }
}
