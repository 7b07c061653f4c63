import assert from 'node:assert/strict';
import { sql } from 'kysely';
import type { Db } from '../../src/platform/db.ts';

/** What must hold of an agency after any life, from the rows alone; the constants are written here once more, on purpose. */
export async function checkAgencyRows(db: Db, agencyId: number, clientId: string): Promise<void> {
  const never = async (what: string, query: ReturnType<typeof sql<{ detail: string }>>) => {
    const { rows } = await sql`
      with ours as (select account_id from account where agency_id = ${agencyId}),
      canceled as (select * from agency_closure where agency_id = ${agencyId}),
      span as (
        select account_id as owner_id, closed_at, reactivated_at from closure where account_id in (select account_id from ours)
        union all select account_id, closed_at, reactivated_at from canceled cross join ours
        union all select agency_id, closed_at, reactivated_at from canceled)
      ${query}`.execute(db);
    assert.deepEqual(rows, [], what);
  };
  await never(
    'charged inside a closure, its own or the agency’s',
    sql`select h.description || ' at ' || h.at as detail from charge h join span s using (owner_id)
         where s.closed_at <= h.at and (s.reactivated_at is null or h.at < s.reactivated_at)`,
  );
  await never(
    'refused for no funds without them being gone for 15 days, or connected although they were',
    sql`select k.refused_because || ' at ' || k.called_at as detail from call k join ours using (account_id)
         where (k.refused_because is null or k.refused_because = 'no funds')
           and (k.refused_because is not null) <> exists (
             select from arrears a
              where a.owner_id = k.payer_id and a.began_at + interval '360 hours' <= k.called_at
                and (a.ended_at is null or k.called_at < a.ended_at))`,
  );
  await never(
    'mailed a day of the calendar too early, or after it was paid',
    sql`select r.day || ' at ' || r.sent_at as detail from reminder r join arrears a using (owner_id, arrears_id)
         where a.owner_id = ${agencyId}
           and (r.sent_at < a.began_at + r.day * interval '24 hours' or r.sent_at > a.ended_at)`,
  );
  await never(
    'something was earned inside the agency’s closure; what is owed may move to unclaimed',
    sql`select p.description || ' at ' || p.at as detail from posting p join span s using (owner_id)
         where p.credit = 'revenue' and s.closed_at <= p.at and (s.reactivated_at is null or p.at < s.reactivated_at)`,
  );
  await never(
    'went back before its hold ended, or was restored after it',
    sql`select release_id::text as detail from release join ours using (account_id)
         where restorable_until <> released_at + interval '336 hours'
            or return_ordered_at < released_at + interval '336 hours'
            or restored_at >= released_at + interval '336 hours'`,
  );
  await never(
    'went back without a release',
    sql`select n.phone_number as detail from tracking_number n join ours using (account_id)
          join simulated_carrier.rental r on r.sid = n.carrier_number_id
         where r.released_at is not null and not exists (
           select from release l where l.account_id = n.account_id and l.tracking_number_id = n.tracking_number_id
              and l.restored_at is null and l.return_ordered_at is not null)`,
  );
  await never(
    'rings for two accounts',
    sql`select n.phone_number as detail from tracking_number n join ours using (account_id)
          join tracking_number o on o.phone_number = n.phone_number and o.tracking_number_id <> n.tracking_number_id
          left join release l on l.account_id = o.account_id and l.tracking_number_id = o.tracking_number_id and l.restored_at is null
          left join release m on m.account_id = n.account_id and m.tracking_number_id = n.tracking_number_id and m.restored_at is null
         where n.bought_at is not null and o.bought_at is not null and l.returned_at is null and m.returned_at is null`,
  );
  await never(
    'an own closure lost its own dates, or the agency’s has others',
    sql`select closure_id::text as detail
          from closure c join ours using (account_id) left join canceled g using (agency_closure_id)
         where c.reactivatable_until <> c.closed_at + interval '1440 hours'
            or (g.agency_id is not null and g.closed_at <> c.closed_at)
            or (g.agency_id is null and c.closed_at >= (select closed_at from canceled))`,
  );
  await never(
    'a sub-account or number of a canceled agency was left out',
    sql`select account_id::text as detail from ours cross join canceled g
         where not exists (select from closure c where c.account_id = ours.account_id and c.reactivated_at is null)
            or exists (select from tracking_number n where n.account_id = ours.account_id and n.bought_at is not null
                  and not exists (select from release l where l.account_id = n.account_id
                                     and l.tracking_number_id = n.tracking_number_id and l.restored_at is null))`,
  );
  await never(
    'something came back or changed under a canceled agency',
    sql`select account_id::text as detail from ours cross join canceled g
         where exists (select from closure c where c.account_id = ours.account_id and c.reactivated_at >= g.closed_at)
            or exists (select from release l where l.account_id = ours.account_id and l.restored_at >= g.closed_at)
            or exists (select from switch w where w.account_id = ours.account_id
                          and greatest(w.turned_at, w.resumed_at) >= g.closed_at)
            or exists (select from account a where a.account_id = ours.account_id and a.created_at >= g.closed_at)`,
  );
  await never(
    'a deed of somebody whose role was taken away',
    sql`select d.action as detail from deed d join ours on ours.account_id = d.owner_id
         where d.person_id = ${clientId} and (
           select r.detail ->> 'to' from deed r
            where r.owner_id = d.owner_id and r.action = 'manage-users' and r.deed_id < d.deed_id
            order by r.deed_id desc limit 1) = 'call-agent'
           and d.action <> 'cancel-agency'`,
  );
}
