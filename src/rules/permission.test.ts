import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  actions,
  decidePermission,
  fitsStanding,
  permissions,
  type Role,
  roleNames,
  roles,
  staffRoles,
} from './permission.ts';
import { allowances, standings } from './standing.ts';

/*
 * The table of the design, written a second time by hand: who may what. A cell that changes in the one and not in the
 * other fails here.
 */
const insiders = 'AA AB A B M R K G';
const expected: Record<(typeof actions)[number], string> = {
  'view-account': insiders,
  'view-numbers': 'AA A M R K',
  'view-calls': 'AA A M R K G',
  'view-sources': 'AA A M R',
  'edit-sources': 'AA A M',
  'set-tracking-code': 'AA A',
  'view-reports': 'AA A M R',
  'erase-person': 'AA A',
  'view-billing': 'AA AB A B',
  'view-settings': 'AA AB A B M',
  'change-settings': 'AA A',
  'open-sub-account': 'AA',
  'view-agency': 'AA AB',
  'buy-number': 'AA A M',
  'edit-number': 'AA A M',
  'release-number': 'AA A',
  'restore-number': 'AA A',
  'pause-tracking': 'AA A M',
  'resume-tracking': 'AA A M',
  'stop-calls': 'AA A',
  'resume-calls': 'AA A',
  'pause-agency': 'AA',
  'resume-agency': 'AA',
  'stop-agency-calls': 'AA',
  'resume-agency-calls': 'AA',
  'set-budget': 'AA AB A B',
  'change-plan': 'AA AB A B',
  'top-up': 'AA AB A B',
  'view-owed': 'AA AB A B',
  'ask-refund': 'AA AB A B',
  'offer-payer': 'AA AB A B',
  'answer-payer-offer': 'AA AB A B',
  'add-card': 'AA AB A B',
  'arrange-cards': 'AA AB A B',
  'remove-card': 'AA AB A B',
  'set-auto-recharge': 'AA AB A B',
  'place-test-call': insiders,
  'close-account': 'AA A',
  'reactivate-account': 'AA A',
  'cancel-agency': 'AA',
  'reactivate-agency': 'S',
  'reactivate-as-standalone': 'S',
  'restore-at-carrier': 'S',
  'view-tickets': insiders,
  'open-ticket': insiders,
  'answer-ticket': 'S O',
  'pay-refund': 'S',
  'view-unclaimed': 'O',
  'lengthen-window': 'S',
  'hold-calls': 'O',
  'manage-users': 'AA A',
  'remove-user': 'AA A',
  'change-owner': 'AA A',
  'manage-staff': 'O',
  'change-installation': 'O',
  'set-prices': 'O',
  'view-operations': 'S O',
  'retry-carrier-command': 'O',
  'retry-payment': 'O',
  'steer-simulation': 'O',
};
const letters: Record<Role, string> = {
  'agency-administrator': 'AA',
  'agency-billing-manager': 'AB',
  administrator: 'A',
  'billing-manager': 'B',
  'marketing-manager': 'M',
  'report-manager': 'R',
  'call-manager': 'K',
  'call-agent': 'G',
  'support-agent': 'S',
  operator: 'O',
};

describe('every cell of role × action × standing', () => {
  for (const action of actions) {
    test(action, () => {
      for (const role of roles) {
        for (const standing of standings) {
          const decision = decidePermission(action, [role], standing);
          const mayByRole = expected[action].split(' ').includes(letters[role]);
          const fits = fitsStanding(permissions[action].fits, standing);
          assert.equal(decision.ok, mayByRole && fits, `${role} in ${standing}`);
          if (!decision.ok && !mayByRole) {
            assert.equal(decision.refusal.code, 'role-missing');
            const who = decision.refusal.code === 'role-missing' ? decision.refusal.who : [];
            assert.deepEqual(
              who,
              permissions[action].who.map((each) => roleNames[each]),
              'the refusal says who may',
            );
          }
        }
      }
    });
  }
});

test('nobody of the staff closes or cancels, in any standing, alone or with every staff role together', () => {
  for (const action of ['close-account', 'cancel-agency', 'release-number', 'reactivate-account'] as const) {
    for (const standing of standings) assert.equal(decidePermission(action, staffRoles, standing).ok, false);
  }
});

test('what each kind of action leaves room for', () => {
  const fits = (fit: Parameters<typeof fitsStanding>[0]) => standings.filter((standing) => fitsStanding(fit, standing));
  assert.deepEqual(fits('read'), ['open', 'paused', 'stopped', 'no funds', 'canceled']);
  assert.deepEqual(fits('leave'), ['open', 'paused', 'stopped', 'no funds']);
  assert.deepEqual(fits('change'), ['open', 'paused', 'stopped']);
  assert.deepEqual(fits('pay'), ['open', 'paused', 'stopped', 'no funds']);
  assert.deepEqual(fits('return'), ['canceled']);
  assert.deepEqual(fits('owed'), ['canceled', 'purged']);
  assert.deepEqual(fits('house'), [...standings]);
});

test('a refusal for the standing says what to do: reactivate, top up, or open a new account', () => {
  const code = (action: (typeof actions)[number], standing: (typeof standings)[number]) => {
    const decision = decidePermission(action, ['administrator'], standing);
    return decision.ok ? 'ok' : decision.refusal.code;
  };
  assert.equal(code('buy-number', 'canceled'), 'account-canceled');
  assert.equal(code('buy-number', 'no funds'), 'no-funds');
  assert.equal(code('reactivate-account', 'open'), 'not-closed');
  assert.equal(code('reactivate-account', 'purged'), 'purged');
  assert.equal(code('ask-refund', 'open'), 'close-first');
});

test('the stronger the standing, the less is allowed', () => {
  const score = standings.map((standing) => {
    const { callsConnect, swapping, change, charged, access } = allowances[standing];
    return [
      callsConnect,
      swapping,
      change === 'yes',
      change !== 'no',
      charged.subscription,
      charged.renewals,
      charged.usage,
      access === 'full',
      access !== 'what is owed',
    ].map(Number);
  });
  score.reduce((weaker, stronger) => {
    for (const [column, each] of stronger.entries()) assert.ok(each <= weaker[column]!, `column ${column}`);
    return stronger;
  });
});
