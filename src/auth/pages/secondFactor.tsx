import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { VNode } from 'preact';
import { renderSVG } from 'uqr';
import { houseShell, mustViewer } from '../../accounts/enter.ts';
import type { House } from '../../platform/house.ts';
import { newKey } from '../../platform/ids.ts';
import { record } from '../../platform/operation.ts';
import {
  Button,
  Card,
  CopyButton,
  Field,
  Form,
  FormActions,
  LinkButton,
  Notice,
  PageHeader,
  Stack,
} from '../../web/components.tsx';
import { Page, renderPage } from '../../web/layout.tsx';
import { fieldsOf, goOn, sendPage } from '../../web/read.ts';
import type { Auth } from '../auth.ts';
import { mailSecurityChange, type SecurityChange } from '../mails.ts';
import { headersOf } from '../signIn.ts';
import { tenAMinute } from '../slowGuessing.ts';
import { endLinksAndTrust, spendCode } from '../store.ts';

const wrongPassword = 'This is not your password. Try again.';
const wrongCode = 'This code does not fit. Look at the app again, and check that the clock of your phone is right.';

/** Turning the second factor on (password, then a first code), making new recovery codes, turning it off. */
export function registerSecondFactorPages(app: FastifyInstance, house: House, auth: Auth): void {
  app.get('/profile/second-factor', async (request, reply) => {
    const isOn = await hasSecondFactor(request);
    return show(request, reply, isOn ? <ChangeFactor /> : <AskPassword />);
  });

  app.post('/profile/second-factor', tenAMinute, async (request, reply) => {
    mustViewer(request);
    const body = { password: fieldsOf(request.body)('password') };
    const response = await auth.api.enableTwoFactor({ body, headers: headersOf(request), asResponse: true });
    if (!response.ok) {
      if (await hasSecondFactor(request)) return goOn(reply, '/profile/second-factor');
      return show(request, reply, <AskPassword refusal={wrongPassword} />, 422);
    }
    const { totpURI, backupCodes } = (await response.json()) as { totpURI: string; backupCodes: string[] };
    return show(request, reply, <NewFactor uri={totpURI} codes={backupCodes} />);
  });

  app.post('/profile/second-factor/confirm', tenAMinute, async (request, reply) => {
    const viewer = mustViewer(request);
    const code = fieldsOf(request.body)('code').replace(/\s/g, '');
    const response = await auth.api.verifyTOTP({ body: { code }, headers: headersOf(request), asResponse: true });
    if (!response.ok) return show(request, reply, <ConfirmAgain />, 422);
    // The first code is used up as well: it must not sign anybody in.
    await spendCode(house.db, viewer.personId, code);
    return tell(request, reply, response, 'second factor on', 'The second factor is on. Keep the recovery codes safe.');
  });

  app.post('/profile/second-factor/off', tenAMinute, async (request, reply) => {
    mustViewer(request);
    const body = { password: fieldsOf(request.body)('password') };
    const response = await auth.api.disableTwoFactor({ body, headers: headersOf(request), asResponse: true });
    if (!response.ok) return show(request, reply, <ChangeFactor offRefusal={wrongPassword} />, 422);
    return tell(request, reply, response, 'second factor off', 'The second factor is off.');
  });

  app.post('/profile/second-factor/codes', tenAMinute, async (request, reply) => {
    const viewer = mustViewer(request);
    const body = { password: fieldsOf(request.body)('password') };
    const response = await auth.api.generateBackupCodes({ body, headers: headersOf(request), asResponse: true });
    if (!response.ok) return show(request, reply, <ChangeFactor codesRefusal={wrongPassword} />, 422);
    const { backupCodes } = (await response.json()) as { backupCodes: string[] };
    await record(house.db, (tx, now) => mailSecurityChange(house, tx, viewer, 'recovery codes', now));
    return show(request, reply, <RecoveryCodes codes={backupCodes} />);
  });

  async function hasSecondFactor(request: FastifyRequest): Promise<boolean> {
    const session = await auth.api.getSession({ headers: headersOf(request) });
    return session?.user.twoFactorEnabled === true;
  }

  async function tell(
    request: FastifyRequest,
    reply: FastifyReply,
    response: Response,
    change: SecurityChange,
    text: string,
  ) {
    const viewer = mustViewer(request);
    await record(house.db, async (tx, now) => {
      await endLinksAndTrust(tx, viewer.personId);
      await mailSecurityChange(house, tx, viewer, change, now);
    });
    reply.header('set-cookie', response.headers.getSetCookie());
    return goOn(reply, '/profile', { kind: 'success', text });
  }

  async function show(request: FastifyRequest, reply: FastifyReply, content: VNode, status = 200) {
    const viewer = mustViewer(request);
    const page = (
      <Page
        {...(await houseShell(house, request, reply, viewer))}
        title="Second factor"
        width="reading"
        breadcrumbs={[{ label: 'My Profile', href: '/profile' }, { label: 'Second factor' }]}
      >
        <PageHeader title="Second factor" />
        {content}
      </Page>
    );
    return sendPage(reply, renderPage(page), status);
  }
}

