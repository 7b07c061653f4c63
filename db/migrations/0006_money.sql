-- Prices of a plan change from a moment on; a month that has begun keeps those that it began with.
create table plan_price (
  plan_code text not null references plan,
  version integer not null,
  effective_from timestamptz not null,
  monthly_fee_micros bigint not null check (monthly_fee_micros >= 0),
  local_number_micros bigint not null check (local_number_micros >= 0),
  toll_free_number_micros bigint not null check (toll_free_number_micros >= 0),
  minute_in_micros bigint not null check (minute_in_micros >= 0),
  toll_free_minute_in_micros bigint not null check (toll_free_minute_in_micros >= 0),
  -- Agreed with the rest, though nothing is charged by them yet.
  minute_out_micros bigint not null check (minute_out_micros >= 0),
  recording_minute_micros bigint not null check (recording_minute_micros >= 0),
  transcription_minute_micros bigint not null check (transcription_minute_micros >= 0),
  -- Minutes of calls that each month of the subscription brings along.
  included_minutes bigint not null check (included_minutes >= 0),
  -- Whether a closing gives back what is left of the month that was paid.
  credits_unused_time boolean not null,
  set_at timestamptz not null,
  set_by text,
  primary key (plan_code, version),
  unique (plan_code, effective_from)
);
insert into plan_price
select plan_code, 1, '2000-01-01Z', monthly_fee_micros, local_number_micros, toll_free_number_micros, minute_in_micros,
       minute_in_micros + 20000, minute_in_micros + 5000, 5000, 25000,
       case plan_code when 'essentials' then 250 when 'pro' then 1000 when 'agency-plus' then 2500 else 0 end,
       plan_code in ('essentials', 'pro', 'agency-plus'), '2000-01-01Z', null
  from plan;
alter table plan
  drop column monthly_fee_micros,
  drop column local_number_micros,
  drop column toll_free_number_micros,
  drop column minute_in_micros;

-- What a plan lets its customers do beyond the rest.
create table plan_feature (
  plan_code text not null references plan,
  feature text not null check (feature in ('toll-free-numbers', 'canadian-numbers', 'number-patterns')),
  primary key (plan_code, feature)
);
insert into plan_feature
select p.plan_code, f.feature
  from plan p
  join (values ('toll-free-numbers', '{starter}'::text[]), ('canadian-numbers', '{starter,marketing-lite}'),
               ('number-patterns', '{starter,marketing-lite,essentials}')) f (feature, without)
    on p.plan_code <> all (f.without);

-- Every month of a subscription that was charged, `[began, ends)`: its calls cost what it began with. A change of plan ends it
-- and begins another; so does a closing that gives back what is left.
create table subscription_month (
  owner_id bigint not null references subscription,
  began_at timestamptz not null,
  ends_at timestamptz not null,
  plan_code text not null,
  price_version integer not null,
  -- What was charged for it.
  paid_micros bigint not null check (paid_micros >= 0),
  included_minutes bigint not null check (included_minutes >= 0),
  included_minutes_used bigint not null default 0 check (included_minutes_used between 0 and included_minutes),
  primary key (owner_id, began_at),
  foreign key (plan_code, price_version) references plan_price,
  check (began_at < ends_at)
);
insert into subscription_month
select s.owner_id, m.began_at, s.paid_until, s.plan_code, 1, r.monthly_fee_micros, r.included_minutes, 0
  from subscription s
  join plan_price r on r.plan_code = s.plan_code and r.version = 1
 cross join lateral (select coalesce(max(c.at), s.anchor) as began_at
                       from charge c where c.owner_id = s.owner_id and c.cause = 'subscription' and c.at < s.paid_until) m;

-- What a number's next month costs is a matter of its payer's plan at that moment.
alter table tracking_number drop column monthly_price_micros;

-- Whose wallet pays a call is settled when it rings, whoever pays for the account when it ends.
alter table call add column payer_id bigint;
update call c set payer_id = case a.payer when 'own' then a.account_id else a.agency_id end
  from account a where a.account_id = c.account_id;
alter table call alter column payer_id set not null;

-- When the billing run last held an owner: it takes the row so that a closing lies entirely before it or after it.
alter table account add column billed_at timestamptz;
alter table agency add column billed_at timestamptz;

alter table charge
  add column unit_micros bigint,
  drop constraint charge_amount_micros_check,
  drop constraint charge_cause_check,
  add check (cause in ('subscription', 'number', 'call', 'plan-change', 'unused-time', 'included-minutes')),
  -- Less than nothing is a credit.
  add check (amount_micros >= 0 or cause in ('plan-change', 'unused-time', 'included-minutes'));
update charge set unit_micros = amount_micros / greatest(quantity, 1);
alter table charge alter column unit_micros set not null;
create index charge_log on charge (owner_id, at desc, charge_id desc);
create index charge_of_payer on charge (payer_id, at, charge_id);

alter table posting
  drop constraint posting_debit_check,
  drop constraint posting_credit_check,
  add check (debit in ('payments', 'wallet', 'revenue', 'refunds', 'unclaimed')),
  add check (credit in ('payments', 'wallet', 'revenue', 'refunds', 'unclaimed')),
  -- A mistake is undone by its reverse, once; nothing is edited.
  add column reverses_posting_id bigint,
  add unique (owner_id, reverses_posting_id);

-- The billing run goes through what is due in this order.
drop index subscription_due;
create index subscription_due on subscription (paid_until, owner_id);
create index tracking_number_due on tracking_number (paid_until, tracking_number_id) where bought_at is not null;
