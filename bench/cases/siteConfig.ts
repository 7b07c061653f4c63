import type { Case, Sides, Stage } from '../compare.ts';
import { fillSites } from '../fillSites.ts';
import type { Asked } from '../load.ts';
import { answerScriptBare } from '../peers/answerScriptBare.ts';
import { serveSides } from '../serveSides.ts';
import { underLoad } from '../startLoad.ts';

const accounts = 30;

export const siteConfig: Case = {
  name: 'site-config',
  ours: `GET /…/t.js: the script with its configuration of five sources, of ${accounts} accounts in turn`,
  floor: 'the same server: constant bytes of the same length',
  unit: 'requests/s',
  better: 'higher',
  aim: 0.7,
  open,
};

async function open(stage: Stage): Promise<Sides> {
  let accountIds: number[] = [];
  const served = await serveSides(await stage.makeDatabase(), async (peer, { app, pool }) => {
    accountIds = (await fillSites(pool, { accounts, numbersPerSource: 4, isPool: false })).map(
      (site) => site.accountId,
    );
    await answerScriptBare(peer, (await app.inject({ url: `/${accountIds[0]}/t.js` })).rawPayload);
  });
  const makeRequests = (count: number): Asked[] =>
    Array.from({ length: count }, (_, index) => ({
      method: 'GET',
      path: `/${accountIds[index % accounts]}/t.js`,
      headers: {},
    }));
  return {
    ours: underLoad(stage, { url: served.ours, holds: '+1 3035550101', makeRequests }),
    floor: underLoad(stage, { url: served.floor, holds: '+1 3035550101', makeRequests }),
    close: served.close,
  };
}
