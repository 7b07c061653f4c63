import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Agency, findAgenciesOf, findAgency, type ListedAgency } from '../agencies/store.ts';
import { readClock, readOffsetMs } from '../platform/clock.ts';
import type { House } from '../platform/house.ts';
import { liveSince } from '../platform/live.ts';
import { houseId } from '../platform/operation.ts';
import { Refused } from '../rules/decision.ts';
import { isStaffRole } from '../rules/people.ts';
import { type Action, decidePermission, fitsStanding, permissions, type Role } from '../rules/permission.ts';
import { allowances, type Standing } from '../rules/standing.ts';
import { formatMoment } from '../web/format.ts';
import type { NavigationItem, PageProps, SwitcherEntry } from '../web/layout.tsx';
import { idOf, takeNotice } from '../web/read.ts';
import type { SignedIn } from '../web/serve.tsx';
import { findAuthority } from './findAuthority.ts';
import { type Account, findAccount, findAccountIdsOf, findAccounts, findRoles } from './store.ts';

/** What a page spreads into `Page` beside its own title, breadcrumbs and content. */
export type Shell = Omit<PageProps, 'title' | 'children'>;

/** A person inside an account, with what they may do there. */
export interface Entered {
  viewer: SignedIn;
  actor: { kind: 'person'; personId: string };
  account: Account;
  roles: readonly Role[];
  now: Date;
  /** The start of every address of this account. */
  base: string;
  /** Before the page read anything; see `liveSince`. */
  since: number;
  may(action: Action): boolean;
}

export interface EnteredAgency {
  viewer: SignedIn;
  actor: { kind: 'person'; personId: string };
  agency: Agency;
  roles: readonly Role[];
  now: Date;
  base: string;
  since: number;
  may(action: Action): boolean;
}

/** Somebody who signed in; otherwise they are asked to. */
export function mustViewer(request: FastifyRequest): SignedIn {
  if (!request.viewer) throw new Refused({ code: 'sign-in-first' });
  return request.viewer;
}

/** Whether the page offers an action: the role has it and the standing leaves room for it. The deed checks again. */
const mayIn = (roles: readonly Role[], standing: Standing) => (action: Action) =>
  decidePermission(action, roles, standing).ok;

/**
 * Enters an account for a page or route that shows it. Strangers get a 404; a role without `action` a 403; after the 60
 * days nothing can be opened any more but what is owed.
 */
export async function enterAccount(
  house: House,
  request: FastifyRequest<{ Params: { accountId: string } }>,
  action: Action = 'view-account',
): Promise<Entered> {
  const viewer = mustViewer(request);
  const since = liveSince();
  const accountId = idOf(request.params.accountId);
  const now = await readClock(house.db);
  const account = await findAccount(house.db, accountId, now);
  const actor = { kind: 'person', personId: viewer.personId } as const;
  const authority =
    account && (await house.db.transaction().execute((tx) => findAuthority(tx, actor, accountId, false)));
  // To its staff an account is nothing to look into.
  const roles = authority ? authority.roles.filter((role) => !isStaffRole(role)) : [];
  if (!account || roles.length === 0) throw new Refused({ code: 'not-found' });
  mustNotBeShut(action, account.standing);
  const decision = decidePermission(action, roles, account.standing);
  if (!decision.ok) throw new Refused(decision.refusal);
  return {
    viewer,
    actor,
    account,
    roles,
    now,
    base: `/accounts/${accountId}`,
    since,
    may: mayIn(roles, account.standing),
  };
}

/** Whatever the role: that the 60 days have passed is said first. */
function mustNotBeShut(action: Action, standing: Standing): void {
  if (permissions[action].fits !== 'owed' && !fitsStanding('read', standing)) throw new Refused({ code: 'purged' });
}

