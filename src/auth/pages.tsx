import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { House } from '../platform/house.ts';
import { newKey } from '../platform/ids.ts';
import { type Decision, no, Refused } from '../rules/decision.ts';
import { Button, Field, Form, FormActions, TextLink } from '../web/components.tsx';
import { type PageNotice, renderPage, SignedOutPage } from '../web/layout.tsx';
import { presentRefusal } from '../web/present.ts';
import { fieldsOf, goOn, keyOf, sendPage, takeNotice } from '../web/read.ts';
import type { Auth } from './auth.ts';
import { setUpFirstOperator } from './offerSetup.ts';
import { findSetting } from './store.ts';

const attemptsPerMinute = 10;

/** Guessing one person's password is slow; an office behind one address is not locked out by its neighbors' mistakes. */
const perPerson = {
  max: attemptsPerMinute,
  timeWindow: '1 minute',
  hook: 'preHandler',
  keyGenerator: (request: FastifyRequest) => `${request.ip} ${fieldsOf(request.body)('email').toLowerCase()}`,
} as const;

/** Sign-in, sign-out, and the first operator's set-up link. */
export function registerAuthPages(app: FastifyInstance, house: House, auth: Auth): void {
  app.get('/sign-in', async (request, reply) => {
    const query = fieldsOf(request.query);
    if (request.viewer) return reply.redirect(ownPath(query('next')), 303);
    return sendPage(reply, renderPage(<SignInPage next={query('next')} notice={takeNotice(request, reply)} />));
  });

  app.post('/sign-in', { config: { rateLimit: perPerson } }, async (request, reply) => {
    const field = fieldsOf(request.body);
    const cookies = await signIn(auth, field('email'), field('password'), request.headers['user-agent'], request.ip);
    if (!cookies) {
      const sentence =
        'No person signs in with this e-mail address and password. Check both, or ask an Administrator of your account.';
      return sendPage(
        reply,
        renderPage(<SignInPage next={field('next')} email={field('email')} refusal={sentence} />),
        401,
      );
    }
    return goOn(reply.header('set-cookie', cookies), ownPath(field('next')));
  });

  app.post('/sign-out', async (request, reply) => {
    const headers = new Headers({ cookie: request.headers.cookie ?? '' });
    const response = await auth.api.signOut({ headers, asResponse: true });
    return goOn(reply.header('set-cookie', response.headers.getSetCookie()), '/sign-in');
  });

  /** The same for scripts: `{email, password}` → a session cookie; 401 when they don't fit. */
  app.post('/api/v1/session', { config: { rateLimit: perPerson } }, async (request, reply) => {
    const field = fieldsOf(request.body);
    const cookies = await signIn(auth, field('email'), field('password'), request.headers['user-agent'], request.ip);
    if (!cookies)
      return reply.code(401).send({
        status: 'error',
        code: 'wrong-credentials',
        reason: 'No person signs in with this e-mail address and password.',
      });
    return reply.header('set-cookie', cookies).send({ status: 'success' });
  });

  app.get<{ Params: { token: string } }>('/setup/:token', async (request, reply) => {
    if (!(await findSetting(house.db, 'set-up link'))) throw new Refused({ code: 'not-found' });
    return sendPage(reply, renderPage(<SetUpPage token={request.params.token} />));
  });

  app.post<{ Params: { token: string } }>('/setup/:token', async (request, reply) => {
    const field = fieldsOf(request.body);
    const person = { name: field('name'), email: field('email'), password: field('password') };
    const decision = await setUp(house, request.params.token, person, keyOf(request));
    if (decision.ok) return goOn(reply, '/sign-in');
    const { sentence, fields } = presentRefusal(decision.refusal, 'UTC');
    return sendPage(
      reply,
      renderPage(<SetUpPage token={request.params.token} person={person} fields={fields} refusal={sentence} />),
      422,
    );
  });
}

async function setUp(
  house: House,
  token: string,
  person: { name: string; email: string; password: string },
  key: string,
): Promise<Decision<string>> {
  const fields: Record<string, string> = {};
  if (person.name === '') fields.name = 'Give your name.';
  if (!/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(person.email))
    fields.email = 'Give an e-mail address, such as pat@example.com.';
  if (person.password.length < 10) fields.password = 'Choose a password of at least 10 characters.';
  if (Object.keys(fields).length > 0) return no({ code: 'invalid-input', fields });
  return setUpFirstOperator(house, token, person, key);
}

/** The session's cookies, or null when the two don't fit; the library takes the same time for both. */
async function signIn(
  auth: Auth,
  email: string,
  password: string,
  userAgent: string | undefined,
  ip: string,
): Promise<string[] | null> {
  const headers = new Headers({ 'x-forwarded-for': ip, ...(userAgent ? { 'user-agent': userAgent } : {}) });
  const response = await auth.api.signInEmail({ body: { email, password }, headers, asResponse: true });
  return response.ok ? response.headers.getSetCookie() : null;
}

/** Only a path of our own: `next` never leads to another site. */
function ownPath(next: string): string {
  return /^\/(?![/\\])[^\\\s]*$/.test(next) ? next : '/';
}

function SignInPage({
  next,
  email,
  refusal,
  notice,
}: {
  next: string;
  email?: string;
  refusal?: string;
  notice?: PageNotice | undefined;
}) {
  return (
    <SignedOutPage
      title="Sign in"
      notice={notice}
      below={
        <>
          New here? <TextLink href="/sign-up">Open an account</TextLink>
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

function SetUpPage({
  token,
  person,
  fields,
  refusal,
}: {
  token: string;
  person?: { name: string; email: string };
  fields?: Readonly<Record<string, string>>;
  refusal?: string;
}) {
  return (
    <SignedOutPage
      title="Set up Switchhook"
      lead="You become the first operator of this installation. This link works once."
    >
      <Form action={`/setup/${encodeURIComponent(token)}`} idempotencyKey={newKey()} refusal={refusal}>
        <Field name="name" label="Your name" required autocomplete="name" value={person?.name} error={fields?.name} />
        <Field
          name="email"
          label="E-mail"
          kind="email"
          required
          autocomplete="username"
          value={person?.email}
          error={fields?.email}
        />
        <Field
          name="password"
          label="Password"
          kind="password"
          required
          autocomplete="new-password"
          hint="At least 10 characters."
          error={fields?.password}
        />
        <FormActions>
          <Button variant="primary">Become the operator</Button>
        </FormActions>
      </Form>
    </SignedOutPage>
  );
}
