import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { loadDemo } from '../../db/demo.ts';
import { matchCalls } from '../../src/calls/matchCalls.ts';
import { connect } from '../../src/platform/db.ts';
import { migrate } from '../../src/platform/migrate.ts';
import { must } from '../../src/rules/decision.ts';
import { judgePool } from '../../src/rules/poolSize.ts';
import { chooseSource, isLookedFor, readTouch } from '../../src/rules/sources.ts';
import { findMeasuredVisits, findPoolNumbers } from '../../src/swapping/pools/store.ts';
import { findSources } from '../../src/swapping/sources/store.ts';
import { findTargets } from '../../src/swapping/targets/store.ts';
import { findVisits } from '../../src/swapping/visitors/store.ts';
import { openDatabase } from '../world.ts';

test('the demo’s websites: visits count for the source that their way leads to, and one source has a pool', async () => {
  const databaseUrl = await openDatabase('empty');
  await migrate(databaseUrl);
  await loadDemo(databaseUrl);
  const { db } = connect(databaseUrl, { max: 2 });
  try {
    const accounts = await db.selectFrom('account').select(['accountId', 'name']).execute();
    let visited = 0;
    for (const { accountId, name } of accounts) {
      const sources = await findSources(db, accountId);
      assert.ok(sources.filter(isLookedFor).length >= 3, name);
      assert.equal((await findTargets(db, accountId)).length, 1, name);
      const visits = await findVisits(db, accountId, { limit: 1_000 });
      visited += visits.length;
      for (const { referrer, landingUrl, sourceName } of visits) {
        const touch = must(readTouch(referrer ?? '', landingUrl));
        assert.equal(chooseSource(sources, touch, null)?.name, sourceName, `${referrer} → ${landingUrl}`);
      }
      const pool = sources.find((each) => each.isPool);
      assert.equal(pool !== undefined, name === 'Anchor Plumbing');
      if (!pool) continue;
      const numbers = await findPoolNumbers(db, accountId, pool.trackingSourceId, new Date());
      assert.equal(numbers.length, 3);
      assert.ok(numbers.every((each) => each.visitorId !== null));
      const measured = (await findMeasuredVisits(db, accountId, new Date())).get(pool.trackingSourceId)!;
      assert.equal(judgePool(numbers.length, measured).verdict, 'enough');
    }
    await matchCalls({ db });
    const { rows: calls } = await sql<{ phone: string; percent: number | null; isOpen: boolean; minutes: number }>`
      select n.phone_number as phone, m.likelihood_percent as percent, s.last_shown_at >= c.called_at as is_open,
             extract(epoch from c.called_at - t.begun_at)::float8 / 60 as minutes
        from call c
        join tracking_number n using (account_id, tracking_number_id)
        join number_pool p on p.account_id = n.account_id and p.tracking_source_id = n.tracking_source_id
        left join call_visit m on m.account_id = c.account_id and m.call_id = c.call_id and m.rank = 1
        left join visit t on t.account_id = m.account_id and t.visit_id = m.visit_id
        left join showing s on s.account_id = m.account_id and s.visit_id = m.visit_id
                           and s.tracking_number_id = c.tracking_number_id
       where c.called_at > (select min(v.begun_at) from visit v where v.account_id = c.account_id)
    `.execute(db);
    assert.ok(calls.length >= 12, `${calls.length} calls of visitors`);
    assert.equal(new Set(calls.map((each) => each.phone)).size, 3, 'each number of the pool rings');
    const share = (fits: (call: (typeof calls)[number]) => boolean) => calls.filter(fits).length / calls.length;
    assert.ok(calls.every(({ percent, minutes }) => percent !== null && percent >= 30 && minutes <= 10));
    assert.ok(share(({ isOpen }) => isOpen) > 0.7, 'most dial from the open page');
    assert.ok(share(({ percent }) => percent! >= 75) > 0.7, 'and are known');
    assert.ok(visited > 300, `${visited} visits`);
  } finally {
    await db.destroy();
  }
});
