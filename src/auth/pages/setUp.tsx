import type { FastifyInstance } from 'fastify';
import type { House } from '../../platform/house.ts';
import { newKey } from '../../platform/ids.ts';
import { Refused } from '../../rules/decision.ts';
import { answerForm } from '../../web/answer.ts';
import { Button, Field, Form, FormActions } from '../../web/components.tsx';
import { renderPage, SignedOutPage } from '../../web/layout.tsx';
import { fieldsOf, keyOf, sendPage } from '../../web/read.ts';
import { setUpFirstOperator } from '../offerSetup.ts';
import { findSetting } from '../store.ts';

type LinkRequest = { Params: { token: string } };

/** The link with which the first operator makes themselves. */
export function registerSetUpPages(app: FastifyInstance, house: House): void {
  app.get<LinkRequest>('/setup/:token', async (request, reply) => {
    if (!(await findSetting(house.db, 'set-up link'))) throw new Refused({ code: 'not-found' });
    return sendPage(reply, renderPage(<SetUpPage token={request.params.token} />));
  });

  app.post<LinkRequest>('/setup/:token', async (request, reply) => {
    const field = fieldsOf(request.body);
    const person = { personName: field('personName'), email: field('email'), password: field('password') };
    const decision = await setUpFirstOperator(house, request.params.token, person, keyOf(request));
    return answerForm(reply, decision, {
      href: '/sign-in',
      timeZone: 'UTC',
      done: 'You are the operator. Sign in to go on.',
      again: ({ sentence, fields }) => (
        <SetUpPage token={request.params.token} person={person} fields={fields} refusal={sentence} />
      ),
    });
  });
}

interface SetUpPageProps {
  token: string;
  person?: { personName: string; email: string };
  fields?: Readonly<Record<string, string>>;
  refusal?: string;
}

function SetUpPage({ token, person, fields, refusal }: SetUpPageProps) {
  return (
    <SignedOutPage
      title="Set up Switchhook"
      lead="You become the first operator of this installation. This link works once."
    >
      <Form action={`/setup/${encodeURIComponent(token)}`} idempotencyKey={newKey()} refusal={refusal}>
        <NewPersonFields person={person} fields={fields} />
        <FormActions>
          <Button variant="primary">Become the operator</Button>
        </FormActions>
      </Form>
    </SignedOutPage>
  );
}

interface NewPersonFieldsProps {
  person?: { personName: string; email: string } | undefined;
  fields?: Readonly<Record<string, string>> | undefined;
  /** The address of an invitation can't be changed. */
  emailGiven?: boolean;
}

/** A new person's name, address and password. */
export function NewPersonFields({ person, fields, emailGiven }: NewPersonFieldsProps) {
  return (
    <>
      <Field
        name="personName"
        label="Your name"
        required
        autocomplete="name"
        value={person?.personName}
        error={fields?.personName}
      />
      {!emailGiven && (
        <Field
          name="email"
          label="E-mail"
          kind="email"
          required
          autocomplete="username"
          value={person?.email}
          error={fields?.email}
        />
      )}
      <NewPasswordField error={fields?.password} />
    </>
  );
}

export function NewPasswordField({ error }: { error?: string | undefined }) {
  return (
    <Field
      name="password"
      label="Password"
      kind="password"
      required
      autocomplete="new-password"
      hint="At least 10 characters."
      error={error}
    />
  );
}
