-- The house: people, agencies, accounts, their life (closures, switches, releases), numbers, calls and a first ledger.
-- Tenant tables start their keys with account_id (or owner_id, where an agency may stand too), so that they can be
-- sharded by it; what must be unique across accounts lives in a directory keyed by that very value.

-- The development clock: every process reads this one row. Zero outside development.
create table clock (
  only_row boolean primary key default true check (only_row),
  offset_ms bigint not null default 0
);
insert into clock default values;

-- Settings of the whole installation that are made, not given: secrets, the set-up link.
create table house_setting (
  setting_key text primary key,
  setting_value text not null,
  set_at timestamptz not null
);

-- Agencies and accounts share one id space.
create sequence owner_id_seq as bigint start with 18600;

---- People (directories: small tables that are not sharded; the sign-in library wants its keys to be called id) ----

create table person (
  id text primary key,
  name text not null,
  email text not null unique,
  email_verified boolean not null default false,
  image text,
  created_at timestamptz not null,
  updated_at timestamptz not null
);

-- How a person proves who they are; the password is a scrypt hash.
create table credential (
  id text primary key,
  person_id text not null references person on delete cascade,
  provider_id text not null,
  provider_person_id text not null,
  password_hash text,
  access_token text,
  refresh_token text,
  id_token text,
  access_token_expires_at timestamptz,
  refresh_token_expires_at timestamptz,
  scope text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  unique (provider_id, provider_person_id)
);
create index credential_person on credential (person_id);

