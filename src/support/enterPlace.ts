import type { FastifyReply, FastifyRequest } from 'fastify';
import { accountShell, agencyShell, enterAccount, enterAgency, type Shell } from '../accounts/enter.ts';
import type { House } from '../platform/house.ts';
import type { Actor } from '../platform/operation.ts';
import type { Action } from '../rules/permission.ts';
import type { Asker } from '../rules/tickets.ts';

/** An account or agency, entered by somebody who may see its tickets. */
export interface EnteredPlace {
  actor: Extract<Actor, { kind: 'person' }>;
  ownerId: number;
  name: string;
  agencyName: string | null;
  asker: Asker;
  timeZone: string;
  /** The start of its addresses. */
  base: string;
  now: Date;
  may(action: Action): boolean;
  shell(reply: FastifyReply): Promise<Shell>;
}

/** All parameters that an address of the two places may have. */
type AnyRequest = FastifyRequest<{ Params: { accountId: string; agencyId: string; ticketId: string } }>;
export type TicketRequest = { Params: AnyRequest['params'] };

export interface Where {
  /** The start of its addresses, as a route. */
  route: string;
  enter(request: AnyRequest, action?: Action): Promise<EnteredPlace>;
}

/** The two places that have tickets: one set of pages and routes over both. */
export const placesOf = (house: House): readonly Where[] => [ofAccount(house), ofAgency(house)];

const ofAccount = (house: House): Where => ({
  route: '/accounts/:accountId',
  async enter(request, action = 'view-tickets') {
    const entered = await enterAccount(house, request, action);
    const { account, actor, base, may, now } = entered;
    return {
      actor,
      ownerId: account.accountId,
      name: account.name,
      agencyName: account.agencyName,
      asker: account.agencyId === null ? 'standalone' : 'sub-account',
      timeZone: account.timeZone,
      base,
      now,
      may,
      shell: (reply) => accountShell(house, request, reply, entered),
    };
  },
});

const ofAgency = (house: House): Where => ({
  route: '/agencies/:agencyId',
  async enter(request, action = 'view-tickets') {
    const entered = await enterAgency(house, request, action);
    const { agency, actor, base, may, now } = entered;
    return {
      actor,
      ownerId: agency.agencyId,
      name: agency.name,
      agencyName: null,
      asker: 'agency',
      timeZone: agency.timeZone,
      base,
      now,
      may,
      shell: (reply) => agencyShell(house, request, reply, entered),
    };
  },
});
