import type { FastifyInstance, FastifyReply, FastifyRequest, RouteShorthandOptions } from 'fastify';
import { accountShell, agencyShell, enterAccount, enterAgency, type Shell } from '../../accounts/enter.ts';
import type { House } from '../../platform/house.ts';
import type { Actor } from '../../platform/operation.ts';
import type { Action } from '../../rules/permission.ts';

/** Somebody inside whoever has cards: an account or an agency, whose pages differ in nothing but their addresses. */
export interface EnteredOwner {
  ownerId: number;
  name: string;
  timeZone: string;
  base: string;
  actor: Actor;
  may(action: Action): boolean;
  shell(reply: FastifyReply): Promise<Shell>;
}

type Inner = { Params: { accountId: string; agencyId: string; cardId: string; paymentId: string } };
export type OwnerRequest = FastifyRequest<Inner>;
type Handler = (entered: EnteredOwner, request: OwnerRequest, reply: FastifyReply) => Promise<unknown>;

/** Registers a route below every account and below every agency; `view-billing` is asked before anything is looked at. */
export function ofOwner(
  app: FastifyInstance,
  house: House,
  method: 'get' | 'post' | 'put' | 'delete',
  prefix: '' | '/api/v1',
  path: string,
  handle: Handler,
  options: RouteShorthandOptions = {},
): void {
  app[method]<Inner>(`${prefix}/accounts/:accountId${path}`, options, async (request, reply) => {
    const entered = await enterAccount(house, request, 'view-billing');
    const { account, base, actor, may } = entered;
    const { accountId: ownerId, name, timeZone } = account;
    const shell = (to: FastifyReply) => accountShell(house, request, to, entered);
    return handle({ ownerId, name, timeZone, base, actor, may, shell }, request, reply);
  });
  app[method]<Inner>(`${prefix}/agencies/:agencyId${path}`, options, async (request, reply) => {
    const entered = await enterAgency(house, request, 'view-billing');
    const { agency, base, actor, may } = entered;
    const { agencyId: ownerId, name, timeZone } = agency;
    const shell = (to: FastifyReply) => agencyShell(house, request, to, entered);
    return handle({ ownerId, name, timeZone, base, actor, may, shell }, request, reply);
  });
}