/** Enters an agency, the same way. */
export async function enterAgency(
  house: House,
  request: FastifyRequest<{ Params: { agencyId: string } }>,
  action: Action = 'view-agency',
): Promise<EnteredAgency> {
  const viewer = mustViewer(request);
  const since = liveSince();
  const agencyId = idOf(request.params.agencyId);
  const now = await readClock(house.db);
  const agency = await findAgency(house.db, agencyId, now);
  const actor = { kind: 'person', personId: viewer.personId } as const;
  const authority = agency && (await house.db.transaction().execute((tx) => findAuthority(tx, actor, agencyId, false)));
  const roles = authority ? authority.roles.filter((role) => !isStaffRole(role)) : [];
  if (!agency || roles.length === 0) throw new Refused({ code: 'not-found' });
  mustNotBeShut(action, agency.standing);
  const decision = decidePermission(action, roles, agency.standing);
  if (!decision.ok) throw new Refused(decision.refusal);
  return {
    viewer,
    actor,
    agency,
    roles,
    now,
    base: `/agencies/${agencyId}`,
    since,
    may: mayIn(roles, agency.standing),
  };
}

/** The roles somebody has in the house itself; empty for customers. */
export async function findStaffRoles(house: House, viewer: SignedIn): Promise<readonly Role[]> {
  const actor = { kind: 'person', personId: viewer.personId } as const;
  const authority = await house.db.transaction().execute((tx) => findAuthority(tx, actor, houseId, false));
  return authority?.roles ?? [];
}

/** Enters the operator's pages. To everybody but staff they are not there. */
export async function enterOperations(
  house: House,
  request: FastifyRequest,
  action: Action = 'view-operations',
): Promise<Pick<Entered, 'viewer' | 'actor' | 'roles' | 'now' | 'may'>> {
  const viewer = mustViewer(request);
  const roles = await findStaffRoles(house, viewer);
  if (roles.length === 0) throw new Refused({ code: 'not-found' });
  const decision = decidePermission(action, roles, 'open');
  if (!decision.ok) throw new Refused(decision.refusal);
  const actor = { kind: 'person', personId: viewer.personId } as const;
  return { viewer, actor, roles, now: await readClock(house.db), may: mayIn(roles, 'open') };
}

/** The label of a standing, for the name at the top right. */
export const labelOf = (standing: Standing): string | null => allowances[standing].label;

/**
 * Where an account or agency opens for somebody: after its 60 days only what is owed does, to those who may see it; null where
 * nothing does.
 */
export async function findWayIn(
  house: House,
  viewer: SignedIn,
  place: { accountId: number; agencyId: number | null; standing: Standing } | ListedAgency,
): Promise<string | null> {
  const isAccount = 'accountId' in place;
  const base = isAccount ? `/accounts/${place.accountId}` : `/agencies/${place.agencyId}`;
  if (place.standing !== 'purged') return base;
  const asOwner = isAccount ? place : { accountId: place.agencyId, agencyId: null };
  const roles = await findRoles(house.db, viewer.personId, asOwner);
  return decidePermission('view-owed', roles, place.standing).ok ? `${base}/owed` : null;
}

const switcherSize = 30;

/** Accounts and agencies that a person can go to, for the switcher; an agency with hundreds has its Accounts page. */
async function listPlaces(
  house: House,
  viewer: SignedIn,
  now: Date,
  currentId: number,
): Promise<{ entries: SwitcherEntry[]; agencies: ListedAgency[] }> {
  const agencies = await findAgenciesOf(house.db, viewer.personId, now);
  const accountIds = await findAccountIdsOf(house.db, viewer.personId, { limit: switcherSize });
  const accounts = await findAccounts(house.db, accountIds, now);
  const places = [
    ...agencies.map((each) => ({ place: each, id: each.agencyId, group: 'Agencies' })),
    ...accounts.map((each) => ({ place: each, id: each.accountId, group: each.agencyName ?? 'Standalone accounts' })),
  ];
  const entries = await Promise.all(
    places.map(async ({ place, id, group }) => {
      const href = await findWayIn(house, viewer, place);
      const { name, standing } = place;
      return href === null ? [] : [{ href, name, label: labelOf(standing), group, current: id === currentId }];
    }),
  );
  return { agencies, entries: entries.flat() };
}

async function ribbonOf(house: House, now: Date, timeZone: string): Promise<Shell['ribbon']> {
  return (await readOffsetMs(house.db)) > 0 ? { pretendedDate: formatMoment(now, timeZone) } : undefined;
}

