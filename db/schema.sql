-- Printed from the catalog by `npm run generate`; the migrations are what runs.

create table account (
  account_id bigint not null default nextval('owner_id_seq'::regclass),
  agency_id bigint,
  name text not null,
  time_zone text not null,
  website text,
  payer text not null,
  refusal_message text not null,
  created_at timestamp with time zone not null,
  billed_at timestamp with time zone,
  constraint account_pkey PRIMARY KEY (account_id),
  constraint account_check CHECK (((payer = 'own'::text) OR (agency_id IS NOT NULL))),
  constraint account_name_check CHECK ((name <> ''::text)),
  constraint account_payer_check CHECK ((payer = ANY (ARRAY['own'::text, 'agency'::text])))
);
CREATE INDEX account_agency ON public.account USING btree (agency_id) WHERE (agency_id IS NOT NULL);

create table agency (
  agency_id bigint not null default nextval('owner_id_seq'::regclass),
  name text not null,
  time_zone text not null,
  created_at timestamp with time zone not null,
  billed_at timestamp with time zone,
  constraint agency_pkey PRIMARY KEY (agency_id),
  constraint agency_name_check CHECK ((name <> ''::text))
);

create table agency_closure (
  agency_id bigint not null,
  agency_closure_id bigint not null generated always as identity,
  closed_at timestamp with time zone not null,
  closed_by text not null,
  closed_by_role text not null,
  reason text,
  why text,
  numbers_restorable_until timestamp with time zone not null,
  reactivatable_until timestamp with time zone not null,
  refundable_until timestamp with time zone not null,
  policy_version integer not null,
  plan_hash text not null,
  carried_out_at timestamp with time zone,
  reactivated_at timestamp with time zone,
  reactivated_by text,
  constraint agency_closure_pkey PRIMARY KEY (agency_id, agency_closure_id),
  constraint agency_closure_agency_id_fkey FOREIGN KEY (agency_id) REFERENCES agency(agency_id),
  constraint agency_closure_check CHECK (((closed_at < reactivatable_until) AND (reactivatable_until <= refundable_until))),
  constraint agency_closure_check1 CHECK ((carried_out_at >= closed_at)),
  constraint agency_closure_check2 CHECK (((reactivated_at >= carried_out_at) AND (reactivated_at < reactivatable_until))),
  constraint agency_closure_check3 CHECK (((reactivated_at IS NULL) = (reactivated_by IS NULL)))
);
CREATE UNIQUE INDEX agency_closure_open ON public.agency_closure USING btree (agency_id) WHERE (reactivated_at IS NULL);

create table agency_switch (
  agency_id bigint not null,
  switch_id bigint not null generated always as identity,
  kind text not null,
  turned_at timestamp with time zone not null,
  turned_by text not null,
  why text,
  resumed_at timestamp with time zone,
  resumed_by text,
  constraint agency_switch_pkey PRIMARY KEY (agency_id, switch_id),
  constraint agency_switch_agency_id_fkey FOREIGN KEY (agency_id) REFERENCES agency(agency_id),
  constraint agency_switch_check CHECK ((resumed_at >= turned_at)),
  constraint agency_switch_kind_check CHECK ((kind = ANY (ARRAY['pause'::text, 'stop'::text])))
);
CREATE UNIQUE INDEX agency_switch_on ON public.agency_switch USING btree (agency_id, kind) WHERE (resumed_at IS NULL);

create table arrears (
  owner_id bigint not null,
  arrears_id bigint not null generated always as identity,
  began_at timestamp with time zone not null,
  no_funds_from timestamp with time zone not null,
  policy_version integer not null,
  ended_at timestamp with time zone,
  ended_because text,
  constraint arrears_pkey PRIMARY KEY (owner_id, arrears_id),
  constraint arrears_check CHECK ((no_funds_from >= began_at)),
  constraint arrears_check1 CHECK ((ended_at >= began_at)),
  constraint arrears_check2 CHECK (((ended_at IS NULL) = (ended_because IS NULL))),
  constraint arrears_ended_because_check CHECK ((ended_because = ANY (ARRAY['paid'::text, 'closed'::text])))
);
CREATE UNIQUE INDEX arrears_open ON public.arrears USING btree (owner_id) WHERE (ended_at IS NULL);

create table auto_recharge (
  owner_id bigint not null,
  is_on boolean not null,
  threshold_micros bigint not null,
  amount_micros bigint not null,
  set_at timestamp with time zone not null,
  set_by text not null,
  round_began_at timestamp with time zone,
  rounds_failed integer not null default 0,
  next_round_at timestamp with time zone,
  constraint auto_recharge_pkey PRIMARY KEY (owner_id),
  constraint auto_recharge_amount_micros_check CHECK (((amount_micros > 0) AND ((amount_micros % (10000)::bigint) = 0))),
  constraint auto_recharge_threshold_micros_check CHECK (((threshold_micros >= 0) AND ((threshold_micros % (10000)::bigint) = 0)))
);

create table budget (
  owner_id bigint not null,
  subject_id bigint not null,
  monthly_micros bigint not null,
  levels integer[] not null,
  set_at timestamp with time zone not null,
  set_by text not null,
  look_at timestamp with time zone not null,
  constraint budget_pkey PRIMARY KEY (owner_id, subject_id),
  constraint budget_levels_check CHECK (((cardinality(levels) >= 1) AND (cardinality(levels) <= 10))),
  constraint budget_monthly_micros_check CHECK ((monthly_micros > 0))
);
CREATE INDEX budget_due ON public.budget USING btree (look_at, owner_id, subject_id);

create table budget_alert (
  owner_id bigint not null,
  subject_id bigint not null,
  month text not null,
  level integer not null,
  monthly_micros bigint not null,
  spent_micros bigint not null,
  reached_at timestamp with time zone not null,
  constraint budget_alert_pkey PRIMARY KEY (owner_id, subject_id, month, level)
);

create table call (
  account_id bigint not null,
  call_id bigint not null generated always as identity,
  sid text not null,
  carrier_call_sid text not null,
  tracking_number_id bigint not null,
  tracking_source_id bigint,
  caller_number text not null,
  caller_city text,
  caller_region text,
  receiving_number text,
  called_at timestamp with time zone not null,
  refused_because text,
  status text not null,
  answered_at timestamp with time zone,
  ended_at timestamp with time zone,
  duration_seconds integer,
  ring_seconds integer,
  talk_seconds integer,
  payer_id bigint not null,
  matched_at timestamp with time zone,
  is_first boolean,
  caller_erased_at timestamp with time zone,
  constraint call_pkey PRIMARY KEY (account_id, call_id),
  constraint call_account_id_carrier_call_sid_key UNIQUE (account_id, carrier_call_sid),
  constraint call_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(account_id),
  constraint call_account_id_tracking_number_id_fkey FOREIGN KEY (account_id, tracking_number_id) REFERENCES tracking_number(account_id, tracking_number_id)
);
CREATE INDEX call_log ON public.call USING btree (account_id, called_at DESC, call_id DESC);
CREATE INDEX call_of_caller ON public.call USING btree (account_id, caller_number, called_at);
CREATE INDEX call_of_number ON public.call USING btree (account_id, tracking_number_id, called_at DESC);
CREATE INDEX call_unmatched ON public.call USING btree (account_id, call_id) WHERE (matched_at IS NULL);

create table call_event (
  account_id bigint not null,
  call_id bigint not null,
  leg text not null,
  sequence_number integer not null,
  status text not null,
  at timestamp with time zone not null,
  duration_seconds integer,
  constraint call_event_pkey PRIMARY KEY (account_id, call_id, leg, status, sequence_number),
  constraint call_event_account_id_call_id_fkey FOREIGN KEY (account_id, call_id) REFERENCES call(account_id, call_id),
  constraint call_event_leg_check CHECK ((leg = ANY (ARRAY['caller'::text, 'receiver'::text])))
);

