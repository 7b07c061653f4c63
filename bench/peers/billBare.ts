import type pg from 'pg';

/** The rows of a month of billing, written at once by whoever knows that nothing else happens and that all months are alike. */
export async function billBare(pool: pg.Pool): Promise<void> {
  await pool.query(`
    create temporary table due on commit drop as
      select s.owner_id, s.plan_code, s.paid_until as began_at, s.paid_until + interval '1 month' as ends_at, p.name,
             r.version, r.monthly_fee_micros, r.included_minutes
        from subscription s join plan p using (plan_code)
        join lateral (select * from plan_price where plan_code = s.plan_code and effective_from <= s.paid_until
                       order by effective_from desc limit 1) r on true
       where s.paid_until <= now();
    insert into charge (owner_id, cause, cause_key, at, description, unit_micros, amount_micros, payer_id, settled_at)
    select owner_id, 'subscription', 'subscription from ' || began_at, began_at, name || ' plan, one month',
           monthly_fee_micros, monthly_fee_micros, owner_id, now()
      from due order by owner_id;
    insert into subscription_month (owner_id, began_at, ends_at, plan_code, price_version, paid_micros, included_minutes)
    select owner_id, began_at, ends_at, plan_code, version, monthly_fee_micros, included_minutes from due order by owner_id;
    update subscription s set paid_until = d.ends_at from due d where d.owner_id = s.owner_id;
    update account a set billed_at = now() from due d where d.owner_id = a.account_id;
    insert into posting (owner_id, at, debit, credit, amount_micros, cause, cause_key, description)
    select owner_id, at, 'wallet', 'revenue', amount_micros, cause, 'settle ' || owner_id || '/' || charge_id, description
      from charge order by owner_id;
    update wallet w set available_micros = w.available_micros - d.monthly_fee_micros from due d where d.owner_id = w.owner_id;
  `);
}
