import { addDays } from '../../rules/time.ts';
import type { House } from '../house.ts';
import { record } from '../operation.ts';
import { MailError, type Mailer } from './port.ts';
import { finishMail, forgetMails, giveMailUp, leaseMails, openBody, postponeMail, type QueuedMail } from './store.ts';

/** Longer than the mailer waits for a server, so that a mail is not sent twice while the first try still waits. */
const leaseSeconds = 40;
const atOnce = 10;
/** A link in a mail is of no use after that. */
const triedDays = 3;
const keptDays = 30;

/** The worker's look: hands every due mail to the mail server. Without one, mails wait (and development shows them). */
export async function sendMails(house: House): Promise<number> {
  const { mailer } = house;
  if (!mailer) return 0;
  let sent = 0;
  for (;;) {
    const mails = await record(house.db, (tx, now) => leaseMails(tx, now, leaseSeconds, atOnce));
    if (mails.length === 0) return sent;
    await Promise.all(mails.map((mail) => sendOne(house, mailer, mail)));
    sent += mails.length;
  }
}

async function sendOne(house: House, mailer: Mailer, mail: QueuedMail): Promise<void> {
  const { mailId, toName, toAddress, subject } = mail;
  const body = openBody(house.secrets, mail);
  if (!body) {
    return record(house.db, (tx, now) => giveMailUp(tx, mailId, 'It was sealed with another key.', now));
  }
  try {
    const messageId = `<mail-${mailId}@${new URL(house.config.publicUrl).hostname}>`;
    await mailer.send({ messageId, toName, toAddress, subject, ...body });
    await record(house.db, (tx, now) => finishMail(tx, mailId, now));
  } catch (error) {
    if (!(error instanceof MailError)) throw error;
    house.log.warn({ mailId, attempts: mail.attempts }, 'a mail could not be handed over');
    await record(house.db, async (tx, now) => {
      if (!error.retry || addDays(mail.queuedAt, triedDays) <= now) return giveMailUp(tx, mailId, error.message, now);
      const waitSeconds = Math.min(30 * 60, 5 * 2 ** Math.min(mail.attempts, 10));
      await postponeMail(tx, mailId, error.message, new Date(now.getTime() + waitSeconds * 1000));
    });
  }
}

/** Part of the sweep: what is done with is kept for a month. */
export async function forgetOldMails(house: House): Promise<void> {
  await record(house.db, (tx, now) => forgetMails(tx, addDays(now, -keptDays)));
}
