import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { givePayment } from '../../../test/givePayment.ts';
import { type CastName, form, openWorld, password, type World } from '../../../test/world.ts';
import { moveUnclaimed } from '../../billing/refunds/moveUnclaimed.ts';
import { type PayingHouse, sendParts } from '../../billing/refunds/sendParts.ts';
import { settlePart } from '../../billing/refunds/settlePart.ts';
import { findRefunds, findUnclaimedMicros } from '../../billing/refunds/store.ts';
import { findBalance, findDriftedWallets, recordCharge } from '../../billing/store.ts';
import { offerAgencyClosing } from '../../lifecycle/agencyPlan.ts';
import { cancelAgency } from '../../lifecycle/cancelAgency.ts';
import { closeAccount } from '../../lifecycle/closeAccount.ts';
import { offerClosing } from '../../lifecycle/plan.ts';
import { reactivateAccount } from '../../lifecycle/reactivateAccount.ts';
import { newKey } from '../../platform/ids.ts';
import { findMails } from '../../platform/mail/store.ts';
import { record } from '../../platform/operation.ts';
import { type Payments, PaymentsError, type ProviderRefund, type RefundOrder } from '../../platform/payments/port.ts';
import { type Decision, must } from '../../rules/decision.ts';
import { openTicket } from '../openTicket.ts';
import { findTicketByNumber } from '../store.ts';
import { askRefund } from './ask.ts';
import { approveOnTicket, declineOnTicket } from './decide.ts';
import { followRefund } from './followRefund.ts';
import { markPaidByHand, orderAnew } from './payPart.ts';

let world: World;
let provider: Provider;
beforeEach(async () => {
  world = await openWorld();
  provider = new Provider();
});

/** A provider of a few lines: it remembers by key what it gave back, and fails as it is told. */
class Provider {
  given = new Map<string, ProviderRefund>();
  asked: RefundOrder[] = [];
  looks = 0;
  isShut = false;
  fails: ('lost answer' | 'down' | 'no' | 'processing' | 'bounced')[] = [];
  refund = async (order: RefundOrder): Promise<ProviderRefund> => {
    this.asked.push(order);
    const fault = this.fails.shift();
    if (fault === 'down') throw new PaymentsError('unavailable', 'The provider is down.');
    if (fault === 'no') throw new PaymentsError('invalid', 'More than is left of the payment.');
    const { ownerId, refundPartId, providerPaymentId, amountCents, currency, idempotencyKey } = order;
    const about = { ownerId, refundPartId, providerPaymentId, amountCents, currency };
    const state =
      fault === 'processing'
        ? ({ state: 'processing' } as const)
        : fault === 'bounced'
          ? ({ state: 'failed', failureSentence: 'The card is closed.' } as const)
          : ({ state: 'succeeded' } as const);
    const known = this.given.get(idempotencyKey);
    const given = known ?? { providerRefundId: `re_${this.given.size + 1}`, ...about, ...state };
    this.given.set(idempotencyKey, given);
    if (fault === 'lost answer') throw new PaymentsError('unavailable', 'No answer within ten seconds.');
    return given;
  };
  findRefund = async (by: { providerRefundId: string } | { idempotencyKey: string }) => {
    this.looks += 1;
    if (this.isShut) throw new PaymentsError('refused', 'The payment provider does not accept our secret key.');
    if ('idempotencyKey' in by) return this.given.get(by.idempotencyKey) ?? null;
    return [...this.given.values()].find((each) => each.providerRefundId === by.providerRefundId) ?? null;
  };
  get totalCents(): bigint {
    return [...this.given.values()].reduce((sum, each) => sum + (each.state === 'failed' ? 0n : each.amountCents), 0n);
  }
}

const payingHouse = (): PayingHouse => ({ ...world.house, payments: provider as unknown as Payments });
const send = () => sendParts(payingHouse(), followRefund);
const told = (refund: ProviderRefund) =>
  record(world.house.db, (tx, now) => settlePart(world.house, tx, now, refund, followRefund));
const actorOf = (who: CastName) => world.cast[who].actor;
const codeOf = (decision: Decision<unknown>) => (decision.ok ? 'yes' : decision.refusal.code);

/** A card payment that brought a part of the wallet's money in. */
const paid = (ownerId: number, dollars: bigint, daysAgo: number) =>
  givePayment(world.house, ownerId, { dollars, daysAgo });

