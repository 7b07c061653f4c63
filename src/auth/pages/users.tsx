import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  accountShell,
  agencyShell,
  enterAccount,
  enterAgency,
  enterOperations,
  houseShell,
  type Shell,
} from '../../accounts/enter.ts';
import type { NamedMember } from '../../accounts/store.ts';
import { readClock } from '../../platform/clock.ts';
import type { House } from '../../platform/house.ts';
import { newKey } from '../../platform/ids.ts';
import { type Actor, houseId } from '../../platform/operation.ts';
import { Refused } from '../../rules/decision.ts';
import { decideOwnerChange, mayGrant, type OwnerKind, rolesIn } from '../../rules/people.ts';
import { type Role, roleNames, roles } from '../../rules/permission.ts';
import { answerButton } from '../../web/answer.ts';
import {
  Badge,
  Button,
  ButtonForm,
  Card,
  Confirmation,
  Field,
  Form,
  FormActions,
  LinkButton,
  Moment,
  Muted,
  PageHeader,
  Row,
  Setting,
  Settings,
  Stack,
  Table,
} from '../../web/components.tsx';
import { formatMoment } from '../../web/format.ts';
import { Page, type PageNotice, renderPage } from '../../web/layout.tsx';
import { presentRefusal, statusOf } from '../../web/present.ts';
import { fieldsOf, goOn, idOf, keyOf, sendPage } from '../../web/read.ts';
import { changeOwner } from '../changeOwner.ts';
import { changeRole, removePerson } from '../changeRole.ts';
import { findPlace, type PeoplePlace } from '../findPlace.ts';
import { type Invited, invitePerson } from '../invitePerson.ts';
import { findInvitations, type Invitation } from '../store.ts';
import { withdrawInvitation } from '../withdrawInvitation.ts';

/** A place whose people are managed, entered by somebody who may. */
interface EnteredPlace {
  actor: Extract<Actor, { kind: 'person' }>;
  held: readonly Role[];
  ownerId: number;
  /** The address of the list. */
  href: string;
  title: string;
  timeZone: string;
  breadcrumbs: readonly { label: string; href?: string }[];
  /** Not in a canceled account, where people can only be taken away. */
  mayManage: boolean;
  shell(reply: FastifyReply): Promise<Shell>;
}

/** All parameters that an address of the three places may have; each route has those that its handler reads. */
type AnyRequest = FastifyRequest<{
  Params: { accountId: string; agencyId: string; personId: string; invitationId: string };
}>;
type Parameters = { Params: AnyRequest['params'] };

interface Where {
  /** The address as a route. */
  route: string;
  enter(request: AnyRequest): Promise<EnteredPlace>;
}

/** Settings → Manage Users of an account and of an agency, and the operator's Staff: one page over three places. */
export function registerUserPages(app: FastifyInstance, house: House): void {
  for (const where of [ofAccount(house), ofAgency(house), ofHouse(house)]) registerPlace(app, house, where);
}

const ofAccount = (house: House): Where => ({
  route: '/accounts/:accountId/users',
  async enter(request) {
    const entered = await enterAccount(house, request, 'remove-user');
    const { account, actor, base, roles: held } = entered;
    return {
      actor,
      held,
      ownerId: account.accountId,
      href: `${base}/users`,
      title: 'Manage Users',
      timeZone: account.timeZone,
      breadcrumbs: [{ label: 'Settings' }, { label: 'Manage Users', href: `${base}/users` }],
      mayManage: entered.may('manage-users'),
      shell: (reply) => accountShell(house, request, reply, entered),
    };
  },
});

const ofAgency = (house: House): Where => ({
  route: '/agencies/:agencyId/users',
  async enter(request) {
    const entered = await enterAgency(house, request, 'remove-user');
    const { agency, actor, base, roles: held } = entered;
    return {
      actor,
      held,
      ownerId: agency.agencyId,
      href: `${base}/users`,
      title: 'Manage Users',
      timeZone: agency.timeZone,
      breadcrumbs: [{ label: 'Settings' }, { label: 'Manage Users', href: `${base}/users` }],
      mayManage: entered.may('manage-users'),
      shell: (reply) => agencyShell(house, request, reply, entered),
    };
  },
});

const ofHouse = (house: House): Where => ({
  route: '/operations/staff',
  async enter(request) {
    const { viewer, roles: held } = await enterOperations(house, request, 'manage-staff');
    return {
      actor: { kind: 'person', personId: viewer.personId },
      held,
      ownerId: houseId,
      href: '/operations/staff',
      title: 'Staff',
      timeZone: 'UTC',
      breadcrumbs: [{ label: 'Operations' }, { label: 'Staff', href: '/operations/staff' }],
      mayManage: true,
      shell: (reply) => houseShell(house, request, reply, viewer),
    };
  },
});