function link(href: string, label: string, path: string): NavigationItem {
  return {
    href,
    label,
    current:
      path === href || (path.startsWith(`${href}/`) && !['buy', 'released'].includes(path.slice(href.length + 1))),
  };
}

const reportLinks = (base: string, path: string) => [
  link(`${base}/reports/by-source`, 'Calls by Source', path),
  link(`${base}/reports/by-campaign`, 'Calls by Campaign', path),
  link(`${base}/reports/by-landing-page`, 'Calls by Landing Page', path),
  link(`${base}/visitors`, 'Visitors', path),
];

const helpAt = (base: string, path: string): NavigationItem => ({
  label: 'Help',
  icon: 'help',
  items: [link(`${base}/tickets`, 'Tickets', path)],
});

const liveHref = (base: string, standing: Standing, since: number): string =>
  `${base}${standing === 'purged' ? '/owed' : ''}/live?since=${since}`;

/** The shell of an account's page: menu by what the person may, switcher, name and label at the top right. */
export async function accountShell(
  house: House,
  request: FastifyRequest,
  reply: FastifyReply,
  entered: Entered,
): Promise<Shell> {
  const { viewer, account, base, now, may } = entered;
  const path = request.url.split('?')[0]!;
  const { entries, agencies } = await listPlaces(house, viewer, now, account.accountId);
  const ofAgency = agencies.find((each) => each.agencyId === account.agencyId);
  const navigation: NavigationItem[] = may('view-account')
    ? [{ label: 'Overview', href: base, icon: 'account', current: path === base }]
    : [];
  if (may('view-numbers')) {
    navigation.push({
      label: 'Numbers',
      icon: 'numbers',
      items: [
        ...(may('buy-number') ? [link(`${base}/numbers/buy`, 'Buy Numbers', path)] : []),
        link(`${base}/numbers`, 'Tracking Numbers', path),
        link(`${base}/receiving-numbers`, 'Receiving Numbers', path),
        ...(may('view-sources')
          ? [
              link(`${base}/sources`, 'Tracking Sources', path),
              link(`${base}/target-numbers`, 'Target Numbers', path),
              link(`${base}/pools`, 'Number Pools', path),
            ]
          : []),
      ],
    });
  }
  if (may('view-calls'))
    navigation.push({ label: 'Calls', icon: 'calls', items: [link(`${base}/calls`, 'Call Log', path)] });
  if (may('view-reports')) navigation.push({ label: 'Reports', icon: 'list', items: reportLinks(base, path) });
  const settings = [
    ...(may('view-settings') ? [link(`${base}/settings`, 'Account Settings', path)] : []),
    ...(may('view-sources') ? [link(`${base}/tracking-code`, 'Tracking Code', path)] : []),
    ...(ofAgency
      ? [
          link(`/agencies/${ofAgency.agencyId}/accounts`, 'Accounts', path),
          link(`/agencies/${ofAgency.agencyId}/settings`, 'Parent Settings', path),
        ]
      : []),
    ...(may('remove-user') ? [link(`${base}/users`, 'Manage Users', path)] : []),
    ...(may('view-billing') ? [link(`${base}/billing`, 'Billing', path)] : []),
    ...(may('view-owed') ? [link(`${base}/owed`, 'What Is Owed', path)] : []),
    ...(may('view-settings') ? [link(`${base}/journal`, 'Journal', path)] : []),
  ];
  if (settings.length > 0) navigation.push({ label: 'Settings', icon: 'settings', items: settings });
  if (may('view-tickets')) navigation.push(helpAt(base, path));
  return {
    viewer,
    place: {
      kind: 'account',
      id: account.accountId,
      name: account.name,
      label: labelOf(account.standing),
      ...(account.agencyName ? { agencyName: account.agencyName } : {}),
    },
    switcher: entries,
    navigation,
    live: liveHref(base, account.standing, entered.since),
    ribbon: await ribbonOf(house, now, account.timeZone),
    notice: takeNotice(request, reply),
    personMenu: await personMenu(house, viewer),
  };
}

