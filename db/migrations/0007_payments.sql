-- Cards stay at the payment provider; a payment is a row of ours that asks it for money, sent until answered, effective once.
create table card (
  owner_id bigint not null,
  card_id bigint generated always as identity,
  provider text not null,
  provider_customer_id text not null,
  provider_method_id text not null,
  brand text not null,
  last4 text not null check (last4 ~ '^[0-9]{4}$'),
  expires_month integer not null check (expires_month between 1 and 12),
  expires_year integer not null check (expires_year between 2000 and 2200),
  -- The first is charged; the others are its backups, in this order.
  position integer not null,
  added_at timestamptz not null,
  added_by text not null,
  removed_at timestamptz,
  removed_by text,
  -- When the provider was made to forget it; a worker asks until then.
  forgotten_at timestamptz,
  primary key (owner_id, card_id),
  check ((removed_at is null) = (removed_by is null)),
  check (forgotten_at is null or removed_at is not null)
);
create unique index card_once on card (owner_id, provider_method_id) where removed_at is null;
create index card_to_forget on card (removed_at) where removed_at is not null and forgotten_at is null;

-- A page of the provider on which somebody gives a card: looked at again should the person not come back from it.
create table payment_setup (
  owner_id bigint not null,
  setup_id text not null,
  opened_at timestamptz not null,
  opened_by text not null,
  ended_at timestamptz,
  primary key (owner_id, setup_id)
);
create index payment_setup_open on payment_setup (opened_at) where ended_at is null;

create table payment (
  owner_id bigint not null,
  payment_id bigint generated always as identity,
  card_id bigint not null,
  -- As the receipt names the card, also when it was removed since.
  brand text not null,
  last4 text not null,
  amount_micros bigint not null check (amount_micros > 0 and amount_micros % 10000 = 0),
  currency text not null,
  cause text not null check (cause in ('top-up', 'auto-recharge', 'sign-up', 'payment-link')),
  -- Ours, the same in each attempt: the provider takes the money once for it.
  idempotency_key text not null,
  -- The owner's billing pages, for the person who has to come back from their bank; null when nobody is there.
  billing_url text,
  asked_at timestamptz not null,
  asked_by text,
  attempts integer not null default 0,
  -- While an attempt is under way, when it counts as lost.
  next_attempt_at timestamptz not null,
  last_error text,
  provider_payment_id text,
  -- Where the person proves to their bank that it is them, while that is waited for.
  authenticate_url text,
  succeeded_at timestamptz,
  failed_at timestamptz,
  failure_code text,
  failure text,
  primary key (owner_id, payment_id),
  unique (owner_id, idempotency_key),
  check (succeeded_at is null or (failed_at is null and provider_payment_id is not null)),
  check ((failed_at is null) = (failure is null))
);
create index payment_due on payment (next_attempt_at) where succeeded_at is null and failed_at is null;
create index payment_log on payment (owner_id, asked_at desc, payment_id desc);
-- However many workers look at once, an owner is recharged by one payment at a time.
create unique index payment_one_recharge on payment (owner_id)
  where cause = 'auto-recharge' and succeeded_at is null and failed_at is null;

-- Below the threshold the first card is charged by itself, then its backups.
create table auto_recharge (
  owner_id bigint primary key,
  is_on boolean not null,
  threshold_micros bigint not null check (threshold_micros >= 0 and threshold_micros % 10000 = 0),
  amount_micros bigint not null check (amount_micros > 0 and amount_micros % 10000 = 0),
  set_at timestamptz not null,
  set_by text not null,
  -- The round that runs: each card is tried once in it. Null between rounds.
  round_began_at timestamptz,
  rounds_failed integer not null default 0,
  -- After a round in which every card failed.
  next_round_at timestamptz
);

-- The simulated payment provider is the outside world: its books are its own, and it shares with us only the development clock.
create schema simulated_payments;

-- Our merchant account at the provider. The secret signs every event and is drawn at the first use.
create table simulated_payments.account (
  only_row boolean primary key default true check (only_row),
  account_id text not null check (account_id ~ '^acct_[0-9a-f]{16}$'),
  webhook_secret text not null check (webhook_secret ~ '^whsec_[0-9a-f]{48}$'),
  made_at timestamptz not null
);

-- How the provider behaves, for tests and the operator's page. Outages and delays run on the machine's clock.
create table simulated_payments.settings (
  only_row boolean primary key default true check (only_row),
  latency_ms integer not null default 0 check (latency_ms between 0 and 600000),
  fail_next_requests integer not null default 0 check (fail_next_requests >= 0),
  limit_next_requests integer not null default 0 check (limit_next_requests >= 0),
  time_out_next_effects integer not null default 0 check (time_out_next_effects >= 0),
  down_until timestamptz,
  webhooks text not null default 'soon' check (webhooks in ('soon', 'before the answer', 'twice', 'late', 'never')),
  webhook_delay_seconds integer not null default 30 check (webhook_delay_seconds between 0 and 86400)
);
insert into simulated_payments.settings default values;

create table simulated_payments.setup (
  setup_id text primary key check (setup_id ~ '^cs_test_[0-9a-f]{32}$'),
  idempotency_key text not null unique,
  fingerprint text not null,
  owner_id bigint not null,
  owner_name text not null,
  customer_id text not null check (customer_id ~ '^cus_[0-9a-f]{16}$'),
  return_url text not null,
  cancel_url text not null,
  opened_at timestamptz not null,
  method_id text
);

create table simulated_payments.method (
  method_id text primary key check (method_id ~ '^pm_[0-9a-f]{24}$'),
  customer_id text not null,
  -- The test card by its name: there is no number.
  card text not null,
  made_at timestamptz not null,
  forgotten_at timestamptz
);

create table simulated_payments.payment (
  payment_id text primary key check (payment_id ~ '^pi_[0-9a-f]{24}$'),
  idempotency_key text not null unique,
  fingerprint text not null,
  owner_id bigint not null,
  our_payment_id bigint not null,
  customer_id text not null,
  method_id text not null references simulated_payments.method,
  amount_cents bigint not null check (amount_cents > 0),
  currency text not null,
  description text not null,
  return_url text,
  state text not null check (state in ('succeeded', 'authentication', 'declined')),
  decline_code text,
  refunded_cents bigint not null default 0 check (refunded_cents between 0 and amount_cents),
  made_at timestamptz not null,
  check ((state = 'declined') = (decline_code is not null))
);

create table simulated_payments.refund (
  refund_id text primary key check (refund_id ~ '^re_[0-9a-f]{24}$'),
  idempotency_key text not null unique,
  fingerprint text not null,
  payment_id text not null references simulated_payments.payment,
  owner_id bigint not null,
  refund_part_id bigint not null,
  amount_cents bigint not null check (amount_cents > 0),
  made_at timestamptz not null
);

-- What really moved money, once each.
create table simulated_payments.effect (
  id bigint generated always as identity primary key,
  happened_at timestamptz not null,
  kind text not null check (kind in ('take', 'give back')),
  payment_id text not null references simulated_payments.payment,
  amount_cents bigint not null
);

-- Events to tell us, each with everything that it will say; sent until it was taken, or given up.
create table simulated_payments.event (
  event_id text primary key check (event_id ~ '^evt_[0-9a-f]{24}$'),
  body text not null,
  made_at timestamptz not null,
  -- Machine's clock; null when nobody is to be told.
  due_at timestamptz,
  deliveries_left integer not null check (deliveries_left >= 0),
  attempts integer not null default 0,
  delivered_at timestamptz,
  trouble text
);
create index event_due on simulated_payments.event (due_at) where deliveries_left > 0;
