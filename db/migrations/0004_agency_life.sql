-- An agency's own closure and switches. Small reference tables: a sub-account's standing reads them beside its own rows.

create table agency_closure (
  agency_id bigint not null references agency,
  agency_closure_id bigint generated always as identity,
  closed_at timestamptz not null,
  closed_by text not null,
  closed_by_role text not null,
  -- One of a list, and words of the customer's own; neither is ever required.
  reason text,
  why text,
  numbers_restorable_until timestamptz not null,
  reactivatable_until timestamptz not null,
  refundable_until timestamptz not null,
  policy_version integer not null,
  plan_hash text not null,
  -- When the last sub-account had its own closure and its numbers were released.
  carried_out_at timestamptz,
  reactivated_at timestamptz,
  reactivated_by text,
  primary key (agency_id, agency_closure_id),
  check (closed_at < reactivatable_until and reactivatable_until <= refundable_until),
  check (carried_out_at >= closed_at),
  check (reactivated_at >= carried_out_at and reactivated_at < reactivatable_until),
  check ((reactivated_at is null) = (reactivated_by is null))
);
create unique index agency_closure_open on agency_closure (agency_id) where reactivated_at is null;

-- The agency's closure that closed this account; null for an account that was closed by itself, and keeps its own clock.
alter table closure add column agency_closure_id bigint;

-- Pause and stop of a whole agency: facts beside those of its sub-accounts and their numbers.
create table agency_switch (
  agency_id bigint not null references agency,
  switch_id bigint generated always as identity,
  kind text not null check (kind in ('pause', 'stop')),
  turned_at timestamptz not null,
  turned_by text not null,
  why text,
  resumed_at timestamptz,
  resumed_by text,
  primary key (agency_id, switch_id),
  check (resumed_at >= turned_at)
);
create unique index agency_switch_on on agency_switch (agency_id, kind) where resumed_at is null;
