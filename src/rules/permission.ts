import type { Decision } from './decision.ts';
import { no, yes } from './decision.ts';
import { allowances, type Standing } from './standing.ts';

/*
 * Who may do what, and in which standing: one table for every door (pages, routes, command line, worker). Design: roles
 * of the agency reach into its sub-accounts; nobody closes or cancels on a customer's behalf, so no staff role stands
 * in any closing row.
 */

export const agencyRoles = ['agency-administrator', 'agency-billing-manager'] as const;
export const accountRoles = [
  'administrator',
  'billing-manager',
  'marketing-manager',
  'report-manager',
  'call-manager',
  'call-agent',
] as const;
export const staffRoles = ['support-agent', 'operator'] as const;
export const roles = [...agencyRoles, ...accountRoles, ...staffRoles] as const;
export type Role = (typeof roles)[number];

export const roleNames: Record<Role, string> = {
  'agency-administrator': 'Agency Administrator',
  'agency-billing-manager': 'Agency Billing Manager',
  administrator: 'Administrator',
  'billing-manager': 'Billing Manager',
  'marketing-manager': 'Marketing Manager',
  'report-manager': 'Report Manager',
  'call-manager': 'Call Manager',
  'call-agent': 'Call Agent',
  'support-agent': 'Support Agent',
  operator: 'Operator',
};

/**
 * Which standings an action fits:
 * `read` while anything can be opened · `leave` while there is something to end · `change` while changes are allowed ·
 * `pay` also without funds · `return` only from canceled · `owed` from the closing on, the purge included · `house` whatever
 * the standing (staff's work).
 */
export type Fit = 'read' | 'leave' | 'change' | 'pay' | 'return' | 'owed' | 'house';

interface Permission {
  /** As it ends the sentence "… may". */
  does: string;
  who: readonly Role[];
  fits: Fit;
}

const closers = ['agency-administrator', 'administrator'] as const;
const marketers = ['agency-administrator', 'administrator', 'marketing-manager'] as const;
const payers = ['agency-administrator', 'agency-billing-manager', 'administrator', 'billing-manager'] as const;
const insiders = [...agencyRoles, ...accountRoles] as const;
const support = ['support-agent'] as const;

