import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { House } from '../../platform/house.ts';
import { remember } from '../../platform/remember.ts';
import { Button, Field, Form, FormActions, TextLink } from '../../web/components.tsx';
import { type PageNotice, renderPage, SignedOutPage } from '../../web/layout.tsx';
import { fieldsOf, goOn, sendPage, takeNotice } from '../../web/read.ts';
import type { Auth } from '../auth.ts';
import { isSignUpOpen } from '../changeInstallation.ts';
import { headersOf, signIn } from '../signIn.ts';
import { slowGuessing, tenAMinute } from '../slowGuessing.ts';
import { verifySecondFactor } from '../verifySecondFactor.ts';

const wrongCredentials =
  'No person signs in with this e-mail address and password. Check both, choose a new password below, or ask an Administrator of your account.';
const wrongCode = 'This code does not fit, or was used already. Wait for the next one in your app and try again.';
const locked =
  'Too many wrong codes were tried for you, so no code works for a quarter of an hour. Wait, then sign in again.';
const challengeOver = 'That took too long, or too many codes were tried. Sign in again.';

/** Signing in with a password and, where it is on, a second factor; signing out. */
export function registerSignInPages(app: FastifyInstance, house: House, auth: Auth): void {
  // Only whether the link stands there; the page behind it asks anew.
  const offersSignUp = remember(1, () => isSignUpOpen(house.db, house.config));

  app.get('/sign-in', async (request, reply) => {
    const query = fieldsOf(request.query);
    if (request.viewer) return reply.redirect(ownPath(query('next')), 303);
    return show(request, reply, { next: query('next'), email: query('email') });
  });

  app.post('/sign-in', slowGuessing(app), async (request, reply) => {
    const field = fieldsOf(request.body);
    const next = field('next');
    const signedIn = await signIn(auth, request, field('email'), field('password'));
    if (!signedIn) return show(request, reply, { next, email: field('email'), refusal: wrongCredentials }, 401);
    reply.header('set-cookie', signedIn.cookies);
    return goOn(
      reply,
      signedIn.step === 'in' ? ownPath(next) : `/sign-in/second-factor?${new URLSearchParams({ next })}`,
    );
  });

  app.get('/sign-in/second-factor', async (request, reply) => {
    const query = fieldsOf(request.query);
    const page = <SecondFactorPage next={query('next')} isRecovery={query('recovery') === 'yes'} />;
    return sendPage(reply, renderPage(page));
  });

  app.post('/sign-in/second-factor', tenAMinute, async (request, reply) => {
    const field = fieldsOf(request.body);
    const next = field('next');
    const isRecovery = field('recovery') === 'yes';
    const verified = await verifySecondFactor(house, auth, request, {
      code: field('code'),
      isRecovery,
      trustDevice: field('trust') === 'yes',
    });
    if (verified.outcome === 'in') {
      reply.header('set-cookie', verified.cookies);
      return goOn(reply, ownPath(next));
    }
    if (verified.outcome !== 'wrong')
      return goOn(reply, '/sign-in', { kind: 'refusal', text: verified.outcome === 'locked' ? locked : challengeOver });
    const page = <SecondFactorPage next={next} isRecovery={isRecovery} refusal={wrongCode} />;
    return sendPage(reply, renderPage(page), 401);
  });

  app.post('/sign-out', async (request, reply) => {
    const response = await auth.api.signOut({ headers: headersOf(request), asResponse: true });
    return goOn(reply.header('set-cookie', response.headers.getSetCookie()), '/sign-in');
  });

  /**
   * The same for scripts: `{email, password}` → a session cookie; 401 when they don't fit. With a second factor on, the
   * answer is 401 `second-factor-needed` unless `code` comes along.
   */
  app.post('/api/v1/session', slowGuessing(app), async (request, reply) => {
    const field = fieldsOf(request.body);
    const refuse = (code: string, reason: string) => reply.code(401).send({ status: 'error', code, reason });
    const signedIn = await signIn(auth, request, field('email'), field('password'));
    if (!signedIn) return refuse('wrong-credentials', 'No person signs in with this e-mail address and password.');
    if (signedIn.step === 'in') return reply.header('set-cookie', signedIn.cookies).send({ status: 'success' });
    const code = field('code');
    if (!code) return refuse('second-factor-needed', 'Send the code of your authenticator app as `code`.');
    request.headers.cookie = signedIn.cookies.map((each) => each.split(';')[0]).join('; ');
    const verified = await verifySecondFactor(house, auth, request, { code, isRecovery: false, trustDevice: false });
    if (verified.outcome !== 'in') return refuse('wrong-code', verified.outcome === 'locked' ? locked : wrongCode);
    return reply.header('set-cookie', verified.cookies).send({ status: 'success' });
  });

  async function show(
    request: FastifyRequest,
    reply: FastifyReply,
    shown: { next: string; email?: string; refusal?: string },
    status = 200,
  ) {
    const page = <SignInPage {...shown} notice={takeNotice(request, reply)} offersSignUp={await offersSignUp()} />;
    return sendPage(reply, renderPage(page), status);
  }
}

