import type { Tx } from '../platform/db.ts';
import type { House } from '../platform/house.ts';
import { queueMail } from '../platform/mail/store.ts';
import { invitationDays } from '../rules/people.ts';
import { composeMail, type MailContent } from '../web/mail.tsx';
import { resetLinkMinutes } from './auth.ts';

/* The mails about getting in. Each is queued in the transaction of what it tells of. */

interface Addressee {
  name: string;
  email: string;
}

type Letters = Pick<House, 'secrets' | 'config'>;

async function post(house: Letters, tx: Tx, to: Addressee, content: Omit<MailContent, 'greeting'>, now: Date) {
  const greeting = to.name ? `Hello ${to.name},` : 'Hello,';
  const mail = { toName: to.name, toAddress: to.email, ...composeMail({ ...content, greeting }) };
  await queueMail(tx, house.secrets, mail, now);
}

export interface InvitationLetter {
  email: string;
  token: string;
  inviterName: string;
  /** What one is invited to do there: "as Billing Manager". Null: to open an account of one's own. */
  roleName: string | null;
  placeName: string;
}

export function mailInvitation(house: Letters, tx: Tx, letter: InvitationLetter, now: Date): Promise<void> {
  const { email, token, inviterName, roleName, placeName } = letter;
  const { publicUrl } = house.config;
  const [subject, sentence] = roleName
    ? [`${inviterName} invites you to ${placeName}`, `${inviterName} invites you to ${placeName} as ${roleName}.`]
    : ['Your invitation to Switchhook', `${inviterName} invites you to open an account on ${new URL(publicUrl).host}.`];
  const content = {
    subject,
    paragraphs: [sentence, `The invitation is for ${email} and works for ${invitationDays} days.`],
    action: { label: 'Accept the invitation', href: `${publicUrl}/invitations/${token}` },
    footer: 'If you don’t know why you got this, do nothing: without the link nobody gets in.',
  };
  return post(house, tx, { name: '', email }, content, now);
}

export function mailResetLink(house: Letters, tx: Tx, to: Addressee, token: string, now: Date): Promise<void> {
  const content = {
    subject: 'Choose a new password',
    paragraphs: [
      'Somebody, hopefully you, asked for a new password for this address.',
      `The link works once, for ${resetLinkMinutes} minutes. Choosing a new password signs you out everywhere.`,
    ],
    action: { label: 'Choose a new password', href: `${house.config.publicUrl}/reset/${token}` },
    footer: 'If it wasn’t you, do nothing: your password stays as it is.',
  };
  return post(house, tx, to, content, now);
}

/** Changes that their owner would want to hear of if somebody else had made them. */
export type SecurityChange = 'password' | 'second factor on' | 'second factor off' | 'recovery codes';

const changes: Record<SecurityChange, { subject: string; sentence: string }> = {
  password: { subject: 'Your password was changed', sentence: 'The password with which you sign in was changed.' },
  'second factor on': {
    subject: 'Your second factor is on',
    sentence: 'Signing in now asks for a code from your authenticator app as well.',
  },
  'second factor off': {
    subject: 'Your second factor is off',
    sentence: 'Signing in no longer asks for a code from your authenticator app.',
  },
  'recovery codes': {
    subject: 'You have new recovery codes',
    sentence: 'New recovery codes were made, and the ones before no longer work.',
  },
};

export function mailSecurityChange(house: Letters, tx: Tx, to: Addressee, change: SecurityChange, now: Date) {
  const { subject, sentence } = changes[change];
  const content = {
    subject,
    paragraphs: [sentence],
    action: { label: 'Look at my profile', href: `${house.config.publicUrl}/profile` },
    footer: 'If it wasn’t you, choose a new password at once, and sign out everywhere from your profile.',
  };
  return post(house, tx, to, content, now);
}

export interface OwnerChange {
  placeName: string;
  ownerName: string;
  byName: string;
}

export function mailNewOwner(house: Letters, tx: Tx, to: Addressee, change: OwnerChange, now: Date): Promise<void> {
  const { placeName, ownerName, byName } = change;
  const content = {
    subject: `${placeName} has a new owner`,
    paragraphs: [`${byName} made ${ownerName} the owner of ${placeName}.`],
    action: { label: 'Open Switchhook', href: house.config.publicUrl },
    footer: `If this surprises you, ask ${byName}.`,
  };
  return post(house, tx, to, content, now);
}
