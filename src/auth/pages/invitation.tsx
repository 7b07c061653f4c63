import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { readClock } from '../../platform/clock.ts';
import type { House } from '../../platform/house.ts';
import { newKey } from '../../platform/ids.ts';
import { houseId } from '../../platform/operation.ts';
import { Refused } from '../../rules/decision.ts';
import { roleNames } from '../../rules/permission.ts';
import { Button, Form, FormActions, LinkButton } from '../../web/components.tsx';
import { renderPage, SignedOutPage } from '../../web/layout.tsx';
import { presentRefusal, statusOf } from '../../web/present.ts';
import { fieldsOf, goOn, keyOf, sendPage } from '../../web/read.ts';
import type { SignedIn } from '../../web/serve.tsx';
import { acceptInvitation } from '../acceptInvitation.ts';
import type { Auth } from '../auth.ts';
import { findPlace } from '../findPlace.ts';
import { signIn } from '../signIn.ts';
import { findInvitationByToken, findPerson, findPersonIdByEmail, type Invitation } from '../store.ts';
import { hashToken } from '../tokens.ts';
import { NewPersonFields } from './setUp.tsx';

type LinkRequest = { Params: { token: string } };

/** The link of an invitation: what it is for, and joining, with the sign-in one has or a new one. */
export function registerInvitationPages(app: FastifyInstance, house: House, auth: Auth): void {
  app.get<LinkRequest>('/invitations/:token', async (request, reply) => {
    const { token } = request.params;
    const invitation = await mustBeOpen(house, token);
    if (invitation.role === null)
      return reply.redirect(`/sign-up?${new URLSearchParams({ invitation: token, email: invitation.email })}`, 303);
    return show(request, reply, invitation);
  });

  app.post<LinkRequest>('/invitations/:token', async (request, reply) => {
    const { token } = request.params;
    const invitation = await mustBeOpen(house, token);
    const field = fieldsOf(request.body);
    const newcomer = { personName: field('personName'), password: field('password') };
    const acceptor = request.viewer ? { personId: request.viewer.personId } : newcomer;
    const decision = await acceptInvitation(house, token, acceptor, keyOf(request));
    if (!decision.ok) {
      const { sentence, fields } = presentRefusal(decision.refusal, 'UTC');
      return show(request, reply, invitation, { ...newcomer, sentence, fields }, statusOf(decision.refusal));
    }
    const signedIn = request.viewer ? null : await signIn(auth, request, invitation.email, newcomer.password);
    if (signedIn) reply.header('set-cookie', signedIn.cookies);
    const { name } = (await findPlace(house.db, decision.value, await readClock(house.db)))!;
    return goOn(reply, decision.value === houseId ? '/' : await homeOf(house, decision.value), {
      kind: 'success',
      text: `Welcome to ${name}. You are its ${roleNames[invitation.role!]}.`,
    });
  });

  async function show(
    request: FastifyRequest<LinkRequest>,
    reply: FastifyReply,
    invitation: Invitation,
    refused?: Refusal,
    status = 200,
  ) {
    const place = await findPlace(house.db, invitation.ownerId, await readClock(house.db));
    if (!place) throw new Refused({ code: 'invitation-over' });
    const page = (
      <InvitationPage
        token={request.params.token}
        invitation={invitation}
        placeName={place.name}
        inviterName={(await findPerson(house.db, invitation.invitedBy))?.name ?? 'Somebody'}
        isKnown={(await findPersonIdByEmail(house.db, invitation.email)) !== null}
        viewer={request.viewer}
        refused={refused}
      />
    );
    return sendPage(reply, renderPage(page), status);
  }
}

async function mustBeOpen(house: House, token: string): Promise<Invitation> {
  const invitation = await findInvitationByToken(house.db, hashToken(token), await readClock(house.db));
  if (!invitation) throw new Refused({ code: 'invitation-over' });
  return invitation;
}

async function homeOf(house: House, ownerId: number): Promise<string> {
  const place = await findPlace(house.db, ownerId, await readClock(house.db));
  return place?.kind === 'agency' ? `/agencies/${ownerId}` : `/accounts/${ownerId}`;
}

interface Refusal {
  sentence: string;
  fields: Readonly<Record<string, string>>;
  personName: string;
}

interface InvitationPageProps {
  token: string;
  invitation: Invitation;
  placeName: string;
  inviterName: string;
  /** Somebody signs in with this address already. */
  isKnown: boolean;
  viewer: SignedIn | null;
  refused: Refusal | undefined;
}

function InvitationPage(props: InvitationPageProps) {
  const { token, invitation, placeName, inviterName, isKnown, viewer, refused } = props;
  const { email, role } = invitation;
  const action = `/invitations/${encodeURIComponent(token)}`;
  const isTheirs = viewer?.email === email;
  const next = new URLSearchParams({ next: action, email });
  return (
    <SignedOutPage title={`Join ${placeName}`} lead={`${inviterName} invites ${email} as ${roleNames[role!]}.`}>
      {viewer && !isTheirs ? (
        <>
          <p>
            You are signed in as {viewer.email}, and this invitation is for {email}. Sign out, then open the link of the
            mail again.
          </p>
          <Form action="/sign-out">
            <FormActions>
              <Button variant="primary">Sign out</Button>
            </FormActions>
          </Form>
        </>
      ) : isKnown && !viewer ? (
        <>
          <p>Somebody signs in with this address already. Sign in, and you come back here.</p>
          <LinkButton href={`/sign-in?${next}`} variant="primary">
            Sign in and join
          </LinkButton>
        </>
      ) : (
        <Form action={action} idempotencyKey={newKey()} refusal={refused?.sentence}>
          {!viewer && (
            <NewPersonFields
              person={{ personName: refused?.personName ?? '', email }}
              fields={refused?.fields}
              emailGiven
            />
          )}
          <FormActions>
            <Button variant="primary">Join {placeName}</Button>
          </FormActions>
        </Form>
      )}
    </SignedOutPage>
  );
}