create table session (
  id text primary key,
  person_id text not null references person on delete cascade,
  token text not null unique,
  expires_at timestamptz not null,
  ip_address text,
  user_agent text,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index session_person on session (person_id);

create table verification (
  id text primary key,
  identifier text not null,
  value text not null,
  expires_at timestamptz not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index verification_identifier on verification (identifier);

-- Which person has which role where; owner_id is an agency or an account.
create table membership (
  person_id text not null references person on delete cascade,
  owner_id bigint not null,
  role text not null,
  granted_at timestamptz not null,
  granted_by text,
  primary key (person_id, owner_id, role)
);
create index membership_owner on membership (owner_id);

create table staff (
  person_id text not null references person on delete cascade,
  role text not null check (role in ('support-agent', 'operator')),
  granted_at timestamptz not null,
  primary key (person_id, role)
);

---- Plans and agencies (reference tables) ----

create table plan (
  plan_code text primary key,
  name text not null,
  kind text not null check (kind in ('standalone', 'agency')),
  currency text not null,
  monthly_fee_micros bigint not null check (monthly_fee_micros >= 0),
  local_number_micros bigint not null check (local_number_micros >= 0),
  toll_free_number_micros bigint not null check (toll_free_number_micros >= 0),
  minute_in_micros bigint not null check (minute_in_micros >= 0),
  position integer not null
);
insert into plan values
  ('performance',    'Performance',    'standalone', 'USD',  79000000, 2500000, 4500000, 45000, 1),
  ('marketing-lite', 'Marketing Lite', 'standalone', 'USD',  49000000, 3000000, 5000000, 50000, 2),
  ('essentials',     'Essentials',     'standalone', 'USD',  99000000, 2250000, 4250000, 42000, 3),
  ('pro',            'Pro',            'standalone', 'USD', 149000000, 2000000, 4000000, 40000, 4),
  ('starter',        'Starter',        'standalone', 'USD',  29000000, 3500000, 5500000, 60000, 5),
  ('agency',         'Agency',         'agency',     'USD', 199000000, 1750000, 3500000, 35000, 6),
  ('agency-plus',    'Agency Plus',    'agency',     'USD', 399000000, 1500000, 3000000, 30000, 7);

create table agency (
  agency_id bigint primary key default nextval('owner_id_seq'),
  name text not null check (name <> ''),
  time_zone text not null,
  created_at timestamptz not null
);

---- Accounts and their life ----

create table account (
  account_id bigint primary key default nextval('owner_id_seq'),
  agency_id bigint,
  name text not null check (name <> ''),
  time_zone text not null,
  website text,
  -- Whose wallet pays: the account's own, or its agency's.
  payer text not null check (payer in ('own', 'agency')),
  refusal_message text not null,
  created_at timestamptz not null,
  check (payer = 'own' or agency_id is not null)
);
create index account_agency on account (agency_id) where agency_id is not null;

-- The fact that an account was ended, with the dates it was promised; reactivating ends the closure, nothing deletes it.
create table closure (
  account_id bigint not null references account,
  closure_id bigint generated always as identity,
  closed_at timestamptz not null,
  closed_by text not null,
  closed_by_role text not null,
  why text,
  numbers_restorable_until timestamptz not null,
  reactivatable_until timestamptz not null,
  refundable_until timestamptz not null,
  policy_version integer not null,
  plan_hash text not null,
  reactivated_at timestamptz,
  reactivated_by text,
  primary key (account_id, closure_id),
  check (closed_at < reactivatable_until and reactivatable_until <= refundable_until),
  check (reactivated_at >= closed_at and reactivated_at < reactivatable_until),
  check ((reactivated_at is null) = (reactivated_by is null))
);
create unique index closure_open on closure (account_id) where reactivated_at is null;

-- Where calls are forwarded to.
create table receiving_number (
  account_id bigint not null references account,
  receiving_number_id bigint generated always as identity,
  sid text not null,
  phone_number text not null check (phone_number ~ '^\+[1-9][0-9]{6,14}$'),
  name text,
  created_at timestamptz not null,
  primary key (account_id, receiving_number_id),
  unique (account_id, phone_number)
);

-- The advertisement or referrer that a number stands for.
create table tracking_source (
  account_id bigint not null references account,
  tracking_source_id bigint generated always as identity,
  sid text not null,
  name text not null check (name <> ''),
  created_at timestamptz not null,
  primary key (account_id, tracking_source_id),
  unique (account_id, name)
);

create table tracking_number (
  account_id bigint not null references account,
  tracking_number_id bigint generated always as identity,
  sid text not null,
  phone_number text not null check (phone_number ~ '^\+[1-9][0-9]{6,14}$'),
  kind text not null check (kind in ('local', 'tollfree')),
  name text,
  tracking_source_id bigint,
  receiving_number_id bigint,
  carrier text not null,
  carrier_number_id text,
  monthly_price_micros bigint not null check (monthly_price_micros >= 0),
  requested_at timestamptz not null,
  bought_at timestamptz,
  failed_at timestamptz,
  failure text,
  -- Renewals count from the anchor, so that month ends don't drift.
  renewal_anchor timestamptz,
  paid_until timestamptz,
  primary key (account_id, tracking_number_id),
  foreign key (account_id, tracking_source_id) references tracking_source,
  foreign key (account_id, receiving_number_id) references receiving_number,
  check (bought_at is null or (carrier_number_id is not null and paid_until is not null and failed_at is null))
);

-- The end of an account's use of a number, inside or past its hold.
create table release (
  account_id bigint not null,
  release_id bigint generated always as identity,
  tracking_number_id bigint not null,
  released_at timestamptz not null,
  released_by text not null,
  -- The closure that released it; null when somebody asked for this one number.
  closure_id bigint,
  restorable_until timestamptz not null,
  restored_at timestamptz,
  restored_by text,
  return_ordered_at timestamptz,
  returned_at timestamptz,
  primary key (account_id, release_id),
  foreign key (account_id, tracking_number_id) references tracking_number,
  foreign key (account_id, closure_id) references closure,
  check (restored_at >= released_at and restored_at < restorable_until),
  check (return_ordered_at >= restorable_until),
  check (returned_at >= return_ordered_at),
  check (restored_at is null or return_ordered_at is null)
);
create unique index release_open on release (account_id, tracking_number_id) where restored_at is null;
create index release_hold_ends on release (restorable_until) where restored_at is null and return_ordered_at is null;

-- Number swapping off (pause), incoming calls off (stop): of the account, or of one of its numbers.
create table switch (
  account_id bigint not null references account,
  switch_id bigint generated always as identity,
  tracking_number_id bigint,
  kind text not null check (kind in ('pause', 'stop')),
  turned_at timestamptz not null,
  turned_by text not null,
  why text,
  resumed_at timestamptz,
  resumed_by text,
  primary key (account_id, switch_id),
  foreign key (account_id, tracking_number_id) references tracking_number,
  check (resumed_at >= turned_at)
);
create unique index switch_on on switch (account_id, kind, coalesce(tracking_number_id, 0)) where resumed_at is null;

-- A phone number has one account at most: here, across all of them. A returned number keeps its row while it rests.
create table number_directory (
  phone_number text primary key,
  account_id bigint not null,
  tracking_number_id bigint not null,
  returned_at timestamptz
);

---- Calls ----

create table call (
  account_id bigint not null references account,
  call_id bigint generated always as identity,
  sid text not null,
  carrier_call_sid text not null,
  tracking_number_id bigint not null,
  tracking_source_id bigint,
  caller_number text not null,
  caller_city text,
  caller_region text,
  receiving_number text,
  called_at timestamptz not null,
  refused_because text,
  status text not null,
  answered_at timestamptz,
  ended_at timestamptz,
  duration_seconds integer,
  ring_seconds integer,
  talk_seconds integer,
  primary key (account_id, call_id),
  unique (account_id, carrier_call_sid),
  foreign key (account_id, tracking_number_id) references tracking_number
);
create index call_log on call (account_id, called_at desc, call_id desc);
create index call_of_number on call (account_id, tracking_number_id, called_at desc);

-- What the carrier told us of a call, each event once.
create table call_event (
  account_id bigint not null,
  call_id bigint not null,
  leg text not null check (leg in ('caller', 'receiver')),
  sequence_number integer not null,
  status text not null,
  at timestamptz not null,
  duration_seconds integer,
  primary key (account_id, call_id, leg, status, sequence_number),
  foreign key (account_id, call_id) references call
);

---- Money: what is charged, and the postings that settle it ----

create table subscription (
  owner_id bigint primary key,
  plan_code text not null references plan,
  anchor timestamptz not null,
  paid_until timestamptz not null
);
create index subscription_due on subscription (paid_until);

-- A wallet's balance is the sum of its postings, kept beside them under the same lock; a test compares the two.
create table wallet (
  owner_id bigint primary key,
  currency text not null,
  available_micros bigint not null default 0
);

-- What an owner (account or agency) was charged for, rated in its own rows; settled to the paying wallet in batches.
create table charge (
  owner_id bigint not null,
  charge_id bigint generated always as identity,
  cause text not null check (cause in ('subscription', 'number', 'call')),
  cause_key text not null,
  at timestamptz not null,
  description text not null,
  tracking_number_id bigint,
  call_id bigint,
  quantity bigint not null default 1,
  amount_micros bigint not null check (amount_micros >= 0),
  payer_id bigint not null,
  settled_at timestamptz,
  primary key (owner_id, charge_id),
  unique (owner_id, cause_key)
);
create index charge_unsettled on charge (payer_id, owner_id) where settled_at is null;
create index charge_of_call on charge (owner_id, call_id) where call_id is not null;

-- One row has both its sides, so it can't be out of balance. Never edited.
create table posting (
  owner_id bigint not null,
  posting_id bigint generated always as identity,
  at timestamptz not null,
  debit text not null check (debit in ('payments', 'wallet', 'revenue')),
  credit text not null check (credit in ('payments', 'wallet', 'revenue')),
  amount_micros bigint not null check (amount_micros > 0),
  cause text not null,
  cause_key text not null,
  description text not null,
  primary key (owner_id, posting_id),
  unique (owner_id, cause_key),
  check (debit <> credit)
);
create index posting_log on posting (owner_id, at desc, posting_id desc);

---- The journal, and the commands to the outside ----

-- Every deed that went through `perform`: who, when, in which role, with which key. Owner 0 is the house itself.
create table deed (
  owner_id bigint not null,
  deed_id bigint generated always as identity,
  at timestamptz not null,
  person_id text not null,
  role text not null,
  action text not null,
  idempotency_key text not null,
  input_hash text not null,
  detail jsonb not null,
  answer jsonb not null,
  primary key (owner_id, deed_id),
  unique (owner_id, idempotency_key)
);
create index deed_log on deed (owner_id, at desc, deed_id desc);

-- Sent at least once, effective once. The queue is local: it is never sharded.
create table carrier_command (
  command_id bigint generated always as identity primary key,
  account_id bigint not null,
  tracking_number_id bigint not null,
  kind text not null check (kind in ('buy', 'return')),
  idempotency_key text not null unique,
  ordered_at timestamptz not null,
  attempts integer not null default 0,
  next_attempt_at timestamptz not null,
  leased_until timestamptz,
  done_at timestamptz,
  failed_at timestamptz,
  last_error text
);
create index carrier_command_due on carrier_command (next_attempt_at) where done_at is null and failed_at is null;
create index carrier_command_log on carrier_command (ordered_at desc, command_id desc);