function registerPlace(app: FastifyInstance, house: House, { route, enter }: Where): void {
  app.get<Parameters>(route, async (request, reply) => show(reply, await enter(request)));

  app.post<Parameters>(route, async (request, reply) => {
    const place = await enter(request);
    const field = fieldsOf(request.body);
    const invited: Invited = { email: field('email'), role: roleIn(field('role')) };
    const decision = await invitePerson(house, place.actor, place.ownerId, invited, keyOf(request));
    if (decision.ok) return goOn(reply, place.href, invitedNotice(house, invited.email));
    const { sentence, fields } = presentRefusal(decision.refusal, place.timeZone);
    return show(reply, place, { ...invited, sentence, fields }, statusOf(decision.refusal));
  });

  app.post<Parameters>(`${route}/invitations/:invitationId/withdraw`, async (request, reply) => {
    const { actor, ownerId, href } = await enter(request);
    const invitationId = idOf(request.params.invitationId);
    const decision = await withdrawInvitation(house, actor, ownerId, invitationId, keyOf(request));
    return answerButton(reply, decision, {
      href,
      timeZone: 'UTC',
      done: 'The invitation was withdrawn; its link no longer works.',
    });
  });

  app.post<Parameters>(`${route}/:personId/role`, async (request, reply) => {
    const { actor, ownerId, href } = await enter(request);
    const role = roleIn(fieldsOf(request.body)('role'));
    if (!role) throw new Refused({ code: 'invalid-input', fields: { role: 'Choose a role from the list.' } });
    const wanted = { personId: request.params.personId, role };
    const decision = await changeRole(house, actor, ownerId, wanted, keyOf(request));
    return answerButton(reply, decision, { href, timeZone: 'UTC', done: `The role is now ${roleNames[role]}.` });
  });

  for (const what of ['', '/remove'] as const) {
    const PersonPage = what === '' ? EditPage : RemovalPage;
    app.get<Parameters>(`${route}/:personId${what}`, async (request, reply) => {
      const entered = await enter(request);
      const place = await mustFindPlace(house, entered.ownerId);
      const person = peopleIn(place.members).find((each) => each.personId === request.params.personId);
      if (!person) throw new Refused({ code: 'not-found' });
      const shell = await entered.shell(reply);
      return sendPage(reply, renderPage(<PersonPage shell={shell} entered={entered} place={place} person={person} />));
    });
  }

  app.post<Parameters>(`${route}/:personId/remove`, async (request, reply) => {
    const { actor, ownerId, href } = await enter(request);
    const decision = await removePerson(house, actor, ownerId, request.params.personId, keyOf(request));
    return answerButton(reply, decision, { href, timeZone: 'UTC', done: 'The person has no role here any more.' });
  });

  if (route !== '/operations/staff') {
    app.post<Parameters>(`${route}/:personId/own`, async (request, reply) => {
      const { actor, ownerId, href } = await enter(request);
      const decision = await changeOwner(house, actor, ownerId, request.params.personId, keyOf(request));
      return answerButton(reply, decision, { href, timeZone: 'UTC', done: 'The owner was changed.' });
    });
  }

  async function show(reply: FastifyReply, entered: EnteredPlace, refused?: RefusedInvitation, status = 200) {
    const place = await mustFindPlace(house, entered.ownerId);
    const invitations = await findInvitations(house.db, entered.ownerId, await readClock(house.db));
    const page = (
      <UsersPage
        shell={await entered.shell(reply)}
        entered={entered}
        place={place}
        invitations={invitations}
        refused={refused}
      />
    );
    return sendPage(reply, renderPage(page), status);
  }
}

async function mustFindPlace(house: House, ownerId: number): Promise<PeoplePlace> {
  const place = await findPlace(house.db, ownerId, await readClock(house.db));
  if (!place) throw new Refused({ code: 'not-found' });
  return place;
}

const roleIn = (text: string): Role | null => roles.find((each) => each === text) ?? null;

function invitedNotice(house: House, email: string): PageNotice & { details?: undefined } {
  if (house.config.development)
    return { kind: 'success', text: `The invitation for ${email} is on the page of outgoing mail, /development/mail.` };
  if (!house.mailer)
    return {
      kind: 'attention',
      text: `The invitation for ${email} waits: this installation has no mail server yet. Its operator sets SMTP_URL.`,
    };
  return { kind: 'success', text: `An invitation is on its way to ${email}.` };
}

