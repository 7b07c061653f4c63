-- Cards stay at the payment provider; a payment is a row of ours that asks it for money, sent until answered, effective once.
create table payment_method (
  owner_id bigint not null,
  payment_method_id bigint generated always as identity,
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
  primary key (owner_id, payment_method_id),
  check ((removed_at is null) = (removed_by is null))
);
create unique index payment_method_once on payment_method (owner_id, provider_method_id) where removed_at is null;

create table payment (
  owner_id bigint not null,
  payment_id bigint generated always as identity,
  payment_method_id bigint not null,
  amount_micros bigint not null check (amount_micros > 0 and amount_micros % 10000 = 0),
  currency text not null,
  cause text not null check (cause in ('top-up', 'auto-recharge', 'sign-up', 'payment-link')),
  -- Ours, the same in each attempt: the provider takes the money once for it.
  idempotency_key text not null,
  asked_at timestamptz not null,
  asked_by text,
  attempts integer not null default 0,
  next_attempt_at timestamptz not null,
  leased_until timestamptz,
  last_error text,
  provider_payment_id text,
  -- Where the person proves to their bank that it is them, while that is waited for.
  authenticate_url text,
  succeeded_at timestamptz,
  failed_at timestamptz,
  failure_code text,
  failure text,
  primary key (owner_id, payment_id),
  foreign key (owner_id, payment_method_id) references payment_method,
  unique (owner_id, idempotency_key),
  check (succeeded_at is null or (failed_at is null and provider_payment_id is not null)),
  check ((failed_at is null) = (failure is null))
);
create index payment_due on payment (next_attempt_at) where succeeded_at is null and failed_at is null;
create index payment_log on payment (owner_id, asked_at desc, payment_id desc);
