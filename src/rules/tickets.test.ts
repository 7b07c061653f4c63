import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  decideClosingTicket,
  decideOpening,
  decideReopening,
  decideWriting,
  kindsFor,
  ticketLengths,
  ticketStates,
  ticketsPerDay,
} from './tickets.ts';

const ticket = { kind: 'trouble', step: null, lastRefusal: null, subject: 'Help', words: 'Please.' };
const said = (decision: ReturnType<typeof decideWriting> | ReturnType<typeof decideOpening>) =>
  decision.ok ? 'yes' : decision.refusal.code;

test('each owner asks for what it could be given', () => {
  assert.ok(kindsFor('agency').includes('agency-reactivation'));
  assert.ok(!kindsFor('agency').includes('late-restore'));
  assert.ok(kindsFor('sub-account').includes('reactivate-as-standalone'));
  for (const kind of ['agency-reactivation', 'reactivate-as-standalone'])
    assert.equal(said(decideOpening({ ...ticket, kind }, 'standalone', 0)), 'invalid-input');
});

test('a ticket has a subject and words, and there are only so many within a day', () => {
  assert.equal(said(decideOpening(ticket, 'agency', ticketsPerDay - 1)), 'yes');
  assert.equal(said(decideOpening(ticket, 'agency', ticketsPerDay)), 'too-many-tickets');
  for (const wrong of [
    { subject: '' },
    { subject: 'x'.repeat(ticketLengths.subject + 1) },
    { words: '' },
    { words: 'x'.repeat(ticketLengths.words + 1) },
    { step: 'x'.repeat(ticketLengths.step + 1) },
    { lastRefusal: 'x'.repeat(ticketLengths.lastRefusal + 1) },
    { kind: 'anything' },
  ])
    assert.equal(said(decideOpening({ ...ticket, ...wrong }, 'agency', 0)), 'invalid-input');
});

test('a closed ticket can be reopened, and nothing else', () => {
  for (const state of ticketStates) {
    const closed = state === 'closed';
    assert.equal(said(decideWriting(state, 'Hello')), closed ? 'ticket-closed' : 'yes');
    assert.equal(said(decideClosingTicket(state)), closed ? 'ticket-closed' : 'yes');
    assert.equal(said(decideReopening(state)), closed ? 'yes' : 'ticket-not-closed');
  }
  assert.equal(said(decideWriting('open', '')), 'invalid-input');
});
