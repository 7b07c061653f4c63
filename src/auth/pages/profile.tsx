import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { houseShell, mustViewer } from '../../accounts/enter.ts';
import type { House } from '../../platform/house.ts';
import { newKey } from '../../platform/ids.ts';
import { record } from '../../platform/operation.ts';
import {
  Badge,
  Button,
  ButtonForm,
  Field,
  Form,
  FormActions,
  LinkButton,
  Moment,
  PageHeader,
  Section,
  SectionedPage,
  Setting,
  Settings,
  Table,
} from '../../web/components.tsx';
import { formatMoment } from '../../web/format.ts';
import { Page, renderPage } from '../../web/layout.tsx';
import { fieldsOf, goOn, sendPage } from '../../web/read.ts';
import type { SignedIn } from '../../web/serve.tsx';
import type { Auth } from '../auth.ts';
import { describeDevice } from '../describeDevice.ts';
import { mailSecurityChange } from '../mails.ts';
import { findPasswordMistake } from '../person.ts';
import { headersOf } from '../signIn.ts';
import { tenAMinute } from '../slowGuessing.ts';
import {
  endAllSessions,
  endLinksAndTrust,
  endSession,
  findSessions,
  renamePerson,
  type SignedInPlace,
} from '../store.ts';
import { NewPasswordField } from './setUp.tsx';

interface Shown {
  fields?: Readonly<Record<string, string>>;
  name?: string;
}

/** My Profile: name, password, second factor, and everywhere one is signed in. */
export function registerProfilePages(app: FastifyInstance, house: House, auth: Auth): void {
  app.get('/profile', async (request, reply) => show(request, reply));

  app.post('/profile', async (request, reply) => {
    const viewer = mustViewer(request);
    const name = fieldsOf(request.body)('name');
    if (name === '' || name.length > 120)
      return show(request, reply, { fields: { name: 'Give a name of 1 to 120 characters.' }, name }, 422);
    await record(house.db, (tx, now) => renamePerson(tx, viewer.personId, name, now));
    return goOn(reply, '/profile', { kind: 'success', text: 'Your name was saved.' });
  });

  app.post('/profile/password', tenAMinute, async (request, reply) => {
    const viewer = mustViewer(request);
    const field = fieldsOf(request.body);
    const mistake = findPasswordMistake(field('password'));
    if (mistake) return show(request, reply, { fields: { password: mistake } }, 422);
    const body = { currentPassword: field('current'), newPassword: field('password'), revokeOtherSessions: true };
    const response = await auth.api.changePassword({ body, headers: headersOf(request), asResponse: true });
    if (!response.ok)
      return show(request, reply, { fields: { current: 'This is not your password. Try again.' } }, 422);
    await record(house.db, async (tx, now) => {
      await endLinksAndTrust(tx, viewer.personId);
      await mailSecurityChange(house, tx, viewer, 'password', now);
    });
    reply.header('set-cookie', response.headers.getSetCookie());
    return goOn(reply, '/profile', {
      kind: 'success',
      text: 'Your password was changed. Wherever else you were signed in, you are signed out.',
    });
  });

  app.post<{ Params: { sessionId: string } }>('/profile/sessions/:sessionId/end', async (request, reply) => {
    const viewer = mustViewer(request);
    await endSession(house.db, viewer.personId, request.params.sessionId);
    return goOn(reply, '/profile#sessions', { kind: 'success', text: 'That sign-in was ended.' });
  });

  app.post('/profile/sessions/end', async (request, reply) => {
    const viewer = mustViewer(request);
    await endAllSessions(house.db, viewer.personId);
    return goOn(reply, '/sign-in', { kind: 'success', text: 'You are signed out everywhere.' });
  });

  async function show(request: FastifyRequest, reply: FastifyReply, shown: Shown = {}, status = 200) {
    const viewer = mustViewer(request);
    const session = await auth.api.getSession({ headers: headersOf(request) });
    const sessions = await findSessions(house.db, viewer.personId, session?.session.token ?? '');
    const page = (
      <Page
        {...(await houseShell(house, request, reply, viewer))}
        title="My Profile"
        breadcrumbs={[{ label: 'My Profile' }]}
      >
        <PageHeader title="My Profile" description={viewer.email} />
        <Profile
          viewer={viewer}
          sessions={sessions}
          hasSecondFactor={session?.user.twoFactorEnabled === true}
          {...shown}
        />
      </Page>
    );
    return sendPage(reply, renderPage(page), status);
  }
}