export const permissions = {
  'view-account': { does: 'open the account', who: insiders, fits: 'read' },
  'view-numbers': { does: 'see tracking numbers', who: [...marketers, 'report-manager', 'call-manager'], fits: 'read' },
  'view-calls': {
    does: 'see the call log',
    who: [...marketers, 'report-manager', 'call-manager', 'call-agent'],
    fits: 'read',
  },
  'view-sources': {
    does: 'see tracking sources and the tracking code',
    who: [...marketers, 'report-manager'],
    fits: 'read',
  },
  'edit-sources': { does: 'change tracking sources, target numbers and pools', who: marketers, fits: 'change' },
  'set-tracking-code': { does: 'change what the tracking code keeps', who: closers, fits: 'change' },
  'view-reports': { does: 'see reports and visitors', who: [...marketers, 'report-manager'], fits: 'read' },
  // Whoever asks to be forgotten has a right to it, whatever became of the account.
  'erase-person': { does: 'erase a visitor or caller', who: closers, fits: 'read' },
  'view-billing': { does: 'see billing', who: payers, fits: 'read' },
  'view-settings': {
    does: 'see account settings',
    who: [...marketers, 'agency-billing-manager', 'billing-manager'],
    fits: 'read',
  },
  'change-settings': { does: 'change account settings', who: closers, fits: 'change' },
  'open-sub-account': { does: 'open a sub-account', who: ['agency-administrator'], fits: 'change' },
  'view-agency': { does: 'see the agency', who: agencyRoles, fits: 'read' },
  'buy-number': { does: 'buy tracking numbers', who: marketers, fits: 'change' },
  'edit-number': { does: 'edit numbers', who: marketers, fits: 'change' },
  'release-number': { does: 'release a tracking number', who: closers, fits: 'leave' },
  'restore-number': { does: 'restore a released number', who: closers, fits: 'change' },
  'pause-tracking': { does: 'pause number swapping', who: marketers, fits: 'leave' },
  'resume-tracking': { does: 'resume number swapping', who: marketers, fits: 'leave' },
  'stop-calls': { does: 'stop incoming calls', who: closers, fits: 'leave' },
  'resume-calls': { does: 'resume incoming calls', who: closers, fits: 'leave' },
  'pause-agency': { does: 'pause number swapping of all sub-accounts', who: ['agency-administrator'], fits: 'leave' },
  'resume-agency': { does: 'resume number swapping of all sub-accounts', who: ['agency-administrator'], fits: 'leave' },
  'stop-agency-calls': {
    does: 'stop incoming calls of all sub-accounts',
    who: ['agency-administrator'],
    fits: 'leave',
  },
  'resume-agency-calls': {
    does: 'resume incoming calls of all sub-accounts',
    who: ['agency-administrator'],
    fits: 'leave',
  },
  'set-budget': { does: 'set a budget', who: payers, fits: 'pay' },
  'change-plan': { does: 'change the plan', who: payers, fits: 'change' },
  'top-up': { does: 'top up the balance', who: payers, fits: 'pay' },
  'view-owed': { does: 'see what is owed', who: payers, fits: 'owed' },
  'ask-refund': { does: 'ask for a refund of the Available Balance', who: payers, fits: 'owed' },
  'offer-payer': {
    does: 'offer that somebody else pays for a sub-account, or withdraw it',
    who: payers,
    fits: 'leave',
  },
  'answer-payer-offer': { does: 'answer the other side’s offer of who pays', who: payers, fits: 'leave' },
  'add-card': { does: 'add a card', who: payers, fits: 'pay' },
  'arrange-cards': { does: 'choose which card is charged first', who: payers, fits: 'pay' },
  // Whoever has left may want their card gone as well.
  'remove-card': { does: 'remove a card', who: payers, fits: 'read' },
  'set-auto-recharge': { does: 'set auto-recharge', who: payers, fits: 'pay' },
  'place-test-call': { does: 'place a simulated call', who: insiders, fits: 'read' },
  'close-account': { does: 'close the account', who: closers, fits: 'leave' },
  'reactivate-account': { does: 'reactivate the account', who: closers, fits: 'return' },
  'cancel-agency': { does: 'cancel the agency', who: ['agency-administrator'], fits: 'leave' },
  'reactivate-agency': { does: 'reactivate an agency, on a ticket', who: support, fits: 'return' },
  'reactivate-as-standalone': {
    does: 'reactivate a sub-account of a canceled agency as a standalone account, on a ticket',
    who: support,
    fits: 'return',
  },
  'restore-at-carrier': { does: 'ask the carrier for a returned number, on a ticket', who: support, fits: 'house' },
  'view-tickets': { does: 'see tickets', who: insiders, fits: 'read' },
  'open-ticket': { does: 'ask support by a ticket', who: insiders, fits: 'read' },
  'answer-ticket': { does: 'answer tickets', who: staffRoles, fits: 'house' },
  'pay-refund': { does: 'pay a refund, on a ticket', who: support, fits: 'house' },
  'view-unclaimed': { does: 'see unclaimed balances', who: ['operator'], fits: 'house' },
  'lengthen-window': { does: 'lengthen a window, on a ticket', who: support, fits: 'house' },
  'hold-calls': { does: 'hold the calls of an account', who: ['operator'], fits: 'house' },
  'manage-users': { does: 'manage users', who: closers, fits: 'leave' },
  // Somebody who must no longer look in has to be kept out of a canceled account as well.
  'remove-user': { does: 'remove users', who: closers, fits: 'read' },
  'change-owner': { does: 'change the owner', who: closers, fits: 'leave' },
  'manage-staff': { does: 'manage the staff', who: ['operator'], fits: 'house' },
  'change-installation': { does: 'change the installation’s settings', who: ['operator'], fits: 'house' },
  'set-prices': { does: 'set the prices of plans', who: ['operator'], fits: 'house' },
  'view-operations': { does: 'see the operator’s pages', who: staffRoles, fits: 'house' },
  'retry-carrier-command': { does: 'send a carrier command again', who: ['operator'], fits: 'house' },
  'retry-payment': { does: 'send a payment again', who: ['operator'], fits: 'house' },
  'steer-simulation': {
    does: 'set the failures of the simulated carrier and payments',
    who: ['operator'],
    fits: 'house',
  },
} as const satisfies Record<string, Permission>;

export type Action = keyof typeof permissions;
export const actions = Object.keys(permissions) as Action[];

/** Whether a standing leaves room for an action, whoever asks. */
export function fitsStanding(fits: Fit, standing: Standing): boolean {
  switch (fits) {
    case 'read':
      return allowances[standing].access !== 'what is owed';
    case 'leave':
      return standing !== 'canceled' && standing !== 'purged';
    case 'change':
      return allowances[standing].change === 'yes';
    case 'pay':
      return allowances[standing].change !== 'no';
    case 'return':
      return standing === 'canceled';
    case 'owed':
      return standing === 'canceled' || standing === 'purged';
    case 'house':
      return true;
  }
}

/**
 * Looks an action up in the table.
 * `held`: the roles the person has here, the agency's included. Refuses with who may, or with what the standing asks for.
 */
export function decidePermission(action: Action, held: readonly Role[], standing: Standing): Decision<Role> {
  const permission: Permission = permissions[action];
  const role = permission.who.find((each) => held.includes(each));
  if (!role)
    return no({ code: 'role-missing', does: permission.does, who: permission.who.map((each) => roleNames[each]) });
  if (fitsStanding(permission.fits, standing)) return yes(role);
  if (standing === 'purged') return no({ code: 'purged' });
  if (permission.fits === 'return') return no({ code: 'not-closed' });
  if (permission.fits === 'owed') return no({ code: 'close-first' });
  if (standing === 'no funds') return no({ code: 'no-funds', does: permission.does });
  return no({ code: 'account-canceled', does: permission.does });
}
