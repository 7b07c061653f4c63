import type { Decision } from './decision.ts';
import { no, yes } from './decision.ts';
import { accountRoles, agencyRoles, type Role, roleNames, staffRoles } from './permission.ts';

/*
 * Who may give whom which role. One may grant up to one's own role; the last Administrator of an account or agency can't
 * be removed or demoted; one of them is its owner, and stays until somebody else is.
 */

export type OwnerKind = 'account' | 'agency' | 'house';

/** The roles that can be given there, the highest first. */
export const rolesIn: Record<OwnerKind, readonly Role[]> = {
  account: accountRoles,
  agency: agencyRoles,
  house: ['operator', 'support-agent'],
};

/** The role without which nobody could manage the place any more. */
const headIn = { account: 'administrator', agency: 'agency-administrator', house: 'operator' } as const;

/** An invitation's link works this long. */
export const invitationDays = 7;

/** From the highest to the lowest; staff stand beside, and grant among themselves. */
const ranks: readonly (readonly Role[])[] = [
  [...agencyRoles, ...accountRoles],
  ['operator', 'support-agent'],
];

/** One may grant up to one's own role: an agency's people grant account roles, an Administrator any account role. */
export function mayGrant(held: readonly Role[], role: Role): boolean {
  const ranked = ranks.find((each) => each.includes(role)) ?? [];
  const highest = ranked.findIndex((each) => held.includes(each));
  return highest >= 0 && ranked.indexOf(role) >= highest;
}

/** Invitations are mails to strangers: no more than this in a day, from one place and to one address. */
export const invitationsPerDay = { fromOnePlace: 200, toOneAddress: 5 };

export interface Member {
  personId: string;
  role: Role;
  isOwner: boolean;
}

/** Giving a role to somebody new here. `held`: the roles of whoever gives it, the agency's included. */
export function decideGrant(kind: OwnerKind, held: readonly Role[], role: Role): Decision<true> {
  if (!rolesIn[kind].includes(role))
    return no({ code: 'invalid-input', fields: { role: 'Choose a role from the list.' } });
  if (!mayGrant(held, role)) return no({ code: 'role-above-own', role: roleNames[role] });
  return yes(true);
}

/** Taking every role here away from somebody. */
export function decideRemoval(
  kind: OwnerKind,
  held: readonly Role[],
  members: readonly Member[],
  personId: string,
): Decision<true> {
  const theirs = members.filter((each) => each.personId === personId);
  if (theirs.length === 0) return no({ code: 'not-found' });
  const above = theirs.find((each) => !mayGrant(held, each.role));
  if (above) return no({ code: 'role-above-own', role: roleNames[above.role] });
  if (isLastHead(kind, members, personId)) return no({ code: 'last-administrator', role: roleNames[headIn[kind]] });
  if (theirs.some((each) => each.isOwner)) return no({ code: 'owner-stays' });
  return yes(true);
}

/** Giving somebody another role instead of those they have here. */
export function decideRoleChange(
  kind: OwnerKind,
  held: readonly Role[],
  members: readonly Member[],
  personId: string,
  role: Role,
): Decision<true> {
  const grant = decideGrant(kind, held, role);
  if (!grant.ok) return grant;
  if (role === headIn[kind] && members.some((each) => each.personId === personId)) return yes(true);
  return decideRemoval(kind, held, members, personId);
}

/** Making another person the owner: the owner does it, or whoever stands above; the new one must be an Administrator. */
export function decideOwnerChange(
  kind: 'account' | 'agency',
  by: { personId: string; held: readonly Role[] },
  members: readonly Member[],
  personId: string,
): Decision<true> {
  if (!members.some((each) => each.personId === personId)) return no({ code: 'not-found' });
  const owner = members.find((each) => each.isOwner);
  const isAbove = kind === 'account' && by.held.includes('agency-administrator');
  if (owner && owner.personId !== by.personId && !isAbove) return no({ code: 'owner-only' });
  const head = headIn[kind];
  if (!members.some((each) => each.personId === personId && each.role === head))
    return no({ code: 'owner-needs-role', role: roleNames[head] });
  return yes(true);
}

/** Whether nobody with the highest role would be left. */
function isLastHead(kind: OwnerKind, members: readonly Member[], personId: string): boolean {
  const heads = members.filter((each) => each.role === headIn[kind]);
  return heads.length > 0 && heads.every((each) => each.personId === personId);
}

export const isStaffRole = (role: Role): boolean => (staffRoles as readonly Role[]).includes(role);
