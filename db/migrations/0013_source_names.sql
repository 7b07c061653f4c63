-- Names of tracking sources are compared without case: an account has one "Google Ads".

-- One that was made beside another hands its numbers over and is removed; calls and visits keep it. The one that websites look for stays.
with named as (
  select account_id, tracking_source_id,
         first_value(tracking_source_id) over (partition by account_id, lower(name)
                                               order by is_onsite desc, position, tracking_source_id) as kept_id
    from tracking_source
   where removed_at is null
), doubled as (
  select * from named where tracking_source_id <> kept_id
), removed as (
  update tracking_source s set removed_at = now()
    from doubled d
   where s.account_id = d.account_id and s.tracking_source_id = d.tracking_source_id
), ended as (
  delete from number_pool p using doubled d
   where p.account_id = d.account_id and p.tracking_source_id = d.tracking_source_id
)
update tracking_number n set tracking_source_id = d.kept_id
  from doubled d
 where n.account_id = d.account_id and n.tracking_source_id = d.tracking_source_id;

-- Nobody has a number that left its pool.
delete from pool_assignment a using tracking_number n
 where a.account_id = n.account_id and a.tracking_number_id = n.tracking_number_id
   and not exists (
     select from number_pool p where p.account_id = n.account_id and p.tracking_source_id = n.tracking_source_id);

create unique index tracking_source_name on tracking_source (account_id, lower(name)) where removed_at is null;
