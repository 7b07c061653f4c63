import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  decideGrant,
  decideOwnerChange,
  decideRemoval,
  decideRoleChange,
  type Member,
  mayGrant,
  rolesIn,
} from './people.ts';
import { accountRoles, agencyRoles, type Role, roles, staffRoles } from './permission.ts';

const member = (personId: string, role: Role, isOwner = false): Member => ({ personId, role, isOwner });
const codeOf = (decision: ReturnType<typeof decideGrant>) => (decision.ok ? 'yes' : decision.refusal.code);
const anna = member('anna', 'administrator', true);
const bert = member('bert', 'administrator');
const cora = member('cora', 'call-agent');

test('one may grant up to one’s own role', () => {
  for (const role of accountRoles) assert.ok(mayGrant(['administrator'], role), role);
  for (const role of accountRoles) assert.ok(mayGrant(['agency-billing-manager'], role), role);
  assert.ok(!mayGrant(['administrator'], 'agency-billing-manager'));
  assert.ok(!mayGrant(['marketing-manager'], 'billing-manager'));
  assert.ok(mayGrant(['call-agent', 'report-manager'], 'report-manager'));
});

test('staff grant staff roles, and nobody else does', () => {
  assert.ok(mayGrant(['operator'], 'support-agent'));
  assert.ok(!mayGrant(['support-agent'], 'operator'));
  for (const role of [...agencyRoles, ...accountRoles]) {
    for (const staff of staffRoles) {
      assert.ok(!mayGrant([staff], role), `${staff} → ${role}`);
      assert.ok(!mayGrant([role], staff), `${role} → ${staff}`);
    }
  }
});

test('a role is given only where it means something', () => {
  assert.equal(codeOf(decideGrant('account', ['agency-administrator'], 'agency-administrator')), 'invalid-input');
  assert.equal(codeOf(decideGrant('agency', ['agency-administrator'], 'call-agent')), 'invalid-input');
  assert.equal(codeOf(decideGrant('account', ['administrator'], 'operator')), 'invalid-input');
  assert.equal(codeOf(decideGrant('account', ['call-agent'], 'administrator')), 'role-above-own');
});

test('the last Administrator can’t be removed or demoted, even by themselves or the agency', () => {
  const members = [anna, cora];
  for (const held of [['administrator'], ['agency-administrator']] as const) {
    assert.equal(codeOf(decideRemoval('account', held, members, 'anna')), 'last-administrator');
    assert.equal(codeOf(decideRoleChange('account', held, members, 'anna', 'call-agent')), 'last-administrator');
  }
  assert.equal(codeOf(decideRoleChange('account', ['administrator'], members, 'anna', 'administrator')), 'yes');
});

test('the owner stays until somebody else is', () => {
  const members = [anna, bert, cora];
  assert.equal(codeOf(decideRemoval('account', ['administrator'], members, 'anna')), 'owner-stays');
  assert.equal(codeOf(decideRemoval('account', ['administrator'], members, 'bert')), 'yes');
  assert.equal(codeOf(decideRemoval('account', ['administrator'], members, 'nobody')), 'not-found');
});

test('the owner hands on, or the agency; to an Administrator', () => {
  const members = [anna, bert, cora];
  const by = (personId: string, held: readonly Role[] = ['administrator']) => ({ personId, held });
  assert.equal(codeOf(decideOwnerChange('account', by('anna'), members, 'bert')), 'yes');
  assert.equal(codeOf(decideOwnerChange('account', by('bert'), members, 'bert')), 'owner-only');
  assert.equal(codeOf(decideOwnerChange('account', by('zoe', ['agency-administrator']), members, 'bert')), 'yes');
  assert.equal(codeOf(decideOwnerChange('account', by('anna'), members, 'cora')), 'owner-needs-role');
  assert.equal(codeOf(decideOwnerChange('account', by('anna'), members, 'nobody')), 'not-found');
  assert.equal(codeOf(decideOwnerChange('agency', by('zoe', ['agency-administrator']), [anna], 'anna')), 'owner-only');
});

test('whatever is done in whatever order, an Administrator is left', () => {
  const people = ['anna', 'bert', 'cora', 'dora'];
  const step = fc.record({
    by: fc.constantFrom(...people),
    to: fc.constantFrom(...people),
    role: fc.constantFrom<Role | 'remove'>(...accountRoles, 'remove'),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      let members: Member[] = [anna, bert, cora];
      for (const { by, to, role } of steps) {
        const held = members.filter((each) => each.personId === by).map((each) => each.role);
        const wasOwner = members.some((each) => each.personId === to && each.isOwner);
        const decision =
          role === 'remove'
            ? decideRemoval('account', held, members, to)
            : decideRoleChange('account', held, members, to, role);
        if (!decision.ok) continue;
        members = members.filter((each) => each.personId !== to);
        if (role !== 'remove') members.push(member(to, role, wasOwner));
      }
      assert.ok(members.some((each) => each.role === 'administrator'));
      assert.equal(members.filter((each) => each.isOwner && each.role === 'administrator').length, 1);
    }),
  );
});

test('every role has one kind of place', () => {
  for (const role of roles) assert.equal(Object.values(rolesIn).filter((each) => each.includes(role)).length, 1, role);
});