create table call_visit (
  account_id bigint not null,
  call_id bigint not null,
  visit_id bigint not null,
  rank integer not null,
  likelihood_percent integer not null,
  constraint call_visit_pkey PRIMARY KEY (account_id, call_id, visit_id),
  constraint call_visit_account_id_call_id_rank_key UNIQUE (account_id, call_id, rank),
  constraint call_visit_account_id_call_id_fkey FOREIGN KEY (account_id, call_id) REFERENCES call(account_id, call_id),
  constraint call_visit_account_id_visit_id_fkey FOREIGN KEY (account_id, visit_id) REFERENCES visit(account_id, visit_id) ON DELETE CASCADE,
  constraint call_visit_likelihood_percent_check CHECK (((likelihood_percent >= 1) AND (likelihood_percent <= 100))),
  constraint call_visit_rank_check CHECK ((rank >= 1))
);
CREATE INDEX call_visit_of_visit ON public.call_visit USING btree (account_id, visit_id);

create table card (
  owner_id bigint not null,
  card_id bigint not null generated always as identity,
  provider text not null,
  provider_customer_id text not null,
  provider_method_id text not null,
  brand text not null,
  last4 text not null,
  expires_month integer not null,
  expires_year integer not null,
  position integer not null,
  added_at timestamp with time zone not null,
  added_by text not null,
  removed_at timestamp with time zone,
  removed_by text,
  forgotten_at timestamp with time zone,
  constraint card_pkey PRIMARY KEY (owner_id, card_id),
  constraint card_check CHECK (((removed_at IS NULL) = (removed_by IS NULL))),
  constraint card_check1 CHECK (((forgotten_at IS NULL) OR (removed_at IS NOT NULL))),
  constraint card_expires_month_check CHECK (((expires_month >= 1) AND (expires_month <= 12))),
  constraint card_expires_year_check CHECK (((expires_year >= 2000) AND (expires_year <= 2200))),
  constraint card_last4_check CHECK ((last4 ~ '^[0-9]{4}$'::text))
);
CREATE UNIQUE INDEX card_once ON public.card USING btree (owner_id, provider_method_id) WHERE (removed_at IS NULL);
CREATE INDEX card_to_forget ON public.card USING btree (removed_at) WHERE ((removed_at IS NOT NULL) AND (forgotten_at IS NULL));

create table carrier_command (
  command_id bigint not null generated always as identity,
  account_id bigint not null,
  tracking_number_id bigint not null,
  kind text not null,
  idempotency_key text not null,
  ordered_at timestamp with time zone not null,
  attempts integer not null default 0,
  next_attempt_at timestamp with time zone not null,
  leased_until timestamp with time zone,
  done_at timestamp with time zone,
  failed_at timestamp with time zone,
  last_error text,
  constraint carrier_command_pkey PRIMARY KEY (command_id),
  constraint carrier_command_idempotency_key_key UNIQUE (idempotency_key),
  constraint carrier_command_kind_check CHECK ((kind = ANY (ARRAY['buy'::text, 'return'::text])))
);
CREATE INDEX carrier_command_due ON public.carrier_command USING btree (next_attempt_at) WHERE ((done_at IS NULL) AND (failed_at IS NULL));
CREATE INDEX carrier_command_log ON public.carrier_command USING btree (ordered_at DESC, command_id DESC);

create table charge (
  owner_id bigint not null,
  charge_id bigint not null generated always as identity,
  cause text not null,
  cause_key text not null,
  at timestamp with time zone not null,
  description text not null,
  tracking_number_id bigint,
  call_id bigint,
  quantity bigint not null default 1,
  amount_micros bigint not null,
  payer_id bigint not null,
  settled_at timestamp with time zone,
  unit_micros bigint not null,
  constraint charge_pkey PRIMARY KEY (owner_id, charge_id),
  constraint charge_owner_id_cause_key_key UNIQUE (owner_id, cause_key),
  constraint charge_cause_check CHECK ((cause = ANY (ARRAY['subscription'::text, 'number'::text, 'call'::text, 'plan-change'::text, 'unused-time'::text, 'included-minutes'::text]))),
  constraint charge_check CHECK (((amount_micros >= 0) OR (cause = ANY (ARRAY['plan-change'::text, 'unused-time'::text, 'included-minutes'::text]))))
);
CREATE INDEX charge_log ON public.charge USING btree (owner_id, at DESC, charge_id DESC);
CREATE INDEX charge_of_call ON public.charge USING btree (owner_id, call_id) WHERE (call_id IS NOT NULL);
CREATE INDEX charge_of_payer ON public.charge USING btree (payer_id, at) INCLUDE (amount_micros);
CREATE INDEX charge_settled ON public.charge USING btree (owner_id, settled_at);
CREATE INDEX charge_unsettled ON public.charge USING btree (payer_id, owner_id) WHERE (settled_at IS NULL);

create table clock (
  only_row boolean not null default true,
  offset_ms bigint not null default 0,
  constraint clock_pkey PRIMARY KEY (only_row),
  constraint clock_only_row_check CHECK (only_row)
);

create table closure (
  account_id bigint not null,
  closure_id bigint not null generated always as identity,
  closed_at timestamp with time zone not null,
  closed_by text not null,
  closed_by_role text not null,
  why text,
  numbers_restorable_until timestamp with time zone not null,
  reactivatable_until timestamp with time zone not null,
  refundable_until timestamp with time zone not null,
  policy_version integer not null,
  plan_hash text not null,
  reactivated_at timestamp with time zone,
  reactivated_by text,
  agency_closure_id bigint,
  constraint closure_pkey PRIMARY KEY (account_id, closure_id),
  constraint closure_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(account_id),
  constraint closure_check CHECK (((closed_at < reactivatable_until) AND (reactivatable_until <= refundable_until))),
  constraint closure_check1 CHECK (((reactivated_at >= closed_at) AND (reactivated_at < reactivatable_until))),
  constraint closure_check2 CHECK (((reactivated_at IS NULL) = (reactivated_by IS NULL)))
);
CREATE UNIQUE INDEX closure_open ON public.closure USING btree (account_id) WHERE (reactivated_at IS NULL);
CREATE INDEX closure_refundable ON public.closure USING btree (refundable_until) WHERE (reactivated_at IS NULL);

create table credential (
  id text not null,
  person_id text not null,
  provider_id text not null,
  provider_person_id text not null,
  password_hash text,
  access_token text,
  refresh_token text,
  id_token text,
  access_token_expires_at timestamp with time zone,
  refresh_token_expires_at timestamp with time zone,
  scope text,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint credential_pkey PRIMARY KEY (id),
  constraint credential_provider_id_provider_person_id_key UNIQUE (provider_id, provider_person_id),
  constraint credential_person_id_fkey FOREIGN KEY (person_id) REFERENCES person(id) ON DELETE CASCADE
);
CREATE INDEX credential_person ON public.credential USING btree (person_id);

create table deed (
  owner_id bigint not null,
  deed_id bigint not null generated always as identity,
  at timestamp with time zone not null,
  person_id text not null,
  role text not null,
  action text not null,
  idempotency_key text not null,
  input_hash text not null,
  detail jsonb not null,
  answer jsonb not null,
  constraint deed_pkey PRIMARY KEY (owner_id, deed_id),
  constraint deed_owner_id_idempotency_key_key UNIQUE (owner_id, idempotency_key)
);
CREATE INDEX deed_log ON public.deed USING btree (owner_id, at DESC, deed_id DESC);

