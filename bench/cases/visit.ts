import assert from 'node:assert/strict';
import type { Case, Sides, Stage } from '../compare.ts';
import { type FilledSite, fillSites, hex24, send } from '../fillSites.ts';
import { keepVisitBare } from '../peers/keepVisitBare.ts';
import { serveSides } from '../serveSides.ts';
import { underLoad } from '../startLoad.ts';

const accounts = 300;

export const visit: Case = {
  name: 'visit',
  ours: `beacons of visitors to ${accounts} websites, three each: a first page, a sign of life, a second page; all of it kept`,
  floor: 'the same server: one indexed select, one committed insert of one row of a visit',
  unit: 'requests/s',
  better: 'higher',
  aim: 0.6,
  open,
};

async function open(stage: Stage): Promise<Sides> {
  let sites: FilledSite[] = [];
  const served = await serveSides(await stage.makeDatabase(), async (peer, { pool }) => {
    sites = await fillSites(pool, { accounts, numbersPerSource: 4, isPool: false });
    await keepVisitBare(peer, pool);
  });
  let sent = 0;
  const makeRequests = (count: number, visitors = new Map<number, { visitor: string; visit: string }>()) =>
    Array.from({ length: count }, (_, index) => {
      const turn = Math.floor(index / 3);
      const ids = visitors.get(turn) ?? { visitor: hex24(), visit: hex24() };
      visitors.set(turn, ids);
      const site = sites[turn % accounts]!;
      const shown = [site.shown];
      return send(
        site,
        sent++,
        [
          { ...ids, shown },
          { ...ids, shown, kind: 'live' as const },
          { ...ids, shown, page: 'https://anchor.example/contact' },
        ][index % 3]!,
      );
    });
  const countKept = async () => {
    const { rows } = await served.house.pool.query<{ visits: number; showings: number; pages: number }>(`
      select (select count(*)::int from visit join visitor using (account_id, visitor_id)) as visits,
             (select count(*)::int from showing) as showings, (select count(*)::int from page_view) as pages`);
    return rows[0]!;
  };
  const before = await countKept();
  const ours = { visits: 0, pages: 0, beacons: 0 };
  return {
    ours: underLoad(stage, {
      url: served.ours,
      holds: '"isOn":true',
      makeRequests: (count) => {
        const visitors = new Map<number, { visitor: string; visit: string }>();
        const requests = makeRequests(count, visitors);
        ours.visits += visitors.size;
        ours.pages += requests.filter((_, index) => index % 3 !== 1).length;
        ours.beacons += count;
        return requests;
      },
    }),
    floor: underLoad(stage, { url: served.floor, holds: '"isOn":true', makeRequests }),
    async check() {
      const { rows } = await served.house.pool.query('select count(*)::int as floor from bare_visit');
      assert.deepEqual(
        { ...(await countKept()), ...rows[0] },
        {
          visits: before.visits + ours.visits,
          showings: before.showings + ours.visits,
          pages: before.pages + ours.pages,
          floor: sent - ours.beacons,
        },
        'All was kept.',
      );
    },
    close: served.close,
  };
}