/** Only a path of our own: `next` never leads to another site. */
export function ownPath(next: string): string {
  return /^\/(?![/\\])[^\\\s]*$/.test(next) ? next : '/';
}

interface SignInPageProps {
  next: string;
  email?: string;
  refusal?: string;
  notice: PageNotice | undefined;
  offersSignUp: boolean;
}

function SignInPage({ next, email, refusal, notice, offersSignUp }: SignInPageProps) {
  return (
    <SignedOutPage
      title="Sign in"
      notice={notice}
      below={
        <>
          <TextLink href="/forgot">Forgot your password?</TextLink>
          {offersSignUp && (
            <>
              {' '}
              · New here? <TextLink href="/sign-up">Open an account</TextLink>
            </>
          )}
        </>
      }
    >
      <Form action="/sign-in" hidden={next ? { next } : {}} refusal={refusal}>
        <Field name="email" label="E-mail" kind="email" required autofocus autocomplete="username" value={email} />
        <Field name="password" label="Password" kind="password" required autocomplete="current-password" />
        <FormActions>
          <Button variant="primary">Sign in</Button>
        </FormActions>
      </Form>
    </SignedOutPage>
  );
}

interface SecondFactorPageProps {
  next: string;
  isRecovery: boolean;
  refusal?: string;
}

function SecondFactorPage({ next, isRecovery, refusal }: SecondFactorPageProps) {
  const otherWay = `/sign-in/second-factor?${new URLSearchParams({ next, recovery: isRecovery ? '' : 'yes' })}`;
  return (
    <SignedOutPage
      title="Second factor"
      lead={
        isRecovery
          ? 'Type one of the recovery codes that you kept. Each works once.'
          : 'Type the six digits that your authenticator app shows for Switchhook.'
      }
      below={
        <>
          <TextLink href={otherWay}>
            {isRecovery ? 'Use the app instead' : 'Lost your phone? Use a recovery code'}
          </TextLink>{' '}
          · <TextLink href="/sign-in">Start over</TextLink>
        </>
      }
    >
      <Form
        action="/sign-in/second-factor"
        hidden={{ ...(next ? { next } : {}), ...(isRecovery ? { recovery: 'yes' } : {}) }}
        refusal={refusal}
      >
        <Field
          name="code"
          label={isRecovery ? 'Recovery code' : 'Code'}
          required
          autofocus
          autocomplete="one-time-code"
          {...(isRecovery ? {} : { inputmode: 'numeric' as const })}
        />
        {!isRecovery && <Field name="trust" label="Don’t ask on this device for 30 days" kind="checkbox" value="yes" />}
        <FormActions>
          <Button variant="primary">Sign in</Button>
        </FormActions>
      </Form>
    </SignedOutPage>
  );
}