async function close(accountId = world.shopId, who: CastName = 'shopOwner'): Promise<void> {
  const { hash: planHash, terms } = must(await offerClosing(world.house.db, accountId, await world.now()));
  must(await closeAccount(world.house, actorOf(who), accountId, { planHash, terms, why: null }, newKey()));
}

async function cancel(): Promise<void> {
  const { house, agencyId } = world;
  const { hash: planHash, terms } = must(await offerAgencyClosing(house.db, agencyId, await world.now()));
  const confirmation = { planHash, terms, name: 'Northwind Agency', password, reason: null, why: null };
  must(await cancelAgency(house, actorOf('agencyOwner'), agencyId, confirmation, newKey()));
  await world.work();
}

const ask = (ownerId = world.shopId, who: CastName = 'shopOwner', key = newKey()) =>
  askRefund(world.house, actorOf(who), ownerId, key);
const ticketOf = async (ticketId: number) => (await findTicketByNumber(world.house.db, ticketId))!;
const approve = async (
  ticketId: number,
  {
    way = 'payments',
    payee = '',
    who = 'supportAgent',
    key = newKey(),
  }: { way?: 'payments' | 'by-hand'; payee?: string; who?: CastName; key?: string } = {},
) => approveOnTicket(world.house, actorOf(who), await ticketOf(ticketId), { way, payee }, key);
const decline = async (ticketId: number, reason = 'The owner of the card disputes it.') =>
  declineOnTicket(world.house, actorOf('supportAgent'), await ticketOf(ticketId), reason, newKey());
const refund = async (ownerId = world.shopId) => (await findRefunds(world.house.db, ownerId, 1))[0]!;
const sums = async (ownerId = world.shopId) => {
  const { rows } = await world.house.pool.query(
    `select a.name, coalesce(sum(case a.name when p.credit then p.amount_micros else -p.amount_micros end), 0) as micros
       from unnest(array['payments', 'wallet', 'revenue', 'refunds', 'unclaimed']) a (name)
       left join posting p on p.owner_id = $1 and a.name in (p.debit, p.credit)
      group by a.name`,
    [ownerId],
  );
  return Object.fromEntries(rows.map((row) => [row.name, BigInt(String(row.micros))])) as Record<string, bigint>;
};
const mails = async () => (await findMails(world.house.db, 20)).map((each) => each.subject);

/** Nothing was made or lost: the accounts add up to zero, and the wallet is the sum of its postings. */
async function inBalance(ownerId = world.shopId): Promise<void> {
  assert.equal(
    Object.values(await sums(ownerId)).reduce((sum, each) => sum + each, 0n),
    0n,
  );
  assert.deepEqual(await findDriftedWallets(world.house.db), []);
}

describe('asking', () => {
  test('one click opens the ticket with the amount; again the same; a second request leads to the first', async () => {
    await close();
    const key = newKey();
    const ticketId = must(await ask(world.shopId, 'shopOwner', key));
    assert.equal(must(await ask(world.shopId, 'shopOwner', key)), ticketId);
    assert.equal((await ticketOf(ticketId)).subject, 'Refund of $921.00');
    const asked = await refund();
    assert.deepEqual([asked.state, asked.requestedMicros, asked.ticketId], ['requested', 921_000_000n, ticketId]);
    const second = await ask();
    assert.deepEqual(second, {
      ok: false,
      refusal: { code: 'refund-under-way', ticketId, requestedAt: asked.requestedAt },
    });
    assert.equal((await findBalance(world.house.db, world.shopId)).availableMicros, 921_000_000n, 'nothing moved yet');
  });

  test('two clicks at once are one request', async () => {
    await close();
    const decisions = await Promise.all([ask(), ask(), ask()]);
    assert.deepEqual(decisions.map(codeOf).toSorted(), ['refund-under-way', 'refund-under-way', 'yes']);
    assert.equal((await findRefunds(world.house.db, world.shopId, 9)).length, 1);
  });

  test('an open account closes first; a sub-account’s balance is its agency’s; roles and strangers', async () => {
    assert.equal(codeOf(await ask()), 'close-first');
    await close();
    assert.equal(codeOf(await ask(world.shopId, 'callAgent')), 'role-missing');
    for (const who of ['stranger', 'neighbor', 'supportAgent', 'operator'] as const)
      assert.equal(codeOf(await ask(world.shopId, who)), 'not-found', who);
    await close(world.clientId, 'clientAdmin');
    assert.deepEqual(await ask(world.clientId, 'clientAdmin'), {
      ok: false,
      refusal: { code: 'balance-of-agency', agencyName: 'Northwind Agency' },
    });
  });

  test('the ticket portal’s own form is a request as well, by whoever may ask', async () => {
    const words = {
      kind: 'refund',
      step: null,
      lastRefusal: null,
      subject: 'My money',
      words: 'All $1,000,000 of it.',
    };
    const portal = (who: CastName) => openTicket(world.house, actorOf(who), world.shopId, words, newKey());
    assert.equal(codeOf(await portal('shopOwner')), 'close-first');
    await close();
    assert.equal(codeOf(await portal('callAgent')), 'role-missing');
    must(await portal('shopOwner'));
    assert.equal((await refund()).requestedMicros, 921_000_000n, 'what is owed, whatever was written');
  });

  test('a forged amount in the body changes nothing', async () => {
    await close();
    const url = `/accounts/${world.shopId}/refunds`;
    const forged = { amount: '99999', requestedMicros: '99999000000', cents: '9999900' };
    const page = await world.ask(world.cast.shopOwner, { ...form(forged), url });
    assert.equal(page.headers.location, `/accounts/${world.shopId}/owed`);
    assert.equal((await refund()).requestedMicros, 921_000_000n);
  });
});

