import type { FastifyInstance } from 'fastify';
import type pg from 'pg';
import type { VisitBeacon } from '../../src/rules/swapping.ts';

/** The least that keeps a visit: one indexed select, one committed insert into the table of visits, a constant answer. */
export async function keepVisitBare(app: FastifyInstance, pool: pg.Pool): Promise<void> {
  await pool.query(`
    create table bare_site as select account_id, tracking_source_id, sid from tracking_source;
    alter table bare_site add primary key (account_id, sid);
    analyze bare_site;
    create table bare_visit (like visit including all);
  `);
  app.post<{ Params: { site: string } }>('/:site/visit', { config: { isForAnySite: true } }, async (request, reply) => {
    const beacon = JSON.parse(String(request.body)) as VisitBeacon;
    const { rows } = await pool.query({
      name: 'bare site',
      text: 'select * from bare_site where account_id = $1 and sid = $2',
      values: [request.params.site, beacon.source],
    });
    await pool.query({
      name: 'bare visit',
      text: `insert into bare_visit (account_id, sid, visitor_id, begun_at, last_seen_at, tracking_source_id, referrer, landing_url,
                                     page_url)
             values ($1, $2, 1, now(), now(), $3, $4, $5, $6) on conflict do nothing`,
      values: [
        request.params.site,
        // A row of its own for each beacon.
        `${beacon.visit} ${request.id}`,
        String(rows[0].tracking_source_id),
        beacon.referrer,
        beacon.landing,
        beacon.page,
      ],
    });
    return reply.header('access-control-allow-origin', '*').send({ isOn: true, swaps: [['', '']] });
  });
}
