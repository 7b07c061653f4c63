-- The simulated carrier is the outside world: it keeps its own books in its own schema and shares nothing with ours but
-- the development clock, so that what we believe and what the carrier did can be compared, and can differ.

create schema simulated_carrier;

-- Our customer account at the carrier. The token signs every voice request and is drawn at the first use.
create table simulated_carrier.account (
  only_row boolean primary key default true check (only_row),
  account_sid text not null check (account_sid ~ '^AC[0-9a-f]{32}$'),
  auth_token text not null check (auth_token ~ '^[0-9a-f]{32}$'),
  made_at timestamptz not null
);

-- How the carrier behaves, for tests, the command line and the operator's page. Outages and rates run on the machine's
-- clock, the two windows on the carrier's (which follows the development clock).
create table simulated_carrier.settings (
  only_row boolean primary key default true check (only_row),
  requests_per_second double precision check (requests_per_second > 0),
  latency_ms integer not null default 0 check (latency_ms between 0 and 600000),
  fail_rate double precision not null default 0 check (fail_rate between 0 and 1),
  fail_next_requests integer not null default 0 check (fail_next_requests >= 0),
  time_out_next_effects integer not null default 0 check (time_out_next_effects >= 0),
  down_until timestamptz,
  restore_window_days integer not null default 10 check (restore_window_days >= 0),
  resale_ageing_days integer not null default 45 check (resale_ageing_days >= 0)
);
insert into simulated_carrier.settings (requests_per_second) values (100);

-- The token bucket of the rate limit; apart from the settings because every request writes it.
create table simulated_carrier.throttle (
  only_row boolean primary key default true check (only_row),
  allowance double precision not null,
  counted_at timestamptz not null
);
insert into simulated_carrier.throttle (allowance, counted_at) values (100, clock_timestamp());

-- One row per purchase. A number that is sold again later has a second row.
create table simulated_carrier.rental (
  sid text primary key check (sid ~ '^PN[0-9a-f]{32}$'),
  phone_number text not null check (phone_number ~ '^\+1[2-9][0-9]{9}$'),
  idempotency_key text not null,
  friendly_name text not null,
  voice_url text not null,
  voice_fallback_url text,
  status_callback_url text not null,
  rented_at timestamptz not null,
  released_at timestamptz,
  restorable_until timestamptz,
  sellable_at timestamptz,
  check ((released_at is null) = (restorable_until is null)),
  check ((released_at is null) = (sellable_at is null))
);
-- Sold once: the rule that a race between two buyers meets.
create unique index rental_live_number on simulated_carrier.rental (phone_number) where released_at is null;
create unique index rental_idempotency_key on simulated_carrier.rental (idempotency_key);
create index rental_number on simulated_carrier.rental (phone_number, released_at desc);

-- Every request, also those that were refused.
create table simulated_carrier.request (
  id bigint generated always as identity primary key,
  requested_at timestamptz not null,
  action text not null check (action in ('search', 'buy', 'find', 'configure', 'release', 'list')),
  phone_number text,
  rental_sid text,
  outcome text not null check (outcome in ('begun', 'done', 'done-but-timed-out', 'unavailable', 'rate-limited', 'not-available', 'invalid'))
);
create index request_number on simulated_carrier.request (phone_number) where phone_number is not null;

-- What really changed at the carrier, once each.
create table simulated_carrier.effect (
  id bigint generated always as identity primary key,
  happened_at timestamptz not null,
  kind text not null check (kind in ('buy', 'configure', 'release', 'restore')),
  phone_number text not null,
  rental_sid text not null references simulated_carrier.rental (sid)
);
create index effect_number on simulated_carrier.effect (phone_number);

-- A pretended call: the upper half is what the caller and the called do, the lower half is what came of it.
create table simulated_carrier.call (
  sid text primary key check (sid ~ '^CA[0-9a-f]{32}$'),
  from_number text not null,
  to_number text not null check (to_number ~ '^\+[1-9][0-9]{6,14}$'),
  caller_name text,
  answers text not null check (answers in ('answered', 'busy', 'no-answer', 'failed')),
  ring_seconds double precision not null check (ring_seconds between 0 and 86400),
  talk_seconds double precision not null check (talk_seconds between 0 and 86400),
  hangs_up_after_seconds double precision check (hangs_up_after_seconds between 0 and 86400),
  placed_at timestamptz not null,
  rental_sid text references simulated_carrier.rental (sid),
  voice_url text,
  voice_fallback_url text,
  status_callback_url text,
  -- Where the conversation stands, counted in seconds from placed_at.
  picked_up_after_seconds double precision,
  dial_status text check (dial_status in ('completed', 'busy', 'no-answer', 'failed')),
  heard text[] not null default '{}',
  connected_to text,
  talked_seconds double precision not null default 0,
  http_statuses integer[] not null default '{}',
  trouble text,
  end_status text check (end_status in ('completed', 'busy', 'no-answer', 'failed')),
  ended_at timestamptz,
  -- Held by the exchange that plays this call; another one takes over when it lapses. Machine's clock.
  lease_holder text,
  lease_until timestamptz,
  check ((ended_at is null) = (end_status is null))
);
-- What an exchange looks for.
create index call_live on simulated_carrier.call (placed_at) where ended_at is null;
create index call_placed on simulated_carrier.call (placed_at desc);

-- What a call still has to do and what it did, in order. A step is written with everything it will send before it is
-- sent, so that an exchange that takes over sends the very same thing again.
create table simulated_carrier.call_step (
  call_sid text not null references simulated_carrier.call (sid) on delete cascade,
  number integer not null check (number >= 0),
  kind text not null check (kind in ('ask', 'tell', 'hear', 'connect', 'end')),
  after_seconds double precision not null check (after_seconds >= 0),
  due_at timestamptz not null,
  detail jsonb not null,
  attempts integer not null default 0 check (attempts >= 0),
  http_statuses integer[] not null default '{}',
  trouble text,
  done_at timestamptz,
  primary key (call_sid, number)
);