describe('approving', () => {
  test('back to the payments, the newest first, the rest by hand; paid when the last part is', async () => {
    const [older, newer] = [await paid(world.shopId, 300n, 20), await paid(world.shopId, 500n, 10)];
    await close();
    const ticketId = must(await ask());
    assert.equal(codeOf(await approve(ticketId)), 'invalid-input', 'a payee for the rest');
    assert.equal((await refund()).state, 'requested');
    assert.equal(must(await approve(ticketId, { payee: 'Anchor Plumbing, IBAN …6789' })), '921000000');
    const approved = await refund();
    assert.deepEqual(
      approved.parts.map((each) => [each.paymentId, each.payee, each.amountMicros]),
      [
        [newer, null, 500_000_000n],
        [older, null, 300_000_000n],
        [null, 'Anchor Plumbing, IBAN …6789', 121_000_000n],
      ],
    );
    assert.deepEqual(
      [approved.state, await sums()],
      ['approved', { ...(await sums()), wallet: 0n, refunds: 921_000_000n }],
    );
    await send();
    assert.deepEqual([(await refund()).state, provider.totalCents], ['paying', 80_000n]);
    const [, , byHand] = (await refund()).parts;
    const marked = { refundPartId: byHand!.refundPartId, reference: 'Wire 2027-119' };
    const mark = async (key: string) =>
      markPaidByHand(world.house, actorOf('supportAgent'), await ticketOf(ticketId), marked, key);
    const key = newKey();
    must(await mark(key));
    must(await mark(key));
    assert.equal(codeOf(await mark(newKey())), 'part-not-by-hand', 'once');
    assert.equal((await refund()).state, 'paid');
    assert.equal((await ticketOf(ticketId)).state, 'closed');
    assert.deepEqual([(await sums()).refunds, (await sums()).wallet], [0n, 0n]);
    assert.deepEqual(
      (await mails())
        .filter((each) => /refund of \$921\.00 for Anchor Plumbing/.test(each))
        .map((each) => each.split(':')[0]),
      ['Paid', 'Approved'],
    );
    await inBalance();
    assert.equal(codeOf(await ask()), 'nothing-to-refund');
  });

  test('two approvals at once pay once; one key is one approval', async () => {
    await paid(world.shopId, 1_000n, 1);
    await close();
    const ticketId = must(await ask());
    const decisions = await Promise.all([approve(ticketId), approve(ticketId), approve(ticketId)]);
    assert.deepEqual(decisions.map(codeOf).toSorted(), ['refund-decided', 'refund-decided', 'yes']);
    await Promise.all([send(), send()]);
    assert.deepEqual([provider.given.size, provider.totalCents, (await refund()).state], [1, 92_100n, 'paid']);
    await inBalance();
  });

  test('only support, on somebody else’s ticket, while whoever asked may still have it', async () => {
    await paid(world.shopId, 1_000n, 1);
    await close();
    const ticketId = must(await ask());
    assert.equal(codeOf(await approve(ticketId, { who: 'operator' })), 'role-missing');
    for (const who of ['shopOwner', 'stranger'] as const)
      assert.notEqual(codeOf(await approve(ticketId, { who })), 'yes', who);
    const { pool } = world.house;
    const { personId } = world.cast.shopOwner;
    await pool.query("insert into staff values ($1, 'support-agent', now())", [personId]);
    assert.equal(codeOf(await approve(ticketId, { who: 'shopOwner' })), 'own-ticket');
    await pool.query('update membership set role = $1 where person_id = $2', ['call-agent', personId]);
    assert.equal(codeOf(await approve(ticketId)), 'ticket-does-not-fit');
    await pool.query('update membership set role = $1 where person_id = $2', ['billing-manager', personId]);
    assert.equal(codeOf(await approve(ticketId)), 'yes');
  });

  test('what was charged before the closing and comes late is settled first, to the cent by an explained posting', async () => {
    await paid(world.shopId, 1_000n, 1);
    const before = await world.now();
    await close();
    const ticketId = must(await ask());
    const late = {
      ownerId: world.shopId,
      payerId: world.shopId,
      cause: 'call',
      at: before,
      description: 'A call',
    } as const;
    await record(world.house.db, (tx) => recordCharge(tx, { ...late, causeKey: 'late', unitMicros: 1_234_567n }));
    assert.equal(must(await approve(ticketId)), '919770000');
    const { rows } = await world.house.pool.query(
      "select debit, credit, amount_micros, description from posting where owner_id = $1 and cause = 'rounding'",
      [world.shopId],
    );
    assert.deepEqual(
      [rows[0].debit, rows[0].credit, String(rows[0].amount_micros)],
      ['revenue', 'wallet', '4567'],
      '919.765433 owed, 919.77 paid',
    );
    assert.match(rows[0].description, /Rounded to whole cents/);
    await inBalance();
  });

  test('approve × reactivate: whichever is first; the balance is used once', async () => {
    await paid(world.shopId, 1_000n, 1);
    await close();
    const ticketId = must(await ask());
    const [approved, back] = await Promise.all([
      approve(ticketId),
      reactivateAccount(world.house, actorOf('shopOwner'), world.shopId, { restoreNumbers: false }, newKey()),
    ]);
    assert.equal(back.ok, true);
    const { availableMicros } = await findBalance(world.house.db, world.shopId);
    if (approved.ok) assert.equal(availableMicros, 0n);
    else assert.deepEqual([approved.refusal.code, availableMicros], ['reactivated-meanwhile', 921_000_000n]);
    await inBalance();
  });

  test('reactivated and closed again: the old request is not approved any more, and a new one can be made', async () => {
    await close();
    const old = must(await ask());
    must(await reactivateAccount(world.house, actorOf('shopOwner'), world.shopId, { restoreNumbers: false }, newKey()));
    assert.equal(codeOf(await approve(old, { payee: 'X' })), 'reactivated-meanwhile');
    await close();
    assert.equal(codeOf(await approve(old, { payee: 'X' })), 'ticket-does-not-fit', 'it asked before this closing');
    const fresh = must(await ask());
    assert.equal(codeOf(await approve(fresh, { payee: 'Shop' })), 'yes');
    must(await decline(old, 'It was reactivated.'));
  });

  test('nothing left, or less: says so', async () => {
    const before = await world.now();
    await close();
    const ticketId = must(await ask());
    const late = {
      ownerId: world.shopId,
      payerId: world.shopId,
      cause: 'call',
      at: before,
      description: 'A call',
    } as const;
    await record(world.house.db, (tx) => recordCharge(tx, { ...late, causeKey: 'late', unitMicros: 930_000_000n }));
    const decision = await approve(ticketId, { payee: 'X' });
    assert.deepEqual(decision, { ok: false, refusal: { code: 'nothing-to-refund', balanceMicros: -9_000_000n } });
  });

  test('declined with a reason: the balance stays, whoever asked is mailed, and may ask again', async () => {
    await close();
    const ticketId = must(await ask());
    assert.equal(codeOf(await decline(ticketId, '')), 'invalid-input');
    must(await decline(ticketId));
    const declined = await refund();
    assert.deepEqual([declined.state, declined.declineReason], ['declined', 'The owner of the card disputes it.']);
    assert.match((await mails())[0]!, /^Declined/);
    assert.equal(codeOf(await approve(ticketId, { payee: 'X' })), 'refund-decided');
    must(await ask());
    assert.equal((await refund()).state, 'requested');
  });

  test('an agency: its own balance, once the canceling has come round', async () => {
    await paid(world.agencyId, 2_000n, 3);
    const { availableMicros } = await findBalance(world.house.db, world.agencyId);
    assert.equal(codeOf(await ask(world.agencyId, 'agencyOwner')), 'close-first');
    await cancel();
    assert.equal(codeOf(await ask(world.clientId, 'clientAdmin')), 'balance-of-agency');
    const ticketId = must(await ask(world.agencyId, 'agencyBilling'));
    assert.equal(must(await approve(ticketId)), String(availableMicros));
    await send();
    assert.equal((await refund(world.agencyId)).state, 'paid');
    await inBalance(world.agencyId);
  });
});

