-- What is left in a wallet after a closing goes back: asked for on a ticket, decided by the support desk, paid in parts.
create table refund (
  owner_id bigint not null,
  refund_id bigint generated always as identity,
  -- Of the account or of the agency, whichever the owner is: a later closing is another matter.
  closure_id bigint not null,
  ticket_id bigint not null,
  currency text not null,
  requested_at timestamptz not null,
  requested_by text not null,
  requested_by_role text not null,
  -- What was owed then; what is paid is worked out at the approval.
  requested_micros bigint not null check (requested_micros > 0),
  approved_at timestamptz,
  approved_by text,
  amount_micros bigint check (amount_micros > 0 and amount_micros % 10000 = 0),
  declined_at timestamptz,
  declined_by text,
  decline_reason text,
  primary key (owner_id, refund_id),
  foreign key (owner_id, ticket_id) references ticket,
  check (approved_at is null or declined_at is null),
  check ((approved_at is null) = (approved_by is null)),
  check ((approved_at is null) = (amount_micros is null)),
  check ((declined_at is null) = (declined_by is null)),
  check ((declined_at is null) = (decline_reason is null))
);
create unique index refund_undecided on refund (owner_id, closure_id) where approved_at is null and declined_at is null;
create index refund_of_ticket on refund (owner_id, ticket_id);
create index refund_log on refund (requested_at desc, refund_id desc);

-- One for each payment that a refund goes back to, the newest first, and one for what is paid by hand to somebody named.
create table refund_part (
  owner_id bigint not null,
  refund_part_id bigint generated always as identity,
  refund_id bigint not null,
  payment_id bigint,
  payee text,
  amount_micros bigint not null check (amount_micros > 0 and amount_micros % 10000 = 0),
  -- A part that failed for good stays as it is; another one is sent, or paid by hand, in its place.
  replaces_part_id bigint,
  ordered_at timestamptz not null,
  ordered_by text not null,
  -- Ours, the same in each attempt: the provider gives the money back once for it.
  idempotency_key text not null,
  attempts integer not null default 0,
  next_attempt_at timestamptz,
  leased_until timestamptz,
  last_error text,
  provider_refund_id text,
  paid_at timestamptz,
  paid_by text,
  reference text,
  failed_at timestamptz,
  failure text,
  primary key (owner_id, refund_part_id),
  foreign key (owner_id, refund_id) references refund,
  foreign key (owner_id, payment_id) references payment,
  unique (owner_id, idempotency_key),
  unique (owner_id, replaces_part_id),
  check ((payment_id is null) = (payee is not null)),
  check ((payment_id is null) = (next_attempt_at is null)),
  check (payment_id is null or (paid_by is null and reference is null)),
  check (payment_id is not null or ((paid_at is null) = (paid_by is null) and (paid_at is null) = (reference is null))),
  check ((failed_at is null) = (failure is null))
);
create index refund_part_of on refund_part (owner_id, refund_id);
create index refund_part_of_payment on refund_part (owner_id, payment_id) where payment_id is not null;
create index refund_part_due on refund_part (next_attempt_at) where paid_at is null and failed_at is null;

-- Day 90: the sweep goes through closures in the order of the date that each was promised.
create index closure_refundable on closure (refundable_until) where reactivated_at is null;
create index posting_unclaimed on posting (owner_id) where debit = 'unclaimed' or credit = 'unclaimed';