create table dispute (
  owner_id bigint not null,
  provider_dispute_id text not null,
  payment_id bigint not null,
  amount_micros bigint not null,
  reason text not null,
  told_at timestamp with time zone not null,
  withdrawn_at timestamp with time zone,
  reinstated_at timestamp with time zone,
  ended_at timestamp with time zone,
  outcome text,
  constraint dispute_pkey PRIMARY KEY (owner_id, provider_dispute_id),
  constraint dispute_owner_id_payment_id_fkey FOREIGN KEY (owner_id, payment_id) REFERENCES payment(owner_id, payment_id),
  constraint dispute_amount_micros_check CHECK (((amount_micros > 0) AND ((amount_micros % (10000)::bigint) = 0))),
  constraint dispute_check CHECK (((ended_at IS NULL) = (outcome IS NULL))),
  constraint dispute_outcome_check CHECK ((outcome = ANY (ARRAY['won'::text, 'lost'::text, 'dropped'::text])))
);
CREATE INDEX dispute_of_payment ON public.dispute USING btree (owner_id, payment_id);
CREATE INDEX dispute_open ON public.dispute USING btree (told_at) WHERE (ended_at IS NULL);

create table house_setting (
  setting_key text not null,
  setting_value text not null,
  set_at timestamp with time zone not null,
  constraint house_setting_pkey PRIMARY KEY (setting_key)
);

create table invitation (
  invitation_id bigint not null generated always as identity,
  owner_id bigint not null,
  email text not null,
  role text,
  token_hash text not null,
  invited_by text not null,
  invited_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  accepted_at timestamp with time zone,
  accepted_by text,
  withdrawn_at timestamp with time zone,
  constraint invitation_pkey PRIMARY KEY (invitation_id),
  constraint invitation_token_hash_key UNIQUE (token_hash),
  constraint invitation_check CHECK ((expires_at > invited_at)),
  constraint invitation_check1 CHECK (((accepted_at IS NULL) OR (withdrawn_at IS NULL)))
);
CREATE UNIQUE INDEX invitation_open ON public.invitation USING btree (owner_id, email) WHERE ((accepted_at IS NULL) AND (withdrawn_at IS NULL));

create table mail (
  mail_id bigint not null generated always as identity,
  to_name text not null,
  to_address text not null,
  subject text not null,
  body_sealed bytea,
  queued_at timestamp with time zone not null,
  next_attempt_at timestamp with time zone not null,
  attempts integer not null default 0,
  last_error text,
  sent_at timestamp with time zone,
  given_up_at timestamp with time zone,
  constraint mail_pkey PRIMARY KEY (mail_id)
);
CREATE INDEX mail_due ON public.mail USING btree (next_attempt_at) WHERE ((sent_at IS NULL) AND (given_up_at IS NULL));