describe('the provider', () => {
  const approved = async (dollars: bigint[] = [1_000n]) => {
    for (const [index, each] of dollars.entries()) await paid(world.shopId, each, 10 - index);
    await close();
    const ticketId = must(await ask());
    must(await approve(ticketId, { payee: 'Shop' }));
    return ticketId;
  };
  const hurry = async (hours = 2) => {
    await world.travel(hours / 24);
    await send();
  };

  test('times out after paying back: it looks before it tries again, and pays once', async () => {
    await approved();
    provider.fails = ['lost answer'];
    await send();
    assert.deepEqual(
      [(await refund()).state, (await refund()).parts[0]!.lastError],
      ['paying', 'No answer within ten seconds.'],
    );
    await hurry();
    assert.deepEqual([(await refund()).state, provider.asked.length, provider.looks], ['paid', 1, 1]);
    assert.equal(provider.totalCents, 92_100n);
    await inBalance();
  });

  test('down for a while: pauses grow, the key stays the same', async () => {
    await approved();
    provider.fails = ['down', 'down', 'down'];
    await send();
    await send();
    assert.equal(provider.asked.length, 1, 'not before its pause is over');
    for (let round = 0; round < 3; round += 1) await hurry();
    assert.equal((await refund()).state, 'paid');
    assert.equal(new Set(provider.asked.map((each) => each.idempotencyKey)).size, 1);
    assert.equal(provider.totalCents, 92_100n);
  });

  test('the webhook before the answer, twice, and late: one effect', async () => {
    await approved();
    provider.fails = ['lost answer'];
    await send();
    const [given] = provider.given.values();
    await Promise.all([told(given!), told(given!)]);
    await told(given!);
    assert.equal((await refund()).state, 'paid');
    await hurry();
    assert.equal(provider.asked.length, 1);
    assert.equal((await mails()).filter((each) => /^Paid/.test(each)).length, 1);
    assert.equal((await sums()).refunds, 0n);
    await inBalance();
  });

  test('a webhook that never comes: the worker looks by itself', async () => {
    await approved();
    provider.fails = ['processing'];
    await send();
    assert.equal((await refund()).state, 'paying');
    const [key, given] = [...provider.given][0]!;
    provider.given.set(key, { ...given, state: 'succeeded' } as ProviderRefund);
    await hurry();
    assert.deepEqual([(await refund()).state, provider.asked.length], ['paid', 1]);
  });

  test('what is told must fit our row: amount, currency, payment, owner', async () => {
    await approved();
    provider.fails = ['lost answer'];
    await send();
    const [given] = provider.given.values();
    for (const forged of [
      { amountCents: 1n },
      { amountCents: 9_210_000n },
      { currency: 'EUR' },
      { providerPaymentId: 'pi_other' },
      { ownerId: world.neighborId },
      { refundPartId: 999 },
    ])
      await told({ ...given!, ...forged });
    assert.equal((await refund()).state, 'paying');
    assert.equal((await sums()).refunds, 921_000_000n);
  });

  test('a final no: failed, and support sends again or pays by hand, never twice', async () => {
    const ticketId = await approved([500n, 500n]);
    provider.fails = ['no', 'bounced'];
    await send();
    assert.equal((await refund()).state, 'failed');
    const failed = (await refund()).parts;
    assert.deepEqual(failed.map((each) => each.failure).toSorted(), [
      'More than is left of the payment.',
      'The card is closed.',
    ]);
    const again = async (refundPartId: number, payee: string | null, who: CastName = 'supportAgent') =>
      orderAnew(world.house, actorOf(who), await ticketOf(ticketId), { refundPartId, payee }, newKey());
    assert.equal(codeOf(await again(failed[0]!.refundPartId, null, 'operator')), 'role-missing');
    const decisions = await Promise.all([again(failed[0]!.refundPartId, null), again(failed[0]!.refundPartId, 'Shop')]);
    assert.deepEqual(decisions.map(codeOf).toSorted(), ['part-not-failed', 'yes'], 'one takes its place');
    must(await again(failed[1]!.refundPartId, 'Shop'));
    await send();
    for (const part of (await refund()).parts.filter((each) => each.payee && !each.paidAt))
      must(
        await markPaidByHand(
          world.house,
          actorOf('supportAgent'),
          await ticketOf(ticketId),
          { refundPartId: part.refundPartId, reference: 'W' },
          newKey(),
        ),
      );
    assert.equal((await refund()).state, 'paid');
    const paidMicros = (await refund()).parts.reduce((sum, each) => sum + (each.paidAt ? each.amountMicros : 0n), 0n);
    assert.equal(paidMicros, 921_000_000n);
    assert.equal((await sums()).refunds, 0n);
    await inBalance();
  });

  test('a key that does not fit, after an answer that was lost: nothing is given up that may have gone through', async () => {
    const ticketId = await approved();
    provider.fails = ['lost answer'];
    await send();
    provider.isShut = true;
    await hurry();
    assert.equal((await refund()).state, 'paying');
    provider.isShut = false;
    await hurry();
    assert.deepEqual([(await refund()).state, provider.asked.length], ['paid', 1]);
    assert.equal((await ticketOf(ticketId)).state, 'closed', 'with the last part the ticket is over');
  });

  test('given up by us and gone back all the same: what the provider tells counts', async () => {
    const ticketId = await approved();
    provider.fails = ['no'];
    await send();
    assert.deepEqual([(await refund()).state, (await ticketOf(ticketId)).state], ['failed', 'open']);
    const { ownerId, refundPartId, providerPaymentId, amountCents, currency } = provider.asked[0]!;
    const about = { ownerId, refundPartId, providerPaymentId, amountCents, currency };
    const given: ProviderRefund = { providerRefundId: 're_late', ...about, state: 'succeeded' };
    await told(given);
    await told(given);
    assert.deepEqual([(await refund()).state, (await sums()).refunds], ['paid', 0n]);
    assert.equal((await ticketOf(ticketId)).state, 'closed');
    await inBalance();
  });

  test('the bank sends it back weeks later: owed again, failed, and ordered anew', async () => {
    const ticketId = await approved();
    await send();
    const [given] = provider.given.values();
    await told({ ...given!, state: 'failed', failureSentence: 'The account was closed.' } as ProviderRefund);
    await told(given!);
    assert.deepEqual([(await refund()).state, (await sums()).refunds], ['failed', 921_000_000n]);
    assert.equal((await ticketOf(ticketId)).state, 'open', 'somebody has to look at it again');
    const [part] = (await refund()).parts;
    const { rows } = await world.house.pool.query(
      'select u.cause_key from posting r join posting u on u.owner_id = r.owner_id and u.posting_id = r.reverses_posting_id',
    );
    assert.deepEqual(rows, [{ cause_key: `refund part ${part!.refundPartId}` }], 'the posting that undoes it says so');
    must(
      await orderAnew(
        world.house,
        actorOf('supportAgent'),
        await ticketOf(ticketId),
        { refundPartId: part!.refundPartId, payee: null },
        newKey(),
      ),
    );
    await send();
    assert.deepEqual([(await refund()).state, (await sums()).refunds], ['paid', 0n]);
    await inBalance();
  });

  test('what went back once can’t go back again: a later refund finds less of the payment', async () => {
    await paid(world.shopId, 500n, 5);
    await close();
    must(await approve(must(await ask()), { payee: 'Shop' }));
    await send();
    const byHand = (await refund()).parts.find((each) => each.payee)!;
    assert.equal(byHand.amountMicros, 421_000_000n);
    const { house } = world;
    must(
      await markPaidByHand(
        house,
        actorOf('supportAgent'),
        await ticketOf((await refund()).ticketId),
        { refundPartId: byHand.refundPartId, reference: 'W' },
        newKey(),
      ),
    );
    await house.pool.query(
      "insert into posting (owner_id, at, debit, credit, amount_micros, cause, cause_key, description) values ($1, now(), 'revenue', 'wallet', 7000000, 'test', 'test', 'A credit')",
      [world.shopId],
    );
    await house.pool.query('update wallet set available_micros = available_micros + 7000000 where owner_id = $1', [
      world.shopId,
    ]);
    const second = must(await ask());
    must(await approve(second, { payee: 'Shop' }));
    assert.deepEqual(
      (await refund()).parts.map((each) => [each.paymentId, each.amountMicros]),
      [[null, 7_000_000n]],
    );
  });
});

