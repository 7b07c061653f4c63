import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { openWorld, type World } from '../../../test/world.ts';
import { newKey, newSid } from '../../platform/ids.ts';
import { daysFrom, daysOfMonth } from '../../rules/calendar.ts';
import { matchCalls } from '../matchCalls.ts';
import { readReport } from './readReport.ts';

/* Reports over calls and visits that were written as they lie, around the days on which clocks are turned. */

let world: World;
let numberId: number;
const zone = 'America/New_York';
const sources: Record<string, number> = {};
const account = () => ({ accountId: world.shopId, timeZone: zone });
const db = () => world.house.db;

const insert = async (text: string, values: unknown[]): Promise<number> =>
  (await world.house.pool.query(text, values)).rows[0].id;

interface WishedCall {
  at: string;
  from?: string;
  source?: string;
  status?: string;
  talk?: number;
  visit?: number;
  likely?: number;
}

async function call(wished: WishedCall) {
  const { at, from = '+12125550111', source = 'Ads', status = 'answered', talk = 60, visit, likely = 90 } = wished;
  const callId = await insert(
    `insert into call (account_id, sid, carrier_call_sid, tracking_number_id, tracking_source_id, caller_number, called_at, status,
                       talk_seconds, payer_id)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $1) returning call_id::int as id`,
    [world.shopId, newSid('CAL'), newKey(), numberId, sources[source] ?? null, from, at, status, talk],
  );
  if (visit)
    await world.house.pool.query(
      'insert into call_visit (account_id, call_id, visit_id, rank, likelihood_percent) values ($1, $2, $3, 1, $4)',
      [world.shopId, callId, visit, likely],
    );
}

async function visit(at: string, landing: string, campaign: string | null = null, source = 'Ads'): Promise<number> {
  const visitor = await insert(
    'insert into visitor (account_id, sid, first_seen_at, last_seen_at) values ($1, $2, $3, $3) returning visitor_id::int as id',
    [world.shopId, newKey().replaceAll('-', '').slice(0, 24), at],
  );
  return insert(
    `insert into visit (account_id, sid, visitor_id, begun_at, last_seen_at, tracking_source_id, landing_url, page_url, utm_campaign)
     values ($1, $2, $3, $4, $4, $5, $6, $6, $7) returning visit_id::int as id`,
    [world.shopId, newKey().replaceAll('-', '').slice(0, 24), visitor, at, sources[source], landing, campaign],
  );
}

before(async () => {
  world = await openWorld();
  const number = await world.rent(world.shopId, world.cast.shopOwner.actor);
  numberId = number.trackingNumberId;
  for (const name of ['Ads', 'Organic'])
    sources[name] = await insert(
      'insert into tracking_source (account_id, sid, name, created_at) values ($1, $2, $3, now()) returning tracking_source_id::int as id',
      [world.shopId, newSid('TSO'), name],
    );
  // 2026-03-08: clocks go from 2:00 to 3:00. 2026-11-01: from 2:00 back to 1:00.
  const spring = await visit(
    '2026-03-08T05:00:00Z',
    'https://shop.example/offer?utm_campaign=spring&gclid=1',
    'spring',
  );
  await visit('2026-03-08T06:00:00Z', 'https://shop.example/offer#form', 'spring');
  const plain = await visit('2026-03-08T07:00:00Z', 'https://shop.example/', null, 'Organic');
  await visit('2026-03-10T07:00:00Z', 'http://shop.example/offer/', 'spring');
  await call({ at: '2026-03-08T04:59:59.999Z' });
  await call({ at: '2026-03-08T05:00:00Z', from: '+12125550112', visit: spring });
  await call({ at: '2026-03-08T07:30:00Z', from: '+12125550112', talk: 120 });
  await call({ at: '2026-03-09T03:59:59.999Z', from: '', source: 'Organic', status: 'no-answer', talk: 0 });
  await call({ at: '2026-03-09T04:00:00Z' });
  // A guess of a call and one that is just likely enough, in a month of their own.
  await call({ at: '2026-05-04T12:00:00Z', visit: spring, likely: 49 });
  await call({ at: '2026-05-05T12:00:00Z', visit: spring, likely: 50 });
  await call({ at: '2026-05-05T13:00:00Z', visit: plain, likely: 50 });
  await call({ at: '2026-05-06T12:00:00Z' });
  await call({ at: '2026-11-01T05:30:00Z', from: '+12125550113' });
  await call({ at: '2026-11-01T06:30:00Z', from: '+12125550114' });
  await matchCalls(world.house);
});