const sections = [
  { id: 'name', label: 'Name' },
  { id: 'password', label: 'Password' },
  { id: 'second-factor', label: 'Second factor' },
  { id: 'sessions', label: 'Signed in' },
];

interface ProfileProps extends Shown {
  viewer: SignedIn;
  sessions: readonly SignedInPlace[];
  hasSecondFactor: boolean;
}

function Profile({ viewer, sessions, hasSecondFactor, fields, name }: ProfileProps) {
  return (
    <SectionedPage sections={sections}>
      <Section id="name" title="Name" description="How others see you: in the journal, and beside what you did.">
        <Form action="/profile" idempotencyKey={newKey()}>
          <Field
            name="name"
            label="Name"
            required
            maxlength={120}
            autocomplete="name"
            value={name ?? viewer.name}
            error={fields?.name}
          />
          <FormActions>
            <Button variant="primary">Save name</Button>
          </FormActions>
        </Form>
      </Section>
      <Section id="password" title="Password" description="A new one signs you out everywhere else.">
        <Form action="/profile/password" idempotencyKey={newKey()}>
          <Field
            name="current"
            label="Current password"
            kind="password"
            required
            autocomplete="current-password"
            error={fields?.current}
          />
          <NewPasswordField error={fields?.password} />
          <FormActions>
            <Button variant="primary">Change password</Button>
          </FormActions>
        </Form>
      </Section>
      <Section
        id="second-factor"
        title="Second factor"
        description="A code from an app on your phone, beside the password. Whoever learns the password alone stays out."
      >
        <Settings>
          <Setting
            title="Authenticator app"
            badge={<Badge tone={hasSecondFactor ? 'good' : 'neutral'}>{hasSecondFactor ? 'On' : 'Off'}</Badge>}
            description={
              hasSecondFactor
                ? 'Signing in asks for a code. New recovery codes, or turning it off, ask for your password.'
                : 'Takes a minute. You also get recovery codes, for the day on which the phone is lost.'
            }
            action={<LinkButton href="/profile/second-factor">{hasSecondFactor ? 'Change' : 'Turn on'}</LinkButton>}
          />
        </Settings>
      </Section>
      <Section
        id="sessions"
        title="Signed in"
        description="Every browser and script in which you are signed in now."
        actions={
          <ButtonForm action="/profile/sessions/end" idempotencyKey={newKey()}>
            Sign out everywhere
          </ButtonForm>
        }
      >
        <Table
          caption="Where you are signed in"
          rows={sessions}
          rowKey={(session) => session.sessionId}
          columns={[
            {
              header: 'Where',
              wraps: true,
              main: true,
              cell: (session) => (
                <>
                  {describeDevice(session.userAgent)}
                  <small class="under">
                    {session.isCurrent ? 'This browser' : (session.ipAddress ?? 'Address unknown')}
                  </small>
                </>
              ),
            },
            {
              header: 'Since',
              wraps: true,
              cell: (session) => <Moment at={session.createdAt} text={formatMoment(session.createdAt, 'UTC')} />,
            },
            {
              header: 'Last renewed',
              wraps: true,
              cell: (session) => <Moment at={session.seenAt} text={formatMoment(session.seenAt, 'UTC')} />,
            },
            {
              header: 'Do',
              actions: true,
              cell: (session) =>
                session.isCurrent ? null : (
                  <ButtonForm
                    action={`/profile/sessions/${session.sessionId}/end`}
                    idempotencyKey={newKey()}
                    size="small"
                    spoken={`Sign out: ${describeDevice(session.userAgent)}`}
                  >
                    Sign out
                  </ButtonForm>
                ),
            },
          ]}
        />
      </Section>
    </SectionedPage>
  );
}