interface RefusedInvitation extends Invited {
  sentence: string;
  fields: Readonly<Record<string, string>>;
}

interface Person {
  personId: string;
  name: string;
  email: string;
  hasSecondFactor: boolean;
  grantedAt: Date;
  isOwner: boolean;
  roles: Role[];
}

/** One line for each person, whatever number of roles they have. */
function peopleIn(members: readonly NamedMember[]): Person[] {
  const people = new Map<string, Person>();
  for (const { role, ...member } of members) {
    const known = people.get(member.personId);
    if (!known) people.set(member.personId, { ...member, roles: [role] });
    else {
      known.roles.push(role);
      known.isOwner ||= member.isOwner;
    }
  }
  return [...people.values()];
}

const leads: Record<OwnerKind, string> = {
  account: 'People with a role in this account itself. People of its agency reach in as well, and are managed there.',
  agency: 'People of the agency. They reach into all of its sub-accounts.',
  house: 'Who operates this installation, and its support desk.',
};

interface UsersPageProps {
  shell: Shell;
  entered: EnteredPlace;
  place: PeoplePlace;
  invitations: readonly Invitation[];
  refused: RefusedInvitation | undefined;
}

function UsersPage({ shell, entered, place, invitations, refused }: UsersPageProps) {
  const { actor, held, href, mayManage, timeZone, title } = entered;
  const people = peopleIn(place.members);
  const grantable = rolesIn[place.kind].filter((role) => mayGrant(held, role));
  const options = grantable.map((role) => ({ value: role, label: roleNames[role] }));
  const moment = (date: Date) => <Moment at={date} text={formatMoment(date, timeZone)} />;
  return (
    <Page {...shell} title={title} breadcrumbs={entered.breadcrumbs}>
      <PageHeader title={title} description={leads[place.kind]} />
      <Stack>
        {mayManage && (
          <Card title="Invite somebody" description="They get a link by mail, and choose their own password.">
            <Form action={href} idempotencyKey={newKey()} inline refusal={refused?.sentence}>
              <Field
                name="email"
                label="E-mail"
                kind="email"
                required
                autocomplete="off"
                value={refused?.email ?? ''}
                error={refused?.fields.email}
              />
              <Field
                name="role"
                label="Role"
                kind="select"
                value={refused?.role ?? options.at(-1)?.value ?? ''}
                options={[
                  ...options,
                  ...(place.kind === 'house' ? [{ value: '', label: 'A customer, who opens an account' }] : []),
                ]}
                error={refused?.fields.role}
              />
              <Button variant="primary">Invite</Button>
            </Form>
          </Card>
        )}
        <Table
          caption="People"
          captionShown
          rows={people}
          rowKey={(person) => person.personId}
          columns={[
            {
              header: 'Name',
              main: true,
              wraps: true,
              cell: (person) => (
                <>
                  {person.name}
                  {person.personId === actor.personId && <Muted>, you</Muted>}
                  <small class="under">{person.email}</small>
                </>
              ),
            },
            {
              header: 'Role',
              cell: (person) => (
                <>
                  {person.roles.map((role) => roleNames[role]).join(', ')}{' '}
                  {person.isOwner && <Badge tone="info">Owner</Badge>}
                </>
              ),
            },
            { header: 'Second factor', cell: (person) => (person.hasSecondFactor ? 'On' : 'Off') },
            {
              header: 'Do',
              actions: true,
              cell: (person) => (
                <LinkButton href={`${href}/${person.personId}`} size="small" spoken={`Edit ${person.name}`}>
                  Edit
                </LinkButton>
              ),
            },
          ]}
          empty={<p class="field-hint">Nobody yet.</p>}
        />
        {invitations.length > 0 && (
          <Table
            caption="Invitations that wait"
            captionShown
            rows={invitations}
            rowKey={(invitation) => invitation.invitationId}
            columns={[
              { header: 'E-mail', main: true, wraps: true, cell: (invitation) => invitation.email },
              {
                header: 'As',
                cell: (invitation) =>
                  invitation.role ? roleNames[invitation.role] : 'A customer, with an own account',
              },
              { header: 'Sent', cell: (invitation) => moment(invitation.invitedAt) },
              { header: 'Works until', cell: (invitation) => moment(invitation.expiresAt) },
              {
                header: 'Do',
                actions: true,
                cell: (invitation) => (
                  <Row gap="tight">
                    {mayManage && (
                      <ButtonForm
                        action={href}
                        idempotencyKey={newKey()}
                        hidden={{ email: invitation.email, role: invitation.role ?? '' }}
                        size="small"
                        spoken={`Send again: ${invitation.email}`}
                      >
                        Send again
                      </ButtonForm>
                    )}
                    <ButtonForm
                      action={`${href}/invitations/${invitation.invitationId}/withdraw`}
                      idempotencyKey={newKey()}
                      size="small"
                      variant="ghost"
                      spoken={`Withdraw: ${invitation.email}`}
                    >
                      Withdraw
                    </ButtonForm>
                  </Row>
                ),
              },
            ]}
          />
        )}
      </Stack>
    </Page>
  );
}