describe('a report', () => {
  const now = new Date('2026-12-01T00:00:00Z');

  test('counts the calls of a day of 23 hours, and compares with the day before', async () => {
    const days = daysFrom('2026-03-08', '2026-03-08', zone)!;
    const report = await readReport(db(), account(), 'source', days, now);
    assert.deepEqual(report.sums, {
      ...report.sums,
      calls: 3,
      answered: 2,
      firstTime: 1,

      talkSeconds: 180,
      visits: 3,
    });
    assert.equal(report.sumsBefore.calls, 1);
    assert.equal(report.pace, 'hour');
    assert.equal(report.overTime.length, 23);
    assert.deepEqual(
      report.overTime.filter((bar) => bar.calls > 0).map((bar) => bar.at),
      ['0', '2', '22'],
    );
    assert.deepEqual(
      report.lines.map(({ name, calls, callsBefore, visits }) => ({ name, calls, callsBefore, visits })),
      [
        { name: 'Ads', calls: 2, callsBefore: 1, visits: 2 },
        { name: 'Organic', calls: 1, callsBefore: 0, visits: 1 },
      ],
    );
  });

  test('keeps the two hours of the same name apart', async () => {
    const report = await readReport(db(), account(), 'source', daysFrom('2026-11-01', '2026-11-01', zone)!, now);
    assert.equal(report.overTime.length, 25);
    assert.deepEqual(
      report.overTime.filter((bar) => bar.calls > 0).map((bar) => bar.at),
      ['1', '2'],
    );
  });

  test('by campaign and landing page goes by the likeliest visit, without what follows the question mark', async () => {
    const march = daysOfMonth('2026-03', zone)!;
    const linesOf = async (view: 'campaign' | 'landing-page') =>
      (await readReport(db(), account(), view, march, now)).lines.map(({ name, calls, visits }) => [
        name,
        calls,
        visits,
      ]);
    assert.deepEqual(await linesOf('campaign'), [
      ['No visit known', 4, 0],
      ['spring', 1, 3],
      ['No campaign', 0, 1],
    ]);
    assert.deepEqual(await linesOf('landing-page'), [
      ['No visit known', 4, 0],
      ['shop.example/offer', 1, 3],
      ['shop.example', 0, 1],
    ]);
  });

  test('counts a call for a visit only where that is as likely as all others together', async () => {
    const may = daysOfMonth('2026-05', zone)!;
    for (const [view, named, none] of [
      ['campaign', 'spring', 'No campaign'],
      ['landing-page', 'shop.example/offer', 'shop.example'],
    ] as const) {
      const report = await readReport(db(), account(), view, may, now);
      assert.deepEqual(
        new Map(report.lines.map(({ name, calls }) => [name, calls])),
        new Map([
          ['No visit known', 1],
          ['No visit known for sure', 1],
          [named, 1],
          [none, 1],
        ]),
      );
      assert.deepEqual(
        report.lines.map((line) => line.kind).toSorted(),
        ['named', view === 'campaign' ? 'none' : 'named', 'unknown', 'unsure'].toSorted(),
      );
    }
  });

  test('plots its own lines, and the time before', async () => {
    const may = daysOfMonth('2026-05', zone)!;
    const report = await readReport(db(), account(), 'campaign', may, now);
    const at = report.plotted.findIndex((line) => line.name === 'spring');
    assert.deepEqual(
      report.overTime.filter((bar) => bar.ofLines[at] !== 0).map((bar) => [bar.at, bar.ofLines[at]]),
      [['2026-05-05', 1]],
    );
    for (const bar of report.overTime)
      assert.equal(
        bar.ofLines.reduce((sum, each) => sum + each, 0),
        bar.calls,
      );
    const spring = await readReport(db(), account(), 'source', daysFrom('2026-03-09', '2026-03-10', zone)!, now);
    assert.deepEqual(
      spring.overTime.map((bar) => bar.callsBefore),
      [1, 3],
    );
    const running = new Date('2026-05-05T12:30:00Z');
    const { overTime } = await readReport(db(), account(), 'source', may, running);
    assert.deepEqual(
      [overTime[4]!.callsBefore, overTime[5]!.callsBefore],
      [0, null],
      'what lies ahead is not compared',
    );
  });

  test('plots five lines, and all others as one', async () => {
    const lines = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    for (const [index, name] of lines.entries()) {
      const of = await visit('2026-07-01T12:00:00Z', 'https://shop.example/', name);
      for (let count = 0; count <= index; count += 1) await call({ at: '2026-07-02T12:00:00Z', visit: of });
    }
    const report = await readReport(db(), account(), 'campaign', daysOfMonth('2026-07', zone)!, now);
    assert.deepEqual(
      report.plotted.map(({ name, calls }) => [name, calls]),
      [
        ['g', 7],
        ['f', 6],
        ['e', 5],
        ['d', 4],
        ['c', 3],
        ['2 others', 3],
      ],
    );
    assert.deepEqual(report.overTime[1]!.ofLines, [7, 6, 5, 4, 3, 3]);
  });

  test('its days, bars and lines add up to its sums', async () => {
    const year = daysFrom('2026-01-01', '2026-12-31', zone)!;
    const report = await readReport(db(), account(), 'source', year, now);
    assert.equal(report.pace, 'month');
    for (const parts of [report.lines, report.overTime])
      assert.equal(
        parts.reduce((sum, each) => sum + each.calls, 0),
        report.sums.calls,
      );
    const daily = await readReport(db(), account(), 'source', daysOfMonth('2026-03', zone)!, now);
    assert.deepEqual(
      daily.overTime.filter((bar) => bar.calls > 0).map((bar) => [bar.at, bar.calls]),
      [
        ['2026-03-07', 1],
        ['2026-03-08', 3],
        ['2026-03-09', 1],
      ],
    );
  });
});