/** The shell of an agency's page. */
export async function agencyShell(
  house: House,
  request: FastifyRequest,
  reply: FastifyReply,
  entered: EnteredAgency,
): Promise<Shell> {
  const { viewer, agency, base, now, may } = entered;
  const path = request.url.split('?')[0]!;
  const { entries } = await listPlaces(house, viewer, now, agency.agencyId);
  return {
    viewer,
    place: { kind: 'agency', id: agency.agencyId, name: agency.name, label: labelOf(agency.standing) },
    switcher: entries,
    navigation: [
      {
        label: 'Settings',
        icon: 'settings',
        items: [
          ...(may('view-agency')
            ? [link(`${base}/accounts`, 'Accounts', path), link(`${base}/settings`, 'Parent Settings', path)]
            : []),
          ...(may('manage-users') ? [link(`${base}/users`, 'Manage Users', path)] : []),
          ...(may('view-billing') ? [link(`${base}/billing`, 'Billing', path)] : []),
          ...(may('view-owed') ? [link(`${base}/owed`, 'What Is Owed', path)] : []),
          ...(may('view-agency') ? [link(`${base}/journal`, 'Journal', path)] : []),
        ],
      },
      ...(may('view-tickets') ? [helpAt(base, path)] : []),
    ],
    live: liveHref(base, agency.standing, entered.since),
    ribbon: await ribbonOf(house, now, agency.timeZone),
    notice: takeNotice(request, reply),
    personMenu: await personMenu(house, viewer),
  };
}

/** The shell of a page that belongs to no account: the start page, and the operator's. */
export async function houseShell(
  house: House,
  request: FastifyRequest,
  reply: FastifyReply,
  viewer: SignedIn,
): Promise<Shell> {
  const now = await readClock(house.db);
  const path = request.url.split('?')[0]!;
  const { entries } = await listPlaces(house, viewer, now, houseId);
  const staffRoles = await findStaffRoles(house, viewer);
  const isStaff = staffRoles.length > 0;
  const may = mayIn(staffRoles, 'open');
  const operations: NavigationItem = {
    label: 'Operations',
    icon: 'operations',
    items: [
      link('/operations/carrier-commands', 'Carrier Commands', path),
      ...(house.simulation ? [link('/operations/carrier', 'Simulated Carrier', path)] : []),
      link('/operations/payments', 'Payments', path),
      ...(house.paymentsSimulation ? [link('/operations/simulated-payments', 'Simulated Payments', path)] : []),
      ...(may('answer-ticket') ? [link('/operations/tickets', 'Tickets', path)] : []),
      ...(may('pay-refund') ? [link('/operations/refunds', 'Refunds', path)] : []),
      ...(may('view-unclaimed') ? [link('/operations/unclaimed', 'Unclaimed Balances', path)] : []),
      ...(may('hold-calls') ? [link('/operations/holds', 'Held Calls', path)] : []),
      ...(may('set-prices') ? [link('/operations/plans', 'Plans', path)] : []),
      ...(may('manage-staff') ? [link('/operations/staff', 'Staff', path)] : []),
      ...(may('change-installation') ? [link('/operations/installation', 'Installation', path)] : []),
    ],
  };
  return {
    viewer,
    ...(isStaff ? { place: { kind: 'operations', id: 'operations', name: 'Operations' } as const } : {}),
    switcher: entries,
    navigation: [
      { label: 'Start', href: '/', icon: 'account', current: path === '/' },
      ...(isStaff ? [operations] : []),
    ],
    ribbon: await ribbonOf(house, now, 'UTC'),
    notice: takeNotice(request, reply),
    personMenu: await personMenu(house, viewer),
  };
}

async function personMenu(house: House, viewer: SignedIn): Promise<NonNullable<Shell['personMenu']>> {
  const isStaff = (await findStaffRoles(house, viewer)).length > 0;
  return [
    { label: 'All accounts', href: '/' },
    { label: 'My Profile', href: '/profile' },
    ...(isStaff ? [{ label: 'Operations', href: '/operations/carrier-commands' }] : []),
  ];
}