function PasswordField({ id }: { id: string }) {
  return (
    <Field id={id} name="password" label="Your password" kind="password" required autocomplete="current-password" />
  );
}

function AskPassword({ refusal }: { refusal?: string }) {
  return (
    <Card
      title="Turn on"
      description="You need an authenticator app, such as the ones built into phones or password managers."
    >
      <Form action="/profile/second-factor" idempotencyKey={newKey()} refusal={refusal} wholePage>
        <PasswordField id="password" />
        <FormActions>
          <Button variant="primary">Go on</Button>
          <LinkButton href="/profile" variant="ghost">
            Never mind
          </LinkButton>
        </FormActions>
      </Form>
    </Card>
  );
}

function NewFactor({ uri, codes }: { uri: string; codes: readonly string[] }) {
  const secret = new URL(uri).searchParams.get('secret') ?? '';
  return (
    <Stack>
      <Card title="1. Show this to the app" description="Scan the picture, or type the secret into the app.">
        <Stack>
          <div
            class="qr-code"
            role="img"
            aria-label="QR code with the secret below"
            // Drawn here from the secret: black and white squares, no text of anybody's.
            dangerouslySetInnerHTML={{ __html: renderSVG(uri, { border: 2 }) }}
          />
          <p>
            <code>{secret}</code> <CopyButton text={secret} label="Copy the secret" />
          </p>
        </Stack>
      </Card>
      <RecoveryCodes codes={codes} title="2. Keep the recovery codes" />
      <Card title="3. Type the first code" description="The second factor is on from then on, and not before.">
        <ConfirmForm />
      </Card>
    </Stack>
  );
}

function RecoveryCodes({ codes, title = 'Your recovery codes' }: { codes: readonly string[]; title?: string }) {
  return (
    <Card
      title={title}
      description="Each signs you in once when the phone is lost. They are shown this one time; print them, or put them into a password manager."
    >
      <Stack>
        <ul class="recovery-codes" aria-label="Recovery codes">
          {codes.map((code) => (
            <li key={code}>
              <code>{code}</code>
            </li>
          ))}
        </ul>
        <CopyButton text={codes.join('\n')} label="Copy all codes" />
      </Stack>
    </Card>
  );
}

function ConfirmForm({ refusal }: { refusal?: string }) {
  return (
    <Form action="/profile/second-factor/confirm" idempotencyKey={newKey()} refusal={refusal}>
      <Field name="code" label="Code" required inputmode="numeric" width="short" autocomplete="one-time-code" />
      <FormActions>
        <Button variant="primary">Turn on</Button>
      </FormActions>
    </Form>
  );
}

/** The secret isn't shown twice: the app has it already, or one begins anew. */
function ConfirmAgain() {
  return (
    <Card title="Type the code of the app">
      <Stack>
        <ConfirmForm refusal={wrongCode} />
        <p>
          <LinkButton href="/profile/second-factor" variant="ghost">
            Begin anew with another secret
          </LinkButton>
        </p>
      </Stack>
    </Card>
  );
}

function ChangeFactor({ offRefusal, codesRefusal }: { offRefusal?: string; codesRefusal?: string }) {
  return (
    <Stack>
      <Notice kind="success">The second factor is on.</Notice>
      <Card title="New recovery codes" description="The codes before no longer work then.">
        <Form action="/profile/second-factor/codes" idempotencyKey={newKey()} refusal={codesRefusal} wholePage>
          <PasswordField id="codes-password" />
          <FormActions>
            <Button>Make new codes</Button>
          </FormActions>
        </Form>
      </Card>
      <Card title="Turn off" description="Signing in asks for the password alone then.">
        <Form action="/profile/second-factor/off" idempotencyKey={newKey()} refusal={offRefusal}>
          <PasswordField id="off-password" />
          <FormActions>
            <Button>Turn off</Button>
          </FormActions>
        </Form>
      </Card>
    </Stack>
  );
}