describe('day 90', () => {
  const until = async () => {
    const { rows } = await world.house.pool.query<{ refundable_until: Date }>(
      'select refundable_until from closure where account_id = $1 and reactivated_at is null',
      [world.shopId],
    );
    return rows[0]!.refundable_until;
  };
  const unclaimed = () => findUnclaimedMicros(world.house.db, world.shopId);

  test('not asked for: moved at the date, once, never to income; the operator sees it; a claim is paid from it', async () => {
    await paid(world.shopId, 1_000n, 1);
    await close();
    const { revenue } = await sums();
    await world.travelTo(new Date((await until()).getTime() - 30_000));
    assert.deepEqual([await moveUnclaimed(world.house.db), await unclaimed()], [0, 0n], 'not before');
    await world.travelTo(await until());
    const moved = await Promise.all([moveUnclaimed(world.house.db), moveUnclaimed(world.house.db)]);
    assert.deepEqual([moved[0]! + moved[1]!, await unclaimed()], [1, 921_000_000n]);
    assert.equal(await moveUnclaimed(world.house.db), 0);
    assert.equal((await sums()).revenue, revenue);
    const report = await world.ask(world.cast.operator, { method: 'GET', url: '/api/v1/operations/unclaimed' });
    assert.deepEqual(report.json().totals, [{ currency: 'USD', cents: 92_100 }]);
    const csv = await world.ask(world.cast.operator, { method: 'GET', url: '/operations/unclaimed.csv' });
    assert.match(csv.body, new RegExp(`account,${world.shopId},Anchor Plumbing,921\\.000000,USD,`));
    for (const who of ['supportAgent', 'shopOwner'] as const)
      assert.notEqual(
        (await world.ask(world.cast[who], { method: 'GET', url: '/operations/unclaimed' })).statusCode,
        200,
      );

    const ticketId = must(await ask());
    assert.equal((await refund()).requestedMicros, 921_000_000n);
    must(await approve(ticketId));
    await send();
    assert.deepEqual([(await refund()).state, await unclaimed()], ['paid', 0n]);
    assert.equal(await moveUnclaimed(world.house.db), 0);
    await inBalance();
  });

  test('asked in time and answered late is honored: the balance waits; declined after it, it is unclaimed', async () => {
    await close();
    await world.travelTo(new Date((await until()).getTime() - 60_000));
    const ticketId = must(await ask());
    await world.travel(10);
    assert.equal(await moveUnclaimed(world.house.db), 0);
    assert.equal(codeOf(await approve(ticketId, { payee: 'Shop' })), 'yes');
    assert.equal((await sums()).wallet, 0n);
    await inBalance();
  });

  test('declined after the date: then it is unclaimed, and can still be claimed', async () => {
    await close();
    const ticketId = must(await ask());
    await world.travelTo(await until());
    assert.equal(await moveUnclaimed(world.house.db), 0);
    must(await decline(ticketId));
    assert.equal(await moveUnclaimed(world.house.db), 1);
    must(await approve(must(await ask()), { payee: 'Shop' }));
    assert.equal(await unclaimed(), 0n);
    await inBalance();
  });

  test('the report goes by pages, its totals by everything', async () => {
    const { rows } = await world.house.pool.query(
      `with a as (
         insert into account (name, time_zone, payer, refusal_message, created_at)
         select 'Left ' || i, 'UTC', 'own', '', now() from generate_series(1, 60) i returning account_id
       ), w as (insert into wallet (owner_id, currency, available_micros) select account_id, 'USD', 0 from a)
       insert into posting (owner_id, at, debit, credit, amount_micros, cause, cause_key, description)
       select account_id, now(), 'wallet', 'unclaimed', 1000000, 'unclaimed', 'unclaimed 1', '' from a returning owner_id`,
    );
    assert.equal(rows.length, 60);
    const look = async (url: string) => (await world.ask(world.cast.operator, { method: 'GET', url })).body;
    const first = await look('/operations/unclaimed');
    assert.match(first, /\$60\.00/);
    const next = /href="(\/operations\/unclaimed\?after=[^"]+)"/.exec(first)![1]!;
    const names = (body: string) => new Set(body.match(/Left \d+/g));
    const [head, tail] = [names(first), names(await look(next))];
    assert.deepEqual([head.size, tail.size, new Set([...head, ...tail]).size], [50, 10, 60]);
  });

  test('approve × the sweep, request × the sweep: each order leaves every cent in one place', async () => {
    await close();
    await world.travelTo(await until());
    const [asked] = await Promise.all([ask(), moveUnclaimed(world.house.db)]);
    const ticketId = must(asked);
    await Promise.all([approve(ticketId, { payee: 'Shop' }), moveUnclaimed(world.house.db)]);
    const { wallet, refunds } = await sums();
    assert.deepEqual([wallet, refunds, await unclaimed()], [0n, 921_000_000n, 0n]);
    await inBalance();
  });
});

