import type { FastifyInstance } from 'fastify';
import type { House } from '../src/platform/house.ts';
import type { Sides, Stage } from './compare.ts';
import type { Asked } from './load.ts';
import { sendConstant } from './peers/sendConstant.ts';
import { serveSides } from './serveSides.ts';
import { underLoad } from './startLoad.ts';

interface Look {
  path: string;
  headers?: Record<string, string>;
  /** What the page holds when it is the right one. */
  holds: string;
}

/** A page against a constant one of the same length. */
export async function comparePage(
  stage: Stage,
  prepare: (house: House, app: FastifyInstance) => Promise<Look>,
): Promise<Sides> {
  let makeRequests = (_: number): Asked[] => [];
  let holds = '';
  const served = await serveSides(await stage.makeDatabase(), async (peer, { house, app }) => {
    const { path, headers, ...look } = await prepare(house, app);
    holds = look.holds;
    makeRequests = (count) => Array.from({ length: count }, (_, index) => ask(path, headers, index));
    const page = await app.inject({ url: path, headers: headers ?? {} });
    await sendConstant(peer, path, page.rawPayload.length);
  });
  return {
    ours: underLoad(stage, { url: served.ours, holds, makeRequests }),
    floor: underLoad(stage, { url: served.floor, holds: '', makeRequests }),
    close: served.close,
  };
}

/** Each visitor comes from an address of their own, or the limit of one visitor's requests would be what is measured. */
const ask = (path: string, headers: Look['headers'], index: number): Asked => ({
  method: 'GET',
  path,
  headers: { ...headers, 'x-forwarded-for': `10.${[16, 8, 0].map((bits) => (index >> bits) & 255).join('.')}` },
});
