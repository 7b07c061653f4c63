import type { FastifyInstance } from 'fastify';
import { enterOperations, houseShell } from '../../accounts/enter.ts';
import { CarrierError } from '../../platform/carrier/port.ts';
import { readClock } from '../../platform/clock.ts';
import type { House } from '../../platform/house.ts';
import { newKey } from '../../platform/ids.ts';
import { MailError } from '../../platform/mail/port.ts';
import { findMails, type ListedMail } from '../../platform/mail/store.ts';
import { Refused } from '../../rules/decision.ts';
import {
  Badge,
  ButtonForm,
  DefinitionList,
  EmptyState,
  PageHeader,
  Section,
  SectionedPage,
  Setting,
  Settings,
  Table,
} from '../../web/components.tsx';
import { formatMoment } from '../../web/format.ts';
import { Page, renderPage } from '../../web/layout.tsx';
import { composeMail } from '../../web/mail.tsx';
import { goOn, keyOf, sendPage } from '../../web/read.ts';
import { changeSignUp, isSignUpOpen } from '../changeInstallation.ts';

const listedMailsMax = 50;
const sections = [
  { id: 'sign-up', label: 'Sign-up' },
  { id: 'mail', label: 'Mail' },
  { id: 'carrier', label: 'Carrier' },
  { id: 'address', label: 'Address' },
];

/** Operations → Installation: what an operator checks on the first day, and switches. */
export function registerInstallationPages(app: FastifyInstance, house: House): void {
  const href = '/operations/installation';

  app.get(href, async (request, reply) => {
    const { viewer } = await enterOperations(house, request, 'change-installation');
    const facts = {
      isOpen: await isSignUpOpen(house.db, house.config),
      mails: await findMails(house.db, listedMailsMax),
      now: await readClock(house.db),
    };
    const page = (
      <Page
        {...(await houseShell(house, request, reply, viewer))}
        title="Installation"
        breadcrumbs={[{ label: 'Operations' }, { label: 'Installation' }]}
      >
        <PageHeader
          title="Installation"
          description="What this installation is set to. Servers and keys are given at the start, as settings of the environment."
        />
        <Installation house={house} email={viewer.email} {...facts} />
      </Page>
    );
    return sendPage(reply, renderPage(page));
  });

  for (const wish of ['open', 'close'] as const) {
    app.post(`${href}/sign-up/${wish}`, async (request, reply) => {
      const { actor } = await enterOperations(house, request, 'change-installation');
      const decision = await changeSignUp(house, actor, wish === 'open', keyOf(request));
      if (!decision.ok) throw new Refused(decision.refusal);
      const text =
        wish === 'open'
          ? 'Sign-up is open: anybody can open an account.'
          : 'Sign-up is closed: only whoever is invited can open an account.';
      return goOn(reply, `${href}#sign-up`, { kind: 'success', text });
    });
  }

  app.post(
    `${href}/check-carrier`,
    { config: { rateLimit: { max: 5, timeWindow: '1 minute' } } },
    async (request, reply) => {
      await enterOperations(house, request, 'change-installation');
      return goOn(reply, `${href}#carrier`, await checkCarrier(house));
    },
  );

  app.post(
    `${href}/test-mail`,
    { config: { rateLimit: { max: 5, timeWindow: '1 minute' } } },
    async (request, reply) => {
      const { viewer } = await enterOperations(house, request, 'change-installation');
      return goOn(reply, `${href}#mail`, await sendTestMail(house, viewer));
    },
  );
}

/** Straight to the mail server, past the queue: the operator waits to hear what it says. */
async function sendTestMail(house: House, to: { name: string; email: string }) {
  if (!house.mailer) return { kind: 'refusal', text: 'No mail server is set. Set SMTP_URL and start again.' } as const;
  const content = composeMail({
    subject: 'A test mail from Switchhook',
    greeting: `Hello ${to.name},`,
    paragraphs: ['You asked for this mail to see that the mail server takes what this installation sends. It does.'],
    footer: `Sent from ${house.config.publicUrl}.`,
  });
  try {
    const messageId = `<test-${newKey()}@${new URL(house.config.publicUrl).hostname}>`;
    await house.mailer.send({ messageId, toName: to.name, toAddress: to.email, ...content });
    return { kind: 'success', text: `The mail server took a mail to ${to.email}. Look whether it arrives.` } as const;
  } catch (error) {
    if (!(error instanceof MailError)) throw error;
    return { kind: 'refusal', text: `The mail server did not take it: ${error.message}` } as const;
  }
}