describe('its doors', () => {
  const address = (ending: string) => `/accounts/${world.shopId}/reports/by-${ending}`;

  test('a page, and files of the table and of the plot', async () => {
    const page = await world.ask(world.cast.shopOwner, { url: address('source?days=2026-03') });
    assert.equal(page.statusCode, 200);
    assert.match(page.body, /Calls by source/);
    const csv = await world.ask(world.cast.shopOwner, { url: address('campaign.csv?days=2026-03') });
    assert.match(String(csv.headers['content-disposition']), /calls-2026-03-by-campaign\.csv/);
    assert.match(csv.body, /^\uFEFFcampaign,kind,calls,calls_before,/);
    assert.match(csv.body, /\r\nspring,named,1,0,1,1,60,3,33\.33\r\n/);
    const overTime = await world.ask(world.cast.shopOwner, { url: address('source.csv?days=2026-03&part=over-time') });
    assert.match(
      overTime.body,
      /^\uFEFFday \(America\/New_York\),calls,answered,calls_before,Ads,Organic\r\n2026-03-01T00:00:00-05:00,0,/,
    );
    assert.match(overTime.body, /\r\n2026-03-08T00:00:00-05:00,3,2,0,2,1\r\n2026-03-09T00:00:00-04:00,/);
    const hours = await world.ask(world.cast.shopOwner, {
      url: address('source.csv?days=2026-03-08..2026-03-08&part=over-time'),
    });
    assert.match(hours.body, /^\uFEFFhour \(America\/New_York\),/);
    assert.match(hours.body, /\r\n2026-03-08T03:00:00-04:00,1,1,0,1,0\r\n/);
  });

  test('the plot and its table show the lines, the legend their sums, the hint the likelihood', async () => {
    const { body } = await world.ask(world.cast.shopOwner, { url: address('campaign?days=2026-05') });
    assert.match(body, /<span class="wrap-anywhere">No visit known for sure<\/span><b>1<\/b>/);
    assert.match(body, /5 May 2026: 2 calls, [^<]*spring 1[^<]*; 0 in the time before/);
    assert.match(body, /<th scope="col"[^>]*>spring<\/th>/);
    assert.match(body, /<path class="plot-compared" d="M/);
    assert.doesNotMatch(body, /not drawn/);
    assert.match(body, /where that is at least 50 %/);
    const source = await world.ask(world.cast.shopOwner, { url: address('source?days=2026-05') });
    assert.doesNotMatch(source.body, /No visit known/);
  });

  test('calls of a day that only the longer month before has are said, though not drawn', async () => {
    await call({ at: '2026-08-30T12:00:00Z' });
    await call({ at: '2026-08-31T12:00:00Z' });
    const { body } = await world.ask(world.cast.shopOwner, { url: address('source?days=2026-09') });
    assert.match(body, /All calls of the time before <b>2<\/b>/);
    assert.match(body, /1 of those fell beyond these days, and are not drawn/);
  });

  test('what it is compared with is said in days, with their years', async () => {
    const said = async (days: string) =>
      /compared with ([^<]*)\./.exec(
        (await world.ask(world.cast.shopOwner, { url: address(`source?days=${days}`) })).body,
      )?.[1];
    assert.equal(await said('2025-10'), 'September 2025');
    assert.equal(await said('2023-01-01..2025-11-24'), '7 February 2020 to 31 December 2022');
    const today = await world.ask(world.cast.shopOwner, { url: address('source?range=today') });
    assert.match(today.body, /compared with \d+ \w+ \d{4} until \d\d:\d\d E[SD]T\./);
  });

  test('days that are none get a sentence', async () => {
    const page = await world.ask(world.cast.shopOwner, { url: address('source?from=2026-03-09&to=2026-03-01') });
    assert.equal(page.statusCode, 422);
    assert.match(page.body, /Say two days/);
    for (const query of ['days=rubbish', 'from=2026-03-09&to=2026-03-01', 'days=rubbish&part=over-time']) {
      const file = await world.ask(world.cast.shopOwner, { url: address(`source.csv?${query}`) });
      assert.equal(file.statusCode, 422);
      assert.match(file.body, /Say two days/);
    }
  });

  test('scripts read it in the older words', async () => {
    const url = `/api/v1/accounts/${world.shopId}/reports?s=2026-03-07&e=2026-03-09&interval=day`;
    const answer = (await world.ask(world.shopPeople['report-manager'], { url })).json();
    assert.equal(answer.total_calls, 5);
    assert.equal(answer.total_unique_calls, 2);
    assert.equal(answer.average_call_length, '1:15');
    assert.equal(answer.top_call_source, 'Ads');
    assert.deepEqual(answer.stats.calls, { '2026-03-07': [1, 1], '2026-03-08': [3, 1], '2026-03-09': [1, 1] });
    const wrong = await world.ask(world.cast.shopOwner, {
      url: `/api/v1/accounts/${world.shopId}/reports?s=yesterday`,
    });
    assert.equal(wrong.statusCode, 422);
  });

  test('a call agent sees none of it', async () => {
    const page = await world.ask(world.cast.callAgent, { url: address('source') });
    assert.equal(page.statusCode, 403);
  });
});
