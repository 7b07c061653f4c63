-- Arrears: since when an owner's available balance is used up, with the dates it was promised then; and who pays for a sub-account.

-- Ended by whatever lifts the balance above zero, in the same transaction. Nothing is ever closed or released for it.
create table arrears (
  owner_id bigint not null,
  arrears_id bigint generated always as identity,
  began_at timestamptz not null,
  -- From here on nothing connects, while it is owed.
  no_funds_from timestamptz not null,
  policy_version integer not null,
  ended_at timestamptz,
  ended_because text check (ended_because in ('paid', 'closed')),
  primary key (owner_id, arrears_id),
  check (no_funds_from >= began_at),
  check (ended_at >= began_at),
  check ((ended_at is null) = (ended_because is null))
);
create unique index arrears_open on arrears (owner_id) where ended_at is null;

-- The mails that arrears bring, by the day of the published calendar; each goes out once.
create table reminder (
  owner_id bigint not null,
  arrears_id bigint not null,
  day integer not null,
  due_at timestamptz not null,
  sent_at timestamptz,
  primary key (owner_id, arrears_id, day),
  foreign key (owner_id, arrears_id) references arrears,
  check (sent_at >= due_at)
);

-- Who owes is found without looking at everybody.
create index wallet_used_up on wallet (owner_id) where available_micros <= 0;

-- A sub-account's subscription ends when its agency pays again; calls that it began under its prices are still rated by them.
alter table subscription add column ended_at timestamptz;

-- An offer that somebody else pays for a sub-account from its acceptance on. It takes both sides: one offers, the other accepts.
create table payer_offer (
  account_id bigint not null references account,
  payer_offer_id bigint generated always as identity,
  agency_id bigint not null,
  payer text not null check (payer in ('own', 'agency')),
  -- For an account that is to pay for itself: with which plan.
  plan_code text references plan,
  note text,
  -- Of the payment link in the mail; the link itself is kept nowhere.
  token_hash text,
  offered_side text not null check (offered_side in ('agency', 'account')),
  offered_by text not null,
  offered_at timestamptz not null,
  expires_at timestamptz not null,
  ended_at timestamptz,
  ended_by text,
  outcome text check (outcome in ('accepted', 'declined', 'withdrawn', 'expired', 'closed')),
  primary key (account_id, payer_offer_id),
  unique (account_id, token_hash),
  check (expires_at > offered_at),
  check ((payer = 'own') = (plan_code is not null)),
  check (payer = 'agency' or offered_side = 'agency'),
  check ((ended_at is null) = (outcome is null))
);
create unique index payer_offer_open on payer_offer (account_id) where ended_at is null;
