import assert from 'node:assert/strict';
import type { Case, Sides, Stage } from '../compare.ts';
import { type FilledSite, fillSites, hex24, send } from '../fillSites.ts';
import { keepVisitBare } from '../peers/keepVisitBare.ts';
import { serveSides } from '../serveSides.ts';
import { underLoad } from '../startLoad.ts';

const visitors = 200;
const numbers = 220;

export const poolVisit: Case = {
  name: 'pool-visit',
  ours: `pages of ${visitors} visitors at once, new ones each round, who are given their numbers of one pool of ${numbers}`,
  floor: 'the same server, as many at once: one indexed select, one committed insert of one row of a visit',
  unit: 'requests/s',
  better: 'higher',
  aim: 0.3,
  open,
};

async function open(stage: Stage): Promise<Sides> {
  let site!: FilledSite;
  const served = await serveSides(await stage.makeDatabase(), async (peer, { pool }) => {
    [site] = (await fillSites(pool, { accounts: 1, numbersPerSource: numbers, isPool: true })) as [FilledSite];
    await keepVisitBare(peer, pool);
  });
  const { pool } = served.house;
  let sent = 0;
  let looking: { visitor: string; visit: string }[] = [];
  const makeRequests = (count: number) =>
    Array.from({ length: Math.max(count, visitors) }, (_, index) =>
      send(site, sent++, { ...looking[index % visitors]!, page: `https://anchor.example/page/${index}` }),
    );
  const settle = async () => {
    await pool.query('delete from pool_assignment');
    looking = Array.from({ length: visitors }, () => ({ visitor: hex24(), visit: hex24() }));
  };
  const ours = underLoad(stage, { url: served.ours, holds: '"swaps":[["+1', makeRequests, connections: visitors });
  const floor = underLoad(stage, { url: served.floor, holds: '"swaps":[["', makeRequests, connections: visitors });
  return {
    async ours() {
      await settle();
      const sample = await ours();
      const { rows } = await pool.query(
        `
        select count(distinct visitor_id)::int as visitors, count(distinct tracking_number_id)::int as numbers
          from pool_assignment`,
      );
      assert.deepEqual(rows, [{ visitors, numbers: visitors }], 'Everybody had one number of their own.');
      return sample;
    },
    async floor() {
      await settle();
      return floor();
    },
    close: served.close,
  };
}