create table membership (
  person_id text not null,
  owner_id bigint not null,
  role text not null,
  granted_at timestamp with time zone not null,
  granted_by text,
  is_owner boolean not null default false,
  constraint membership_pkey PRIMARY KEY (person_id, owner_id, role),
  constraint membership_person_id_fkey FOREIGN KEY (person_id) REFERENCES person(id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX membership_one_owner ON public.membership USING btree (owner_id) WHERE is_owner;
CREATE INDEX membership_owner ON public.membership USING btree (owner_id);

create table migration (
  name text not null,
  ran_at timestamp with time zone not null default now(),
  constraint migration_pkey PRIMARY KEY (name)
);

create table number_directory (
  phone_number text not null,
  account_id bigint not null,
  tracking_number_id bigint not null,
  returned_at timestamp with time zone,
  constraint number_directory_pkey PRIMARY KEY (phone_number)
);

create table number_pool (
  account_id bigint not null,
  tracking_source_id bigint not null,
  created_at timestamp with time zone not null,
  constraint number_pool_pkey PRIMARY KEY (account_id, tracking_source_id),
  constraint number_pool_account_id_tracking_source_id_fkey FOREIGN KEY (account_id, tracking_source_id) REFERENCES tracking_source(account_id, tracking_source_id)
);

create table number_target (
  account_id bigint not null,
  tracking_number_id bigint not null,
  target_number_id bigint not null,
  constraint number_target_pkey PRIMARY KEY (account_id, tracking_number_id, target_number_id),
  constraint number_target_account_id_target_number_id_fkey FOREIGN KEY (account_id, target_number_id) REFERENCES target_number(account_id, target_number_id),
  constraint number_target_account_id_tracking_number_id_fkey FOREIGN KEY (account_id, tracking_number_id) REFERENCES tracking_number(account_id, tracking_number_id)
);

create table page_view (
  account_id bigint not null,
  page_view_id bigint not null generated always as identity,
  visit_id bigint not null,
  viewed_at timestamp with time zone not null,
  url text not null,
  constraint page_view_pkey PRIMARY KEY (account_id, page_view_id),
  constraint page_view_account_id_visit_id_fkey FOREIGN KEY (account_id, visit_id) REFERENCES visit(account_id, visit_id) ON DELETE CASCADE
);
CREATE INDEX page_view_of_visit ON public.page_view USING btree (account_id, visit_id, viewed_at);

create table payer_offer (
  account_id bigint not null,
  payer_offer_id bigint not null generated always as identity,
  agency_id bigint not null,
  payer text not null,
  plan_code text,
  note text,
  token_hash text,
  offered_side text not null,
  offered_by text not null,
  offered_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  ended_at timestamp with time zone,
  ended_by text,
  outcome text,
  constraint payer_offer_pkey PRIMARY KEY (account_id, payer_offer_id),
  constraint payer_offer_account_id_token_hash_key UNIQUE (account_id, token_hash),
  constraint payer_offer_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(account_id),
  constraint payer_offer_plan_code_fkey FOREIGN KEY (plan_code) REFERENCES plan(plan_code),
  constraint payer_offer_check CHECK ((expires_at > offered_at)),
  constraint payer_offer_check1 CHECK (((payer = 'own'::text) = (plan_code IS NOT NULL))),
  constraint payer_offer_check2 CHECK (((payer = 'agency'::text) OR (offered_side = 'agency'::text))),
  constraint payer_offer_check3 CHECK (((ended_at IS NULL) = (outcome IS NULL))),
  constraint payer_offer_offered_side_check CHECK ((offered_side = ANY (ARRAY['agency'::text, 'account'::text]))),
  constraint payer_offer_outcome_check CHECK ((outcome = ANY (ARRAY['accepted'::text, 'declined'::text, 'withdrawn'::text, 'expired'::text, 'closed'::text]))),
  constraint payer_offer_payer_check CHECK ((payer = ANY (ARRAY['own'::text, 'agency'::text])))
);
CREATE UNIQUE INDEX payer_offer_open ON public.payer_offer USING btree (account_id) WHERE (ended_at IS NULL);

create table payment (
  owner_id bigint not null,
  payment_id bigint not null generated always as identity,
  card_id bigint not null,
  brand text not null,
  last4 text not null,
  amount_micros bigint not null,
  currency text not null,
  cause text not null,
  idempotency_key text not null,
  billing_url text,
  asked_at timestamp with time zone not null,
  asked_by text,
  attempts integer not null default 0,
  next_attempt_at timestamp with time zone not null,
  last_error text,
  provider_payment_id text,
  authenticate_url text,
  succeeded_at timestamp with time zone,
  failed_at timestamp with time zone,
  failure_code text,
  failure text,
  constraint payment_pkey PRIMARY KEY (owner_id, payment_id),
  constraint payment_owner_id_idempotency_key_key UNIQUE (owner_id, idempotency_key),
  constraint payment_amount_micros_check CHECK (((amount_micros > 0) AND ((amount_micros % (10000)::bigint) = 0))),
  constraint payment_cause_check CHECK ((cause = ANY (ARRAY['top-up'::text, 'auto-recharge'::text, 'sign-up'::text, 'payment-link'::text]))),
  constraint payment_check CHECK (((succeeded_at IS NULL) OR ((failed_at IS NULL) AND (provider_payment_id IS NOT NULL)))),
  constraint payment_check1 CHECK (((failed_at IS NULL) = (failure IS NULL)))
);
CREATE INDEX payment_due ON public.payment USING btree (next_attempt_at) WHERE ((succeeded_at IS NULL) AND (failed_at IS NULL));
CREATE INDEX payment_log ON public.payment USING btree (owner_id, asked_at DESC, payment_id DESC);
CREATE UNIQUE INDEX payment_one_recharge ON public.payment USING btree (owner_id) WHERE ((cause = 'auto-recharge'::text) AND (succeeded_at IS NULL) AND (failed_at IS NULL));

create table payment_setup (
  owner_id bigint not null,
  setup_id text not null,
  opened_at timestamp with time zone not null,
  opened_by text not null,
  ended_at timestamp with time zone,
  constraint payment_setup_pkey PRIMARY KEY (owner_id, setup_id)
);
CREATE INDEX payment_setup_open ON public.payment_setup USING btree (opened_at) WHERE (ended_at IS NULL);

create table person (
  id text not null,
  name text not null,
  email text not null,
  email_verified boolean not null default false,
  image text,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  second_factor_enabled boolean not null default false,
  constraint person_pkey PRIMARY KEY (id),
  constraint person_email_key UNIQUE (email)
);

create table plan (
  plan_code text not null,
  name text not null,
  kind text not null,
  currency text not null,
  position integer not null,
  constraint plan_pkey PRIMARY KEY (plan_code),
  constraint plan_kind_check CHECK ((kind = ANY (ARRAY['standalone'::text, 'agency'::text])))
);

create table plan_feature (
  plan_code text not null,
  feature text not null,
  constraint plan_feature_pkey PRIMARY KEY (plan_code, feature),
  constraint plan_feature_plan_code_fkey FOREIGN KEY (plan_code) REFERENCES plan(plan_code),
  constraint plan_feature_feature_check CHECK ((feature = ANY (ARRAY['toll-free-numbers'::text, 'canadian-numbers'::text, 'number-patterns'::text])))
);

create table plan_price (
  plan_code text not null,
  version integer not null,
  effective_from timestamp with time zone not null,
  monthly_fee_micros bigint not null,
  local_number_micros bigint not null,
  toll_free_number_micros bigint not null,
  minute_in_micros bigint not null,
  toll_free_minute_in_micros bigint not null,
  minute_out_micros bigint not null,
  recording_minute_micros bigint not null,
  transcription_minute_micros bigint not null,
  included_minutes bigint not null,
  credits_unused_time boolean not null,
  set_at timestamp with time zone not null,
  set_by text,
  constraint plan_price_pkey PRIMARY KEY (plan_code, version),
  constraint plan_price_plan_code_effective_from_key UNIQUE (plan_code, effective_from),
  constraint plan_price_plan_code_fkey FOREIGN KEY (plan_code) REFERENCES plan(plan_code),
  constraint plan_price_included_minutes_check CHECK ((included_minutes >= 0)),
  constraint plan_price_local_number_micros_check CHECK ((local_number_micros >= 0)),
  constraint plan_price_minute_in_micros_check CHECK ((minute_in_micros >= 0)),
  constraint plan_price_minute_out_micros_check CHECK ((minute_out_micros >= 0)),
  constraint plan_price_monthly_fee_micros_check CHECK ((monthly_fee_micros >= 0)),
  constraint plan_price_recording_minute_micros_check CHECK ((recording_minute_micros >= 0)),
  constraint plan_price_toll_free_minute_in_micros_check CHECK ((toll_free_minute_in_micros >= 0)),
  constraint plan_price_toll_free_number_micros_check CHECK ((toll_free_number_micros >= 0)),
  constraint plan_price_transcription_minute_micros_check CHECK ((transcription_minute_micros >= 0))
);

create table pool_assignment (
  account_id bigint not null,
  tracking_number_id bigint not null,
  visitor_id bigint not null,
  assigned_at timestamp with time zone not null,
  last_shown_at timestamp with time zone not null,
  constraint pool_assignment_pkey PRIMARY KEY (account_id, tracking_number_id),
  constraint pool_assignment_account_id_tracking_number_id_fkey FOREIGN KEY (account_id, tracking_number_id) REFERENCES tracking_number(account_id, tracking_number_id),
  constraint pool_assignment_account_id_visitor_id_fkey FOREIGN KEY (account_id, visitor_id) REFERENCES visitor(account_id, visitor_id) ON DELETE CASCADE
);
CREATE INDEX pool_assignment_of_visitor ON public.pool_assignment USING btree (account_id, visitor_id);

create table posting (
  owner_id bigint not null,
  posting_id bigint not null generated always as identity,
  at timestamp with time zone not null,
  debit text not null,
  credit text not null,
  amount_micros bigint not null,
  cause text not null,
  cause_key text not null,
  description text not null,
  reverses_posting_id bigint,
  constraint posting_pkey PRIMARY KEY (owner_id, posting_id),
  constraint posting_owner_id_cause_key_key UNIQUE (owner_id, cause_key),
  constraint posting_owner_id_reverses_posting_id_key UNIQUE (owner_id, reverses_posting_id),
  constraint posting_amount_micros_check CHECK ((amount_micros > 0)),
  constraint posting_check CHECK ((debit <> credit)),
  constraint posting_credit_check CHECK ((credit = ANY (ARRAY['payments'::text, 'wallet'::text, 'revenue'::text, 'refunds'::text, 'unclaimed'::text]))),
  constraint posting_debit_check CHECK ((debit = ANY (ARRAY['payments'::text, 'wallet'::text, 'revenue'::text, 'refunds'::text, 'unclaimed'::text])))
);
CREATE INDEX posting_log ON public.posting USING btree (owner_id, at DESC, posting_id DESC);
CREATE INDEX posting_unclaimed ON public.posting USING btree (owner_id) WHERE ((debit = 'unclaimed'::text) OR (credit = 'unclaimed'::text));

create table receiving_number (
  account_id bigint not null,
  receiving_number_id bigint not null generated always as identity,
  sid text not null,
  phone_number text not null,
  name text,
  created_at timestamp with time zone not null,
  constraint receiving_number_pkey PRIMARY KEY (account_id, receiving_number_id),
  constraint receiving_number_account_id_phone_number_key UNIQUE (account_id, phone_number),
  constraint receiving_number_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(account_id),
  constraint receiving_number_phone_number_check CHECK ((phone_number ~ '^\+[1-9][0-9]{6,14}$'::text))
);

create table refund (
  owner_id bigint not null,
  refund_id bigint not null generated always as identity,
  closure_id bigint not null,
  ticket_id bigint not null,
  currency text not null,
  requested_at timestamp with time zone not null,
  requested_by text not null,
  requested_by_role text not null,
  requested_micros bigint not null,
  approved_at timestamp with time zone,
  approved_by text,
  amount_micros bigint,
  declined_at timestamp with time zone,
  declined_by text,
  decline_reason text,
  constraint refund_pkey PRIMARY KEY (owner_id, refund_id),
  constraint refund_owner_id_ticket_id_fkey FOREIGN KEY (owner_id, ticket_id) REFERENCES ticket(owner_id, ticket_id),
  constraint refund_amount_micros_check CHECK (((amount_micros > 0) AND ((amount_micros % (10000)::bigint) = 0))),
  constraint refund_check CHECK (((approved_at IS NULL) OR (declined_at IS NULL))),
  constraint refund_check1 CHECK (((approved_at IS NULL) = (approved_by IS NULL))),
  constraint refund_check2 CHECK (((approved_at IS NULL) = (amount_micros IS NULL))),
  constraint refund_check3 CHECK (((declined_at IS NULL) = (declined_by IS NULL))),
  constraint refund_check4 CHECK (((declined_at IS NULL) = (decline_reason IS NULL))),
  constraint refund_requested_micros_check CHECK ((requested_micros > 0))
);
CREATE INDEX refund_log ON public.refund USING btree (requested_at DESC, refund_id DESC);
CREATE INDEX refund_of_ticket ON public.refund USING btree (owner_id, ticket_id);
CREATE UNIQUE INDEX refund_undecided ON public.refund USING btree (owner_id, closure_id) WHERE ((approved_at IS NULL) AND (declined_at IS NULL));

create table refund_part (
  owner_id bigint not null,
  refund_part_id bigint not null generated always as identity,
  refund_id bigint not null,
  payment_id bigint,
  payee text,
  amount_micros bigint not null,
  replaces_part_id bigint,
  ordered_at timestamp with time zone not null,
  ordered_by text not null,
  idempotency_key text not null,
  attempts integer not null default 0,
  next_attempt_at timestamp with time zone,
  leased_until timestamp with time zone,
  last_error text,
  provider_refund_id text,
  paid_at timestamp with time zone,
  paid_by text,
  reference text,
  failed_at timestamp with time zone,
  failure text,
  constraint refund_part_pkey PRIMARY KEY (owner_id, refund_part_id),
  constraint refund_part_owner_id_idempotency_key_key UNIQUE (owner_id, idempotency_key),
  constraint refund_part_owner_id_replaces_part_id_key UNIQUE (owner_id, replaces_part_id),
  constraint refund_part_owner_id_payment_id_fkey FOREIGN KEY (owner_id, payment_id) REFERENCES payment(owner_id, payment_id),
  constraint refund_part_owner_id_refund_id_fkey FOREIGN KEY (owner_id, refund_id) REFERENCES refund(owner_id, refund_id),
  constraint refund_part_amount_micros_check CHECK (((amount_micros > 0) AND ((amount_micros % (10000)::bigint) = 0))),
  constraint refund_part_check CHECK (((payment_id IS NULL) = (payee IS NOT NULL))),
  constraint refund_part_check1 CHECK (((payment_id IS NULL) = (next_attempt_at IS NULL))),
  constraint refund_part_check2 CHECK (((payment_id IS NULL) OR ((paid_by IS NULL) AND (reference IS NULL)))),
  constraint refund_part_check3 CHECK (((payment_id IS NOT NULL) OR (((paid_at IS NULL) = (paid_by IS NULL)) AND ((paid_at IS NULL) = (reference IS NULL))))),
  constraint refund_part_check4 CHECK (((failed_at IS NULL) = (failure IS NULL)))
);
CREATE INDEX refund_part_due ON public.refund_part USING btree (next_attempt_at) WHERE ((paid_at IS NULL) AND (failed_at IS NULL));
CREATE INDEX refund_part_of ON public.refund_part USING btree (owner_id, refund_id);
CREATE INDEX refund_part_of_payment ON public.refund_part USING btree (owner_id, payment_id) WHERE (payment_id IS NOT NULL);

create table release (
  account_id bigint not null,
  release_id bigint not null generated always as identity,
  tracking_number_id bigint not null,
  released_at timestamp with time zone not null,
  released_by text not null,
  closure_id bigint,
  restorable_until timestamp with time zone not null,
  restored_at timestamp with time zone,
  restored_by text,
  return_ordered_at timestamp with time zone,
  returned_at timestamp with time zone,
  constraint release_pkey PRIMARY KEY (account_id, release_id),
  constraint release_account_id_closure_id_fkey FOREIGN KEY (account_id, closure_id) REFERENCES closure(account_id, closure_id),
  constraint release_account_id_tracking_number_id_fkey FOREIGN KEY (account_id, tracking_number_id) REFERENCES tracking_number(account_id, tracking_number_id),
  constraint release_check CHECK (((restored_at >= released_at) AND (restored_at < restorable_until))),
  constraint release_check1 CHECK ((return_ordered_at >= restorable_until)),
  constraint release_check2 CHECK ((returned_at >= return_ordered_at)),
  constraint release_check3 CHECK (((restored_at IS NULL) OR (return_ordered_at IS NULL)))
);
CREATE INDEX release_hold_ends ON public.release USING btree (restorable_until) WHERE ((restored_at IS NULL) AND (return_ordered_at IS NULL));
CREATE UNIQUE INDEX release_open ON public.release USING btree (account_id, tracking_number_id) WHERE (restored_at IS NULL);

create table reminder (
  owner_id bigint not null,
  arrears_id bigint not null,
  day integer not null,
  due_at timestamp with time zone not null,
  sent_at timestamp with time zone,
  constraint reminder_pkey PRIMARY KEY (owner_id, arrears_id, day),
  constraint reminder_owner_id_arrears_id_fkey FOREIGN KEY (owner_id, arrears_id) REFERENCES arrears(owner_id, arrears_id),
  constraint reminder_check CHECK ((sent_at >= due_at))
);

create table second_factor (
  id text not null,
  person_id text not null,
  secret text not null,
  recovery_codes text not null,
  verified boolean not null default true,
  failed_count integer not null default 0,
  locked_until timestamp with time zone,
  constraint second_factor_pkey PRIMARY KEY (id),
  constraint second_factor_person_id_key UNIQUE (person_id),
  constraint second_factor_person_id_fkey FOREIGN KEY (person_id) REFERENCES person(id) ON DELETE CASCADE
);

create table seen_site (
  account_id bigint not null,
  host text not null,
  first_seen_at timestamp with time zone not null,
  last_seen_at timestamp with time zone not null,
  page_url text not null,
  constraint seen_site_pkey PRIMARY KEY (account_id, host),
  constraint seen_site_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(account_id)
);

create table session (
  id text not null,
  person_id text not null,
  token_hash text not null,
  expires_at timestamp with time zone not null,
  ip_address text,
  user_agent text,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint session_pkey PRIMARY KEY (id),
  constraint session_token_key UNIQUE (token_hash),
  constraint session_person_id_fkey FOREIGN KEY (person_id) REFERENCES person(id) ON DELETE CASCADE
);
CREATE INDEX session_person ON public.session USING btree (person_id);

create table showing (
  account_id bigint not null,
  visit_id bigint not null,
  tracking_number_id bigint not null,
  first_shown_at timestamp with time zone not null,
  last_shown_at timestamp with time zone not null,
  page_url text not null,
  dialed_at timestamp with time zone,
  constraint showing_pkey PRIMARY KEY (account_id, visit_id, tracking_number_id),
  constraint showing_account_id_tracking_number_id_fkey FOREIGN KEY (account_id, tracking_number_id) REFERENCES tracking_number(account_id, tracking_number_id),
  constraint showing_account_id_visit_id_fkey FOREIGN KEY (account_id, visit_id) REFERENCES visit(account_id, visit_id) ON DELETE CASCADE
);
CREATE INDEX showing_of_number ON public.showing USING btree (account_id, tracking_number_id, last_shown_at DESC);

create table staff (
  person_id text not null,
  role text not null,
  granted_at timestamp with time zone not null,
  constraint staff_pkey PRIMARY KEY (person_id, role),
  constraint staff_person_id_fkey FOREIGN KEY (person_id) REFERENCES person(id) ON DELETE CASCADE,
  constraint staff_role_check CHECK ((role = ANY (ARRAY['support-agent'::text, 'operator'::text])))
);

create table subscription (
  owner_id bigint not null,
  plan_code text not null,
  anchor timestamp with time zone not null,
  paid_until timestamp with time zone not null,
  ended_at timestamp with time zone,
  constraint subscription_pkey PRIMARY KEY (owner_id),
  constraint subscription_plan_code_fkey FOREIGN KEY (plan_code) REFERENCES plan(plan_code)
);
CREATE INDEX subscription_due ON public.subscription USING btree (paid_until, owner_id);

create table subscription_month (
  owner_id bigint not null,
  began_at timestamp with time zone not null,
  ends_at timestamp with time zone not null,
  plan_code text not null,
  price_version integer not null,
  paid_micros bigint not null,
  included_minutes bigint not null,
  included_minutes_used bigint not null default 0,
  constraint subscription_month_pkey PRIMARY KEY (owner_id, began_at),
  constraint subscription_month_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES subscription(owner_id),
  constraint subscription_month_plan_code_price_version_fkey FOREIGN KEY (plan_code, price_version) REFERENCES plan_price(plan_code, version),
  constraint subscription_month_check CHECK (((included_minutes_used >= 0) AND (included_minutes_used <= included_minutes))),
  constraint subscription_month_check1 CHECK ((began_at < ends_at)),
  constraint subscription_month_included_minutes_check CHECK ((included_minutes >= 0)),
  constraint subscription_month_paid_micros_check CHECK ((paid_micros >= 0))
);

create table swapping_settings (
  account_id bigint not null,
  cookie_days integer not null default 30,
  storage text not null default 'cookie'::text,
  respects_signals boolean not null default true,
  address_kept text not null default 'truncated'::text,
  visits_kept_days integer not null default 365,
  constraint swapping_settings_pkey PRIMARY KEY (account_id),
  constraint swapping_settings_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(account_id),
  constraint swapping_settings_address_kept_check CHECK ((address_kept = ANY (ARRAY['truncated'::text, 'hashed'::text, 'none'::text]))),
  constraint swapping_settings_cookie_days_check CHECK (((cookie_days >= 1) AND (cookie_days <= 730))),
  constraint swapping_settings_storage_check CHECK ((storage = ANY (ARRAY['cookie'::text, 'consent'::text, 'none'::text]))),
  constraint swapping_settings_visits_kept_days_check CHECK (((visits_kept_days >= 1) AND (visits_kept_days <= 3650)))
);

create table switch (
  account_id bigint not null,
  switch_id bigint not null generated always as identity,
  tracking_number_id bigint,
  kind text not null,
  turned_at timestamp with time zone not null,
  turned_by text not null,
  why text,
  resumed_at timestamp with time zone,
  resumed_by text,
  constraint switch_pkey PRIMARY KEY (account_id, switch_id),
  constraint switch_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(account_id),
  constraint switch_account_id_tracking_number_id_fkey FOREIGN KEY (account_id, tracking_number_id) REFERENCES tracking_number(account_id, tracking_number_id),
  constraint switch_check CHECK ((resumed_at >= turned_at)),
  constraint switch_kind_check CHECK ((kind = ANY (ARRAY['pause'::text, 'stop'::text, 'hold'::text])))
);
CREATE UNIQUE INDEX switch_on ON public.switch USING btree (account_id, kind, COALESCE(tracking_number_id, (0)::bigint)) WHERE (resumed_at IS NULL);

create table target_number (
  account_id bigint not null,
  target_number_id bigint not null generated always as identity,
  sid text not null,
  phone_number text not null,
  name text,
  created_at timestamp with time zone not null,
  removed_at timestamp with time zone,
  constraint target_number_pkey PRIMARY KEY (account_id, target_number_id),
  constraint target_number_account_id_phone_number_key UNIQUE (account_id, phone_number),
  constraint target_number_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(account_id),
  constraint target_number_phone_number_check CHECK ((phone_number ~ '^\+[1-9][0-9]{6,14}$'::text))
);

create table ticket (
  owner_id bigint not null,
  ticket_id bigint not null generated always as identity,
  kind text not null,
  step text,
  last_refusal text,
  subject text not null,
  opened_by text not null,
  opened_by_role text not null,
  opened_at timestamp with time zone not null,
  state text not null default 'open'::text,
  closed_at timestamp with time zone,
  closed_by text,
  constraint ticket_pkey PRIMARY KEY (owner_id, ticket_id),
  constraint ticket_check CHECK (((state = 'closed'::text) = (closed_at IS NOT NULL))),
  constraint ticket_check1 CHECK (((closed_at IS NULL) = (closed_by IS NULL))),
  constraint ticket_kind_check CHECK ((kind = ANY (ARRAY['trouble'::text, 'agency-reactivation'::text, 'reactivate-as-standalone'::text, 'late-restore'::text, 'refund'::text, 'transfer'::text, 'other'::text]))),
  constraint ticket_state_check CHECK ((state = ANY (ARRAY['open'::text, 'answered'::text, 'closed'::text])))
);
CREATE INDEX ticket_number ON public.ticket USING btree (ticket_id);
CREATE INDEX ticket_opened ON public.ticket USING btree (owner_id, opened_at);
CREATE INDEX ticket_queue ON public.ticket USING btree (state, ticket_id);

create table ticket_message (
  owner_id bigint not null,
  ticket_id bigint not null,
  message_id bigint not null generated always as identity,
  at timestamp with time zone not null,
  by text not null,
  from_staff boolean not null,
  body text not null,
  constraint ticket_message_pkey PRIMARY KEY (owner_id, ticket_id, message_id),
  constraint ticket_message_owner_id_ticket_id_fkey FOREIGN KEY (owner_id, ticket_id) REFERENCES ticket(owner_id, ticket_id)
);

create table tracking_number (
  account_id bigint not null,
  tracking_number_id bigint not null generated always as identity,
  sid text not null,
  phone_number text not null,
  kind text not null,
  name text,
  tracking_source_id bigint,
  receiving_number_id bigint,
  carrier text not null,
  carrier_number_id text,
  requested_at timestamp with time zone not null,
  bought_at timestamp with time zone,
  failed_at timestamp with time zone,
  failure text,
  renewal_anchor timestamp with time zone,
  paid_until timestamp with time zone,
  constraint tracking_number_pkey PRIMARY KEY (account_id, tracking_number_id),
  constraint tracking_number_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(account_id),
  constraint tracking_number_account_id_receiving_number_id_fkey FOREIGN KEY (account_id, receiving_number_id) REFERENCES receiving_number(account_id, receiving_number_id),
  constraint tracking_number_account_id_tracking_source_id_fkey FOREIGN KEY (account_id, tracking_source_id) REFERENCES tracking_source(account_id, tracking_source_id),
  constraint tracking_number_check CHECK (((bought_at IS NULL) OR ((carrier_number_id IS NOT NULL) AND (paid_until IS NOT NULL) AND (failed_at IS NULL)))),
  constraint tracking_number_kind_check CHECK ((kind = ANY (ARRAY['local'::text, 'tollfree'::text]))),
  constraint tracking_number_phone_number_check CHECK ((phone_number ~ '^\+[1-9][0-9]{6,14}$'::text))
);
CREATE INDEX tracking_number_due ON public.tracking_number USING btree (paid_until, tracking_number_id) WHERE (bought_at IS NOT NULL);

create table tracking_source (
  account_id bigint not null,
  tracking_source_id bigint not null generated always as identity,
  sid text not null,
  name text not null,
  created_at timestamp with time zone not null,
  description text,
  position integer not null default 1,
  is_onsite boolean not null default false,
  referrer_pattern text,
  landing_pattern text,
  not_referrer_pattern text,
  not_landing_pattern text,
  utm_source text,
  utm_medium text,
  utm_campaign text,
  click_ids text[] not null default '{}'::text[],
  is_last_touch boolean not null default false,
  removed_at timestamp with time zone,
  constraint tracking_source_pkey PRIMARY KEY (account_id, tracking_source_id),
  constraint tracking_source_account_id_name_key UNIQUE (account_id, name),
  constraint tracking_source_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(account_id),
  constraint tracking_source_name_check CHECK ((name <> ''::text)),
  constraint tracking_source_position_check CHECK ((("position" >= 1) AND ("position" <= 9999)))
);
CREATE UNIQUE INDEX tracking_source_name ON public.tracking_source USING btree (account_id, lower(name)) WHERE (removed_at IS NULL);

create table verification (
  id text not null,
  identifier text not null,
  value text not null,
  expires_at timestamp with time zone not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint verification_pkey PRIMARY KEY (id)
);
CREATE INDEX verification_identifier ON public.verification USING btree (identifier);

create table visit (
  account_id bigint not null,
  visit_id bigint not null generated always as identity,
  sid text not null,
  visitor_id bigint not null,
  begun_at timestamp with time zone not null,
  last_seen_at timestamp with time zone not null,
  tracking_source_id bigint,
  referrer text,
  landing_url text not null,
  page_url text not null,
  page_count integer not null default 1,
  utm_source text,
  utm_medium text,
  utm_campaign text,
  utm_term text,
  utm_content text,
  click_id_kind text,
  click_id text,
  device text,
  browser text,
  address text,
  constraint visit_pkey PRIMARY KEY (account_id, visit_id),
  constraint visit_account_id_sid_key UNIQUE (account_id, sid),
  constraint visit_account_id_visitor_id_fkey FOREIGN KEY (account_id, visitor_id) REFERENCES visitor(account_id, visitor_id) ON DELETE CASCADE
);
CREATE INDEX visit_live ON public.visit USING btree (account_id, last_seen_at);
CREATE INDEX visit_log ON public.visit USING btree (account_id, begun_at);
CREATE INDEX visit_of_visitor ON public.visit USING btree (account_id, visitor_id, begun_at);

create table visitor (
  account_id bigint not null,
  visitor_id bigint not null generated always as identity,
  sid text not null,
  first_seen_at timestamp with time zone not null,
  last_seen_at timestamp with time zone not null,
  constraint visitor_pkey PRIMARY KEY (account_id, visitor_id),
  constraint visitor_account_id_sid_key UNIQUE (account_id, sid),
  constraint visitor_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(account_id)
);
CREATE INDEX visitor_age ON public.visitor USING btree (account_id, last_seen_at);

create table wallet (
  owner_id bigint not null,
  currency text not null,
  available_micros bigint not null default 0,
  constraint wallet_pkey PRIMARY KEY (owner_id)
);
CREATE INDEX wallet_used_up ON public.wallet USING btree (owner_id) WHERE (available_micros <= 0);

create table simulated_carrier.account (
  only_row boolean not null default true,
  account_sid text not null,
  auth_token text not null,
  made_at timestamp with time zone not null,
  constraint account_pkey PRIMARY KEY (only_row),
  constraint account_account_sid_check CHECK ((account_sid ~ '^AC[0-9a-f]{32}$'::text)),
  constraint account_auth_token_check CHECK ((auth_token ~ '^[0-9a-f]{32}$'::text)),
  constraint account_only_row_check CHECK (only_row)
);

create table simulated_carrier.call (
  sid text not null,
  from_number text not null,
  to_number text not null,
  caller_name text,
  answers text not null,
  ring_seconds double precision not null,
  talk_seconds double precision not null,
  hangs_up_after_seconds double precision,
  placed_at timestamp with time zone not null,
  rental_sid text,
  voice_url text,
  voice_fallback_url text,
  status_callback_url text,
  picked_up_after_seconds double precision,
  dial_status text,
  heard text[] not null default '{}'::text[],
  connected_to text,
  talked_seconds double precision not null default 0,
  http_statuses integer[] not null default '{}'::integer[],
  trouble text,
  end_status text,
  ended_at timestamp with time zone,
  lease_holder text,
  lease_until timestamp with time zone,
  constraint call_pkey PRIMARY KEY (sid),
  constraint call_rental_sid_fkey FOREIGN KEY (rental_sid) REFERENCES simulated_carrier.rental(sid),
  constraint call_answers_check CHECK ((answers = ANY (ARRAY['answered'::text, 'busy'::text, 'no-answer'::text, 'failed'::text]))),
  constraint call_check CHECK (((ended_at IS NULL) = (end_status IS NULL))),
  constraint call_dial_status_check CHECK ((dial_status = ANY (ARRAY['completed'::text, 'busy'::text, 'no-answer'::text, 'failed'::text]))),
  constraint call_end_status_check CHECK ((end_status = ANY (ARRAY['completed'::text, 'busy'::text, 'no-answer'::text, 'failed'::text]))),
  constraint call_hangs_up_after_seconds_check CHECK (((hangs_up_after_seconds >= (0)::double precision) AND (hangs_up_after_seconds <= (86400)::double precision))),
  constraint call_ring_seconds_check CHECK (((ring_seconds >= (0)::double precision) AND (ring_seconds <= (86400)::double precision))),
  constraint call_sid_check CHECK ((sid ~ '^CA[0-9a-f]{32}$'::text)),
  constraint call_talk_seconds_check CHECK (((talk_seconds >= (0)::double precision) AND (talk_seconds <= (86400)::double precision))),
  constraint call_to_number_check CHECK ((to_number ~ '^\+[1-9][0-9]{6,14}$'::text))
);
CREATE INDEX call_live ON simulated_carrier.call USING btree (placed_at) WHERE (ended_at IS NULL);
CREATE INDEX call_placed ON simulated_carrier.call USING btree (placed_at DESC);

create table simulated_carrier.call_step (
  call_sid text not null,
  number integer not null,
  kind text not null,
  after_seconds double precision not null,
  due_at timestamp with time zone not null,
  detail jsonb not null,
  attempts integer not null default 0,
  http_statuses integer[] not null default '{}'::integer[],
  trouble text,
  done_at timestamp with time zone,
  constraint call_step_pkey PRIMARY KEY (call_sid, number),
  constraint call_step_call_sid_fkey FOREIGN KEY (call_sid) REFERENCES simulated_carrier.call(sid) ON DELETE CASCADE,
  constraint call_step_after_seconds_check CHECK ((after_seconds >= (0)::double precision)),
  constraint call_step_attempts_check CHECK ((attempts >= 0)),
  constraint call_step_kind_check CHECK ((kind = ANY (ARRAY['ask'::text, 'tell'::text, 'hear'::text, 'connect'::text, 'end'::text]))),
  constraint call_step_number_check CHECK ((number >= 0))
);

create table simulated_carrier.effect (
  id bigint not null generated always as identity,
  happened_at timestamp with time zone not null,
  kind text not null,
  phone_number text not null,
  rental_sid text not null,
  constraint effect_pkey PRIMARY KEY (id),
  constraint effect_rental_sid_fkey FOREIGN KEY (rental_sid) REFERENCES simulated_carrier.rental(sid),
  constraint effect_kind_check CHECK ((kind = ANY (ARRAY['buy'::text, 'configure'::text, 'release'::text, 'restore'::text])))
);
CREATE INDEX effect_number ON simulated_carrier.effect USING btree (phone_number);

create table simulated_carrier.rental (
  sid text not null,
  phone_number text not null,
  idempotency_key text not null,
  friendly_name text not null,
  voice_url text not null,
  voice_fallback_url text,
  status_callback_url text not null,
  rented_at timestamp with time zone not null,
  released_at timestamp with time zone,
  restorable_until timestamp with time zone,
  sellable_at timestamp with time zone,
  constraint rental_pkey PRIMARY KEY (sid),
  constraint rental_check CHECK (((released_at IS NULL) = (restorable_until IS NULL))),
  constraint rental_check1 CHECK (((released_at IS NULL) = (sellable_at IS NULL))),
  constraint rental_phone_number_check CHECK ((phone_number ~ '^\+1[2-9][0-9]{9}$'::text)),
  constraint rental_sid_check CHECK ((sid ~ '^PN[0-9a-f]{32}$'::text))
);
CREATE UNIQUE INDEX rental_idempotency_key ON simulated_carrier.rental USING btree (idempotency_key);
CREATE UNIQUE INDEX rental_live_number ON simulated_carrier.rental USING btree (phone_number) WHERE (released_at IS NULL);
CREATE INDEX rental_number ON simulated_carrier.rental USING btree (phone_number, released_at DESC);

create table simulated_carrier.request (
  id bigint not null generated always as identity,
  requested_at timestamp with time zone not null,
  action text not null,
  phone_number text,
  rental_sid text,
  outcome text not null,
  constraint request_pkey PRIMARY KEY (id),
  constraint request_action_check CHECK ((action = ANY (ARRAY['search'::text, 'buy'::text, 'find'::text, 'configure'::text, 'release'::text, 'list'::text]))),
  constraint request_outcome_check CHECK ((outcome = ANY (ARRAY['begun'::text, 'done'::text, 'done-but-timed-out'::text, 'unavailable'::text, 'rate-limited'::text, 'not-available'::text, 'invalid'::text])))
);
CREATE INDEX request_number ON simulated_carrier.request USING btree (phone_number) WHERE (phone_number IS NOT NULL);

create table simulated_carrier.settings (
  only_row boolean not null default true,
  requests_per_second double precision,
  latency_ms integer not null default 0,
  fail_rate double precision not null default 0,
  fail_next_requests integer not null default 0,
  time_out_next_effects integer not null default 0,
  down_until timestamp with time zone,
  restore_window_days integer not null default 10,
  resale_ageing_days integer not null default 45,
  constraint settings_pkey PRIMARY KEY (only_row),
  constraint settings_fail_next_requests_check CHECK ((fail_next_requests >= 0)),
  constraint settings_fail_rate_check CHECK (((fail_rate >= (0)::double precision) AND (fail_rate <= (1)::double precision))),
  constraint settings_latency_ms_check CHECK (((latency_ms >= 0) AND (latency_ms <= 600000))),
  constraint settings_only_row_check CHECK (only_row),
  constraint settings_requests_per_second_check CHECK ((requests_per_second > (0)::double precision)),
  constraint settings_resale_ageing_days_check CHECK ((resale_ageing_days >= 0)),
  constraint settings_restore_window_days_check CHECK ((restore_window_days >= 0)),
  constraint settings_time_out_next_effects_check CHECK ((time_out_next_effects >= 0))
);

create table simulated_carrier.throttle (
  only_row boolean not null default true,
  allowance double precision not null,
  counted_at timestamp with time zone not null,
  constraint throttle_pkey PRIMARY KEY (only_row),
  constraint throttle_only_row_check CHECK (only_row)
);

create table simulated_payments.account (
  only_row boolean not null default true,
  account_id text not null,
  webhook_secret text not null,
  made_at timestamp with time zone not null,
  constraint account_pkey PRIMARY KEY (only_row),
  constraint account_account_id_check CHECK ((account_id ~ '^acct_[0-9a-f]{16}$'::text)),
  constraint account_only_row_check CHECK (only_row),
  constraint account_webhook_secret_check CHECK ((webhook_secret ~ '^whsec_[0-9a-f]{48}$'::text))
);

create table simulated_payments.effect (
  id bigint not null generated always as identity,
  happened_at timestamp with time zone not null,
  kind text not null,
  payment_id text not null,
  amount_cents bigint not null,
  constraint effect_pkey PRIMARY KEY (id),
  constraint effect_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES simulated_payments.payment(payment_id),
  constraint effect_kind_check CHECK ((kind = ANY (ARRAY['take'::text, 'give back'::text])))
);

create table simulated_payments.event (
  event_id text not null,
  body text not null,
  made_at timestamp with time zone not null,
  due_at timestamp with time zone,
  deliveries_left integer not null,
  attempts integer not null default 0,
  delivered_at timestamp with time zone,
  trouble text,
  constraint event_pkey PRIMARY KEY (event_id),
  constraint event_deliveries_left_check CHECK ((deliveries_left >= 0)),
  constraint event_event_id_check CHECK ((event_id ~ '^evt_[0-9a-f]{24}$'::text))
);
CREATE INDEX event_due ON simulated_payments.event USING btree (due_at) WHERE (deliveries_left > 0);

create table simulated_payments.method (
  method_id text not null,
  customer_id text not null,
  card text not null,
  made_at timestamp with time zone not null,
  forgotten_at timestamp with time zone,
  constraint method_pkey PRIMARY KEY (method_id),
  constraint method_method_id_check CHECK ((method_id ~ '^pm_[0-9a-f]{24}$'::text))
);

create table simulated_payments.payment (
  payment_id text not null,
  idempotency_key text not null,
  fingerprint text not null,
  owner_id bigint not null,
  our_payment_id bigint not null,
  customer_id text not null,
  method_id text not null,
  amount_cents bigint not null,
  currency text not null,
  description text not null,
  return_url text,
  state text not null,
  decline_code text,
  refunded_cents bigint not null default 0,
  made_at timestamp with time zone not null,
  constraint payment_pkey PRIMARY KEY (payment_id),
  constraint payment_idempotency_key_key UNIQUE (idempotency_key),
  constraint payment_method_id_fkey FOREIGN KEY (method_id) REFERENCES simulated_payments.method(method_id),
  constraint payment_amount_cents_check CHECK ((amount_cents > 0)),
  constraint payment_check CHECK (((refunded_cents >= 0) AND (refunded_cents <= amount_cents))),
  constraint payment_check1 CHECK (((state = 'declined'::text) = (decline_code IS NOT NULL))),
  constraint payment_payment_id_check CHECK ((payment_id ~ '^pi_[0-9a-f]{24}$'::text)),
  constraint payment_state_check CHECK ((state = ANY (ARRAY['succeeded'::text, 'authentication'::text, 'declined'::text])))
);

create table simulated_payments.refund (
  refund_id text not null,
  idempotency_key text not null,
  fingerprint text not null,
  payment_id text not null,
  owner_id bigint not null,
  refund_part_id bigint not null,
  amount_cents bigint not null,
  made_at timestamp with time zone not null,
  constraint refund_pkey PRIMARY KEY (refund_id),
  constraint refund_idempotency_key_key UNIQUE (idempotency_key),
  constraint refund_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES simulated_payments.payment(payment_id),
  constraint refund_amount_cents_check CHECK ((amount_cents > 0)),
  constraint refund_refund_id_check CHECK ((refund_id ~ '^re_[0-9a-f]{24}$'::text))
);

create table simulated_payments.settings (
  only_row boolean not null default true,
  latency_ms integer not null default 0,
  fail_next_requests integer not null default 0,
  limit_next_requests integer not null default 0,
  time_out_next_effects integer not null default 0,
  down_until timestamp with time zone,
  webhooks text not null default 'soon'::text,
  webhook_delay_seconds integer not null default 30,
  constraint settings_pkey PRIMARY KEY (only_row),
  constraint settings_fail_next_requests_check CHECK ((fail_next_requests >= 0)),
  constraint settings_latency_ms_check CHECK (((latency_ms >= 0) AND (latency_ms <= 600000))),
  constraint settings_limit_next_requests_check CHECK ((limit_next_requests >= 0)),
  constraint settings_only_row_check CHECK (only_row),
  constraint settings_time_out_next_effects_check CHECK ((time_out_next_effects >= 0)),
  constraint settings_webhook_delay_seconds_check CHECK (((webhook_delay_seconds >= 0) AND (webhook_delay_seconds <= 86400))),
  constraint settings_webhooks_check CHECK ((webhooks = ANY (ARRAY['soon'::text, 'before the answer'::text, 'twice'::text, 'late'::text, 'never'::text])))
);

create table simulated_payments.setup (
  setup_id text not null,
  idempotency_key text not null,
  fingerprint text not null,
  owner_id bigint not null,
  owner_name text not null,
  customer_id text not null,
  return_url text not null,
  cancel_url text not null,
  opened_at timestamp with time zone not null,
  method_id text,
  constraint setup_pkey PRIMARY KEY (setup_id),
  constraint setup_idempotency_key_key UNIQUE (idempotency_key),
  constraint setup_customer_id_check CHECK ((customer_id ~ '^cus_[0-9a-f]{16}$'::text)),
  constraint setup_setup_id_check CHECK ((setup_id ~ '^cs_test_[0-9a-f]{32}$'::text))
);
