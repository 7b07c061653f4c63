-- A balance of the past adds up a payer's charges by their moments, from the index alone.
drop index charge_of_payer;
create index charge_of_payer on charge (payer_id, at) include (amount_micros);
-- What stands behind a settlement.
create index charge_settled on charge (owner_id, settled_at);

-- What an owner means to spend in a month: an account on itself, an agency on all that it pays or on one sub-account.
create table budget (
  owner_id bigint not null,
  subject_id bigint not null,
  monthly_micros bigint not null check (monthly_micros > 0),
  -- In percent, ascending; a mail goes out when each is reached.
  levels integer[] not null check (cardinality(levels) between 1 and 10),
  set_at timestamptz not null,
  set_by text not null,
  -- When the sweep looks at it next.
  look_at timestamptz not null,
  primary key (owner_id, subject_id)
);
create index budget_due on budget (look_at, owner_id, subject_id);

-- A level that was reached in a month, and told of: once.
create table budget_alert (
  owner_id bigint not null,
  subject_id bigint not null,
  -- Of the zone of whoever set the budget: '2026-03'.
  month text not null,
  level integer not null,
  monthly_micros bigint not null,
  spent_micros bigint not null,
  reached_at timestamptz not null,
  primary key (owner_id, subject_id, month, level)
);
