import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import { accountShell, agencyShell, enterAccount, enterAgency, type Shell } from '../accounts/enter.ts';
import type { House } from '../platform/house.ts';
import type { Actor } from '../platform/operation.ts';
import type { Action } from '../rules/permission.ts';

/** An account or an agency whose money is looked at, for pages and routes that serve both. */
export interface BilledOwner {
  kind: 'account' | 'agency';
  ownerId: number;
  name: string;
  /** Who pays for it now, and its agency's name if it is one that pays. */
  payerId: number;
  payingAgency: string | null;
  timeZone: string;
  createdAt: Date;
  closedAt: Date | null;
  now: Date;
  actor: Actor;
  /** The start of its addresses. */
  base: string;
  may(action: Action): boolean;
  shell(reply: FastifyReply): Promise<Shell>;
}

type Params = Record<string, string>;
export type OwnerRequest = FastifyRequest<{ Params: Params & { accountId: string; agencyId: string } }>;
type Visit = (owner: BilledOwner, request: OwnerRequest, reply: FastifyReply) => unknown;

interface OwnerRoute {
  method?: HTTPMethods;
  /** What follows the owner's address. */
  path: string;
  /** For scripts, under /api/v1. */
  api?: boolean;
  /** Asked of whoever enters; a deed asks for its own besides. */
  action?: Action;
}

/** One handler at the same path under every account and every agency. */
export function registerForOwners(app: FastifyInstance, house: House, route: OwnerRoute, visit: Visit): void {
  const { method = 'GET', path, api = false, action = 'view-billing' } = route;
  const start = api ? '/api/v1' : '';
  app.route({
    method,
    url: `${start}/accounts/:accountId${path}`,
    handler: async (request, reply) => {
      const asked = request as OwnerRequest;
      return visit(await enterOwnAccount(house, asked, action), asked, reply);
    },
  });
  app.route({
    method,
    url: `${start}/agencies/:agencyId${path}`,
    handler: async (request, reply) => {
      const asked = request as OwnerRequest;
      return visit(await enterOwnAgency(house, asked, action), asked, reply);
    },
  });
}

async function enterOwnAccount(house: House, request: OwnerRequest, action: Action): Promise<BilledOwner> {
  const entered = await enterAccount(house, request, action);
  const { account, actor, base, may, now } = entered;
  return {
    kind: 'account',
    ownerId: account.accountId,
    name: account.name,
    payerId: account.payerId,
    payingAgency: account.payer === 'agency' ? account.agencyName : null,
    timeZone: account.timeZone,
    createdAt: account.createdAt,
    closedAt: account.closure?.closedAt ?? null,
    now,
    actor,
    base,
    may,
    shell: (reply) => accountShell(house, request, reply, entered),
  };
}

async function enterOwnAgency(house: House, request: OwnerRequest, action: Action): Promise<BilledOwner> {
  const entered = await enterAgency(house, request, action);
  const { agency, actor, base, may, now } = entered;
  return {
    kind: 'agency',
    ownerId: agency.agencyId,
    name: agency.name,
    payerId: agency.agencyId,
    payingAgency: null,
    timeZone: agency.timeZone,
    createdAt: agency.createdAt,
    closedAt: agency.closure?.closedAt ?? null,
    now,
    actor,
    base,
    may,
    shell: (reply) => agencyShell(house, request, reply, entered),
  };
}
