import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { SMTPServer } from 'smtp-server';
import { openWorld, type World } from '../../../test/world.ts';
import { composeMail } from '../../web/mail.tsx';
import { record } from '../operation.ts';
import { openSecrets } from '../secrets.ts';
import { openMailer } from './openMailer.ts';
import type { Mailer } from './port.ts';
import { sendMails } from './sendMails.ts';
import { findMails, queueMail } from './store.ts';

/* A real mail server on loopback receives what the product sends. */

interface Received {
  from: string;
  to: string[];
  text: string;
}

let received: Received[] = [];
/** What the server answers to the next messages: a code, or null for taking them. */
let mood: number | null = null;
let server: SMTPServer;
let mailer: Mailer;
let world: World;

before(async () => {
  server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, session, done) {
      let text = '';
      stream.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      stream.on('end', () => {
        if (mood !== null) return done(Object.assign(new Error('Not today'), { responseCode: mood }));
        const { mailFrom, rcptTo } = session.envelope;
        received.push({ from: mailFrom ? mailFrom.address : '', to: rcptTo.map((each) => each.address), text });
        done();
      });
    },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  mailer = openMailer(`smtp://127.0.0.1:${portOf(server)}`, 'Switchhook <no-reply@switchhook.test>');
  world = await openWorld({ mailer });
});
after(async () => {
  mailer.close();
  await new Promise<void>((resolve) => server.close(resolve));
});
beforeEach(async () => {
  received = [];
  mood = null;
  await world.house.pool.query('delete from mail');
});

const portOf = (listening: SMTPServer): number => (listening.server.address() as { port: number }).port;

async function queue(subject = 'A greeting'): Promise<void> {
  const content = { greeting: 'Hello,', paragraphs: ['Grüße <b>from</b> us.'], footer: 'Because.' };
  const action = { label: 'Open', href: 'http://switchhook.test/x?a=1&b=2' };
  const mail = { toName: 'Pat', toAddress: 'pat@shop.example', ...composeMail({ subject, ...content, action }) };
  await record(world.house.db, (tx, now) => queueMail(tx, world.house.secrets, mail, now));
}
const listed = async () => (await findMails(world.house.db, 1))[0]!;

test('goes out as text and HTML, escaped, and what it said is forgotten', async () => {
  await queue();
  const { rows: waiting } = await world.house.pool.query('select body_sealed from mail');
  assert.ok(!waiting[0].body_sealed.includes('Gr'), 'it waits sealed');
  await sendMails(world.house);
  assert.equal(received.length, 1);
  const [mail] = received;
  assert.deepEqual(mail!.to, ['pat@shop.example']);
  assert.equal(mail!.from, 'no-reply@switchhook.test');
  assert.match(mail!.text, /^From: Switchhook <no-reply@switchhook\.test>/m);
  assert.match(mail!.text, /^To: Pat <pat@shop\.example>/m);
  assert.match(mail!.text, /text\/plain/);
  assert.match(mail!.text, /text\/html/);
  assert.match(mail!.text.replace(/=\r\n/g, ''), /&lt;b(&gt;|>)from/);
  assert.match(mail!.text, /^Auto-Submitted: auto-generated/m);
  assert.ok((await listed()).sentAt);
  const { rows } = await world.house.pool.query('select body_sealed from mail');
  assert.equal(rows[0].body_sealed, null);
});

test('a line break in what people typed makes no header', async () => {
  await queue('Hello\r\nBcc: everybody@evil.example');
  await sendMails(world.house);
  assert.doesNotMatch(received[0]!.text.split('\r\n\r\n')[0]!, /^Bcc:/m);
  assert.deepEqual(received[0]!.to, ['pat@shop.example']);
});

test('a server that says “later” is asked again, slower each time', async () => {
  mood = 451;
  await queue();
  await sendMails(world.house);
  const first = await listed();
  assert.match(first.lastError!, /451/);
  assert.ok(first.nextAttemptAt > first.queuedAt && !first.sentAt && !first.givenUpAt);
  mood = null;
  await sendMails(world.house);
  assert.equal(received.length, 0, 'not before its time');
  await world.travelTo(first.nextAttemptAt);
  await sendMails(world.house);
  assert.equal(received.length, 1);
  assert.equal((await listed()).attempts, 2);
});

test('a server that says “never” is believed', async () => {
  mood = 550;
  await queue();
  await sendMails(world.house);
  assert.ok((await listed()).givenUpAt);
});

test('a server that is away delays, for three days', async () => {
  const nobody = openMailer('smtp://127.0.0.1:1', 'x@y.example');
  const house = { ...world.house, mailer: nobody };
  await queue();
  await sendMails(house);
  assert.ok(!(await listed()).givenUpAt);
  await world.travel(3.1);
  await sendMails(house);
  assert.ok((await listed()).givenUpAt);
  nobody.close();
});

test('two workers at once send it once', async () => {
  for (let count = 0; count < 12; count += 1) await queue(`Mail ${count}`);
  await Promise.all([sendMails(world.house), sendMails(world.house), sendMails(world.house)]);
  assert.equal(received.length, 12);
  assert.equal(new Set(received.map((each) => each.text.match(/^Subject: (.*)$/m)![1])).size, 12);
});

test('without a mail server mails wait; sealed with another key they are given up', async () => {
  await queue();
  assert.equal(await sendMails({ ...world.house, mailer: null }), 0);
  await sendMails({ ...world.house, secrets: openSecrets(Buffer.alloc(32, 3)) });
  assert.match((await listed()).lastError!, /another key/);
  assert.equal(received.length, 0);
});

test('a deed that is refused mails nothing', async () => {
  await assert.rejects(
    record(world.house.db, async (tx, now) => {
      const mail = { toName: '', toAddress: 'a@b.example', subject: 's', text: 't', html: 'h' };
      await queueMail(tx, world.house.secrets, mail, now);
      throw new Error('refused');
    }),
  );
  assert.equal((await findMails(world.house.db, 1)).length, 0);
});
