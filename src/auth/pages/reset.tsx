import type { FastifyInstance } from 'fastify';
import type { House } from '../../platform/house.ts';
import { newKey } from '../../platform/ids.ts';
import { Button, Field, Form, FormActions, TextLink } from '../../web/components.tsx';
import { renderPage, SignedOutPage } from '../../web/layout.tsx';
import { fieldsOf, goOn, sendPage } from '../../web/read.ts';
import { type Auth, resetLinkMinutes } from '../auth.ts';
import { findPasswordMistake, isEmail } from '../person.ts';
import { slowGuessing } from '../slowGuessing.ts';
import { NewPasswordField } from './setUp.tsx';

type LinkRequest = { Params: { token: string } };

const linkOver = 'This link was used, or is too old. Ask for a new one.';

/** A forgotten password: a link by mail, and a new password with it. Nobody learns here who has an account. */
export function registerResetPages(app: FastifyInstance, house: House, auth: Auth): void {
  app.get('/forgot', async (request, reply) =>
    sendPage(reply, renderPage(<ForgotPage email={fieldsOf(request.query)('email')} />)),
  );

  app.post('/forgot', slowGuessing(app), async (request, reply) => {
    const email = fieldsOf(request.body)('email').toLowerCase();
    if (!isEmail(email)) {
      const mistake = 'Give an e-mail address, such as pat@example.com.';
      return sendPage(reply, renderPage(<ForgotPage email={email} mistake={mistake} />), 422);
    }
    // Not awaited: the answer takes the same time whether there is such a person or not.
    auth.api
      .requestPasswordReset({ body: { email } })
      .catch((error: Error) => house.log.error({ err: error }, 'a password reset could not be mailed'));
    return sendPage(reply, renderPage(<SentPage email={email} isDevelopment={house.config.development} />));
  });

  app.get<LinkRequest>('/reset/:token', async (request, reply) =>
    sendPage(reply, renderPage(<ResetPage token={request.params.token} />)),
  );

  app.post<LinkRequest>('/reset/:token', slowGuessing(app), async (request, reply) => {
    const { token } = request.params;
    const newPassword = fieldsOf(request.body)('password');
    const mistake = findPasswordMistake(newPassword);
    if (mistake) return sendPage(reply, renderPage(<ResetPage token={token} mistake={mistake} />), 422);
    const response = await auth.api.resetPassword({ body: { token, newPassword }, asResponse: true });
    if (!response.ok) return sendPage(reply, renderPage(<ResetPage token={token} refusal={linkOver} />), 410);
    return goOn(reply, '/sign-in', { kind: 'success', text: 'You have a new password. Sign in with it.' });
  });
}

function ForgotPage({ email, mistake }: { email: string; mistake?: string }) {
  return (
    <SignedOutPage
      title="Forgot your password?"
      lead="We mail you a link with which you choose a new one."
      below={<TextLink href="/sign-in">Back to signing in</TextLink>}
    >
      <Form action="/forgot" idempotencyKey={newKey()} wholePage>
        <Field
          name="email"
          label="E-mail"
          kind="email"
          required
          autofocus
          autocomplete="username"
          value={email}
          error={mistake}
        />
        <FormActions>
          <Button variant="primary">Mail me a link</Button>
        </FormActions>
      </Form>
    </SignedOutPage>
  );
}

function SentPage({ email, isDevelopment }: { email: string; isDevelopment: boolean }) {
  return (
    <SignedOutPage
      title="Look into your mail"
      lead={`If somebody signs in with ${email}, a link is on its way there. It works once, for ${resetLinkMinutes} minutes.`}
      below={<TextLink href="/sign-in">Back to signing in</TextLink>}
    >
      <p>
        Nothing came? Look into the spam folder, check the address, or ask an Administrator of your account.
        {isDevelopment && (
          <>
            {' '}
            This is development: the mail is on <TextLink href="/development/mail">the page of outgoing mail</TextLink>.
          </>
        )}
      </p>
    </SignedOutPage>
  );
}

function ResetPage({ token, mistake, refusal }: { token: string; mistake?: string; refusal?: string }) {
  return (
    <SignedOutPage
      title="Choose a new password"
      lead="You are signed out everywhere, and sign in with the new one."
      below={<TextLink href="/forgot">Ask for a new link</TextLink>}
    >
      <Form action={`/reset/${encodeURIComponent(token)}`} idempotencyKey={newKey()} refusal={refusal}>
        <NewPasswordField error={mistake} />
        <FormActions>
          <Button variant="primary">Choose this password</Button>
        </FormActions>
      </Form>
    </SignedOutPage>
  );
}
