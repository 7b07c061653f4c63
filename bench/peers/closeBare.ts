import type pg from 'pg';

/** The rows of a canceled agency, written at once by whoever knows that nothing else happens meanwhile. */
export async function closeBare(pool: pg.Pool, agencyId: number): Promise<void> {
  // The id is a number of ours; statements without parameters go in one message, which is one transaction.
  await pool.query(`
    insert into closure (account_id, closed_at, closed_by, closed_by_role, why, numbers_restorable_until,
                         reactivatable_until, refundable_until, policy_version, plan_hash, agency_closure_id)
    select a.account_id, g.closed_at, g.closed_by, g.closed_by_role, g.why, g.numbers_restorable_until,
           g.reactivatable_until, g.refundable_until, g.policy_version, g.plan_hash, g.agency_closure_id
      from agency_closure g join account a using (agency_id) where g.agency_id = ${agencyId};
    insert into release (account_id, tracking_number_id, released_at, released_by, closure_id, restorable_until)
    select n.account_id, n.tracking_number_id, c.closed_at, c.closed_by, c.closure_id, c.numbers_restorable_until
      from closure c join tracking_number n using (account_id);
    insert into deed (owner_id, at, person_id, role, action, idempotency_key, input_hash, detail, answer)
    select c.account_id, c.closed_at, c.closed_by, c.closed_by_role, 'cancel-agency',
           'agency closure ' || c.agency_closure_id, c.plan_hash, jsonb_build_object('releasedNumbers', r.numbers), 'true'
      from closure c join (select account_id, count(*) as numbers from release group by account_id) r using (account_id);
    update agency_closure set carried_out_at = closed_at where agency_id = ${agencyId};
  `);
}
