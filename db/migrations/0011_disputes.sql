-- A card's holder has asked their bank to take a payment back: what the provider told of it, and when the money went and came.
create table dispute (
  owner_id bigint not null,
  provider_dispute_id text not null,
  payment_id bigint not null,
  amount_micros bigint not null check (amount_micros > 0 and amount_micros % 10000 = 0),
  -- The provider's word.
  reason text not null,
  told_at timestamptz not null,
  withdrawn_at timestamptz,
  reinstated_at timestamptz,
  ended_at timestamptz,
  outcome text check (outcome in ('won', 'lost', 'dropped')),
  primary key (owner_id, provider_dispute_id),
  foreign key (owner_id, payment_id) references payment,
  check ((ended_at is null) = (outcome is null))
);
create index dispute_of_payment on dispute (owner_id, payment_id);
create index dispute_open on dispute (told_at) where ended_at is null;