describe('after the purge date', () => {
  test('what is owed is still seen and asked for; everything else is shut; nobody else sees it', async () => {
    await close();
    await world.travel(60);
    const get = (who: CastName, url: string) => world.ask(world.cast[who], { method: 'GET', url });
    const base = `/accounts/${world.shopId}`;
    const page = await get('shopOwner', `${base}/owed`);
    assert.equal(page.statusCode, 200);
    for (const said of [
      /\$921\.00/,
      /Record of the closing/,
      /Shop Owner, Administrator/,
      /Preserved until/,
      /new account/,
    ])
      assert.match(page.body, said);
    for (const path of [
      '',
      '/billing',
      '/settings',
      '/calls',
      '/numbers',
      '/tickets',
      '/tickets/new',
      '/users',
      '/journal',
    ])
      assert.equal((await get('shopOwner', `${base}${path}`)).statusCode, 410, path);
    assert.doesNotMatch(
      page.body,
      new RegExp(`href="${base}/(billing|settings|calls|numbers|tickets)`),
      'no link leads to a shut page',
    );
    assert.equal((await get('callAgent', `${base}/owed`)).statusCode, 403);
    for (const who of ['stranger', 'neighbor', 'supportAgent', 'operator'] as const) {
      for (const url of [`${base}/owed`, `/api/v1${base}/refunds`])
        assert.equal((await get(who, url)).statusCode, 404, `${who} ${url}`);
      const forged = await world.ask(world.cast[who], { ...form({}), url: `${base}/refunds` });
      assert.equal(forged.statusCode, 404);
    }
    assert.match((await get('shopOwner', '/')).body, new RegExp(`href="${base}/owed"`));
    assert.doesNotMatch((await get('callAgent', '/')).body, /\/owed"/);
    const asked = await world.ask(world.cast.shopOwner, { ...form({}), url: `${base}/refunds` });
    assert.equal(asked.statusCode, 303);
    assert.equal((await refund()).state, 'requested');
    must(await approve((await refund()).ticketId, { payee: 'Shop' }));
    const json = (await get('shopOwner', `/api/v1${base}/refunds`)).json();
    assert.deepEqual([json.balance.cents, json.refunds[0].state, json.refunds[0].cents], [0, 'approved', 92_100]);
  });

  test('an agency: the same, and its sub-account says whose the balance is', async () => {
    await cancel();
    await world.travel(61);
    const get = (who: CastName, url: string) => world.ask(world.cast[who], { method: 'GET', url });
    const agency = await get('agencyBilling', `/agencies/${world.agencyId}/owed`);
    assert.match(agency.body, /Record of the canceling/);
    assert.match(
      (await get('clientAdmin', `/accounts/${world.clientId}/owed`)).body,
      /Northwind Agency pays for this account/,
    );
    assert.equal((await get('agencyOwner', `/agencies/${world.agencyId}/accounts`)).statusCode, 410);
    assert.match((await get('agencyOwner', '/')).body, new RegExp(`href="/agencies/${world.agencyId}/owed"`));
    assert.equal((await get('neighbor', `/agencies/${world.agencyId}/owed`)).statusCode, 404);
  });

  test('on an open account the page says what comes first', async () => {
    const page = await world.ask(world.cast.shopOwner, { method: 'GET', url: `/accounts/${world.shopId}/owed` });
    assert.equal(page.statusCode, 409);
    assert.match(page.body, /Close the account first/);
  });
});