interface PersonPageProps {
  shell: Shell;
  entered: EnteredPlace;
  place: PeoplePlace;
  person: Person;
}

function EditPage({ shell, entered, place, person }: PersonPageProps) {
  const { actor, breadcrumbs, held, href, mayManage, timeZone } = entered;
  const own = `${href}/${person.personId}`;
  const options = rolesIn[place.kind].filter((role) => mayGrant(held, role));
  const isReachable = person.roles.every((role) => mayGrant(held, role));
  const mayHandOn =
    mayManage &&
    place.kind !== 'house' &&
    decideOwnerChange(place.kind, { personId: actor.personId, held }, place.members, person.personId).ok;
  const head = rolesIn[place.kind][0]!;
  return (
    <Page {...shell} title={person.name} width="reading" breadcrumbs={[...breadcrumbs, { label: person.name }]}>
      <PageHeader
        title={person.name}
        badge={person.isOwner && <Badge tone="info">Owner</Badge>}
        description={`${person.email}, here since ${formatMoment(person.grantedAt, timeZone)}. The second factor is ${person.hasSecondFactor ? 'on' : 'off'}.`}
      />
      <Stack>
        <Card title="Role" description="It takes effect at once, also where the person is signed in.">
          {isReachable && mayManage ? (
            <Form action={`${own}/role`} idempotencyKey={newKey()}>
              <Field
                name="role"
                label="Role"
                kind="select"
                value={person.roles[0]!}
                options={options.map((role) => ({ value: role, label: roleNames[role] }))}
              />
              <FormActions>
                <Button variant="primary">Save role</Button>
              </FormActions>
            </Form>
          ) : (
            <p>
              {person.roles.map((role) => roleNames[role]).join(', ')}. Only somebody whose own role reaches that far
              changes it.
            </p>
          )}
        </Card>
        <Settings>
          {place.kind !== 'house' && (
            <Setting
              title="Owner"
              description={sayOwner(person, roleNames[head], mayHandOn)}
              action={
                mayHandOn && !person.isOwner ? (
                  <ButtonForm action={`${own}/own`} idempotencyKey={newKey()}>
                    Make owner
                  </ButtonForm>
                ) : undefined
              }
            />
          )}
          <Setting
            title="Remove"
            description="Takes every role here away. The person’s sign-in stays, and what they are elsewhere."
            action={
              isReachable ? (
                <LinkButton href={`${own}/remove`} dialog>
                  Remove
                </LinkButton>
              ) : undefined
            }
          />
        </Settings>
      </Stack>
    </Page>
  );
}

function sayOwner(person: Person, headName: string, mayHandOn: boolean): string {
  if (person.isOwner)
    return 'The one whom the platform turns to. The owner can’t be removed; to hand it on, open the next owner here.';
  if (!person.roles.some((role) => roleNames[role] === headName)) return `The owner has to be ${headName}.`;
  return mayHandOn ? 'Hands the ownership on to this person.' : 'Only the owner hands the ownership on.';
}

function RemovalPage({ shell, entered, place, person }: PersonPageProps) {
  const { actor, breadcrumbs, href } = entered;
  const isSelf = person.personId === actor.personId;
  return (
    <Page {...shell} title="Remove" width="reading" breadcrumbs={[...breadcrumbs, { label: 'Remove' }]}>
      <Confirmation
        title={`Remove ${person.name}?`}
        lead={
          isSelf
            ? `You take your own role in ${place.name} away, and can’t give it back to yourself.`
            : `${person.name} loses every role in ${place.name} at once. Their sign-in stays, and what they are elsewhere.`
        }
        actions={
          <>
            <ButtonForm action={`${href}/${person.personId}/remove`} idempotencyKey={newKey()} variant="primary">
              Remove {person.name}
            </ButtonForm>
            <LinkButton href={href} variant="ghost" closesDialog>
              Never mind
            </LinkButton>
          </>
        }
      />
    </Page>
  );
}