async function checkCarrier(house: House) {
  try {
    const { accountName, status } = await house.carrier.checkAccess();
    return { kind: 'success', text: `The carrier knows us as ${accountName} (${status}).` } as const;
  } catch (error) {
    if (!(error instanceof CarrierError)) throw error;
    return { kind: 'refusal', text: `The carrier said no: ${error.message}` } as const;
  }
}

interface InstallationProps {
  house: House;
  email: string;
  isOpen: boolean;
  mails: readonly ListedMail[];
  now: Date;
}

function Installation({ house, email, isOpen, mails, now }: InstallationProps) {
  const { config, mailer } = house;
  return (
    <SectionedPage sections={sections}>
      <Section id="sign-up" title="Sign-up" description="Whether strangers may open accounts and agencies here.">
        <Settings>
          <Setting
            title="Sign-up"
            badge={<Badge tone={isOpen ? 'good' : 'neutral'}>{isOpen ? 'Open' : 'Closed'}</Badge>}
            description={
              isOpen
                ? 'Anybody who finds this address can open an account.'
                : 'Only whoever you invite, under Staff, can open an account.'
            }
            action={
              <ButtonForm
                action={`/operations/installation/sign-up/${isOpen ? 'close' : 'open'}`}
                idempotencyKey={newKey()}
              >
                {isOpen ? 'Close sign-up' : 'Open sign-up'}
              </ButtonForm>
            }
          />
        </Settings>
      </Section>
      <Section
        id="mail"
        title="Mail"
        description="Invitations, password resets and notices go out through your mail server."
      >
        <Settings>
          <Setting
            title={mailer ? new URL(config.smtpUrl!).host : 'No mail server'}
            badge={<Badge tone={mailer ? 'good' : 'attention'}>{mailer ? 'Set' : 'Not set'}</Badge>}
            description={
              mailer
                ? `Mails come from ${config.mailFrom}. A test mail goes to ${email}.`
                : 'Mails wait until SMTP_URL is set. In development they can be read under /development/mail.'
            }
            action={
              <ButtonForm action="/operations/installation/test-mail" idempotencyKey={newKey()}>
                Send a test mail
              </ButtonForm>
            }
          />
        </Settings>
        <Table
          caption="Outgoing mail"
          captionShown
          rows={mails}
          rowKey={(mail) => mail.mailId}
          columns={[
            { header: 'When', cell: (mail) => formatMoment(mail.queuedAt, 'UTC') },
            { header: 'To', main: true, wraps: true, cell: (mail) => mail.toAddress },
            { header: 'Subject', wraps: true, cell: (mail) => mail.subject },
            { header: 'How it went', wraps: true, cell: (mail) => sayMail(mail, now) },
          ]}
          empty={
            <EmptyState icon="list" title="No mail yet">
              What is mailed is listed here, never what it says.
            </EmptyState>
          }
        />
      </Section>
      <Section id="carrier" title="Carrier" description="Who rents us numbers and brings us calls.">
        <Settings>
          <Setting
            title={house.simulation ? 'Simulated' : 'Twilio'}
            description={
              house.simulation
                ? 'Numbers and calls are made up, and nothing costs money. CARRIER=twilio makes them real.'
                : 'Numbers are rented for money. The check asks Twilio who we are, and changes nothing.'
            }
            action={
              <ButtonForm action="/operations/installation/check-carrier" idempotencyKey={newKey()}>
                Check the carrier
              </ButtonForm>
            }
          />
        </Settings>
      </Section>
      <Section id="address" title="Address" description="How people and the carrier reach this installation.">
        <DefinitionList
          items={[
            {
              term: 'Address',
              description: config.publicUrl,
              hint: 'PUBLIC_URL. Links in mails and the carrier’s webhooks begin with it.',
            },
            { term: 'Database', description: config.databaseUrl ? 'Your own PostgreSQL' : 'The embedded PostgreSQL' },
            { term: 'Mode', description: config.development ? 'Development, on this machine only' : 'Production' },
          ]}
        />
      </Section>
    </SectionedPage>
  );
}

function sayMail(mail: ListedMail, now: Date): string {
  if (mail.sentAt) return `Sent ${formatMoment(mail.sentAt, 'UTC')}`;
  if (mail.givenUpAt) return `Given up: ${mail.lastError}`;
  if (mail.lastError)
    return `Not yet: ${mail.lastError} ${mail.nextAttemptAt > now ? `Next try ${formatMoment(mail.nextAttemptAt, 'UTC')}.` : ''}`;
  return 'Waits';
}
