import { sql } from 'kysely';
import type { Db, Tx } from '../db.ts';
import type { Secrets } from '../secrets.ts';

/** A mail before it is addressed to a server. */
export interface NewMail {
  toName: string;
  toAddress: string;
  subject: string;
  text: string;
  html: string;
}

export interface QueuedMail {
  mailId: number;
  toName: string;
  toAddress: string;
  subject: string;
  bodySealed: Buffer | null;
  queuedAt: Date;
  attempts: number;
}

const purpose = 'mail body';

/** Queues a mail in the caller's transaction: it goes out when, and only when, what it tells of has happened. */
export async function queueMail(tx: Tx, secrets: Secrets, mail: NewMail, now: Date): Promise<void> {
  const { text, html, ...head } = mail;
  const bodySealed = secrets.seal(JSON.stringify({ text, html }), purpose);
  await tx
    .insertInto('mail')
    .values({ ...head, bodySealed, queuedAt: now, nextAttemptAt: now })
    .execute();
}

export function openBody(secrets: Secrets, mail: { bodySealed: Buffer | null }): { text: string; html: string } | null {
  const body = mail.bodySealed && secrets.open(mail.bodySealed, purpose);
  return body ? (JSON.parse(body) as { text: string; html: string }) : null;
}

/** Takes mails that are due, so that no other worker takes them before the lease is over. Index: mail_due. */
export async function leaseMails(tx: Tx, now: Date, leaseSeconds: number, limit: number): Promise<QueuedMail[]> {
  const { rows } = await sql<QueuedMail>`
    update mail m
       set attempts = m.attempts + 1, next_attempt_at = ${new Date(now.getTime() + leaseSeconds * 1000)}
      from (select mail_id from mail
             where sent_at is null and given_up_at is null and next_attempt_at <= ${now}
             order by next_attempt_at, mail_id limit ${limit}
               for update skip locked) due
     where m.mail_id = due.mail_id
    returning m.mail_id, m.to_name, m.to_address, m.subject, m.body_sealed, m.queued_at, m.attempts
  `.execute(tx);
  return rows;
}

/** Sent: what it said is forgotten, since links in it let people in. */
export async function finishMail(tx: Tx, mailId: number, now: Date): Promise<void> {
  const done = { sentAt: now, bodySealed: null, lastError: null };
  await tx.updateTable('mail').set(done).where('mailId', '=', mailId).execute();
}

export async function postponeMail(tx: Tx, mailId: number, why: string, until: Date): Promise<void> {
  await tx.updateTable('mail').set({ lastError: why, nextAttemptAt: until }).where('mailId', '=', mailId).execute();
}

export async function giveMailUp(tx: Tx, mailId: number, why: string, now: Date): Promise<void> {
  const done = { lastError: why, givenUpAt: now, bodySealed: null };
  await tx.updateTable('mail').set(done).where('mailId', '=', mailId).execute();
}

/** A mail as the operator sees it: to whom and how it went, never what it says. */
export interface ListedMail {
  mailId: number;
  toAddress: string;
  subject: string;
  queuedAt: Date;
  nextAttemptAt: Date;
  attempts: number;
  lastError: string | null;
  sentAt: Date | null;
  givenUpAt: Date | null;
}

export async function findMails(db: Db | Tx, limit: number): Promise<ListedMail[]> {
  return db
    .selectFrom('mail')
    .select([
      'mailId',
      'toAddress',
      'subject',
      'queuedAt',
      'nextAttemptAt',
      'attempts',
      'lastError',
      'sentAt',
      'givenUpAt',
    ])
    .orderBy('mailId', 'desc')
    .limit(limit)
    .execute();
}

export async function findMail(db: Db | Tx, mailId: number): Promise<QueuedMail | null> {
  const columns = ['mailId', 'toName', 'toAddress', 'subject', 'bodySealed', 'queuedAt', 'attempts'] as const;
  return (await db.selectFrom('mail').select(columns).where('mailId', '=', mailId).executeTakeFirst()) ?? null;
}

/** Old mails are only clutter. */
export async function forgetMails(tx: Tx, before: Date): Promise<void> {
  await tx
    .deleteFrom('mail')
    .where('queuedAt', '<', before)
    .where((eb) => eb.or([eb('sentAt', 'is not', null), eb('givenUpAt', 'is not', null)]))
    .execute();
}
