import type { FastifyInstance } from 'fastify';
import type { House } from '../../platform/house.ts';
import { findMail, findMails, openBody } from '../../platform/mail/store.ts';
import { Refused } from '../../rules/decision.ts';
import { EmptyState, Stack, Table, TextLink } from '../../web/components.tsx';
import { formatMoment } from '../../web/format.ts';
import { renderPage, SignedOutPage } from '../../web/layout.tsx';
import { idOf, sendPage } from '../../web/read.ts';

const listedMax = 100;

/** Development only: what would have been mailed, for whoever sits at this machine. Links in it work. */
export function registerMailPages(app: FastifyInstance, house: House): void {
  app.get('/development/mail', async (_, reply) => {
    mustBeDevelopment(house);
    const mails = await findMails(house.db, listedMax);
    const page = (
      <SignedOutPage title="Outgoing mail" lead="Development: nothing here was sent to anybody." wide>
        <Table
          caption="Outgoing mail"
          rows={mails}
          rowKey={(mail) => mail.mailId}
          columns={[
            { header: 'When', cell: (mail) => formatMoment(mail.queuedAt, 'UTC') },
            { header: 'To', cell: (mail) => mail.toAddress, wraps: true },
            {
              header: 'Subject',
              main: true,
              wraps: true,
              cell: (mail) => <TextLink href={`/development/mail/${mail.mailId}`}>{mail.subject}</TextLink>,
            },
          ]}
          empty={
            <EmptyState icon="list" title="No mail yet">
              An invitation or a forgotten password makes the first one.
            </EmptyState>
          }
        />
      </SignedOutPage>
    );
    return sendPage(reply, renderPage(page));
  });

  app.get<{ Params: { mailId: string } }>('/development/mail/:mailId', async (request, reply) => {
    mustBeDevelopment(house);
    const mail = await findMail(house.db, idOf(request.params.mailId));
    const body = mail && openBody(house.secrets, mail);
    if (!mail || !body) throw new Refused({ code: 'not-found' });
    const page = (
      <SignedOutPage
        title={mail.subject}
        lead={`To ${mail.toName} <${mail.toAddress}>`}
        wide
        below={<TextLink href="/development/mail">All outgoing mail</TextLink>}
      >
        <Stack>
          <pre class="mail-text">{linked(body.text)}</pre>
        </Stack>
      </SignedOutPage>
    );
    return sendPage(reply, renderPage(page));
  });
}

function mustBeDevelopment(house: House): void {
  if (!house.config.development) throw new Refused({ code: 'not-found' });
}

/** The text with its addresses as links. */
const linked = (text: string) =>
  text.split(/(https?:\/\/\S+)/).map((part) =>
    /^https?:/.test(part) ? (
      <TextLink key={part} href={part}>
        {part}
      </TextLink>
    ) : (
      part
    ),
  );
