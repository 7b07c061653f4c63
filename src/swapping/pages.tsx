import type { FastifyInstance } from 'fastify';
import type { House } from '../platform/house.ts';
import { registerCodePages } from './code/pages.tsx';
import { registerPoolPages } from './pools/pages.tsx';
import { registerSourcePages } from './sources/pages.tsx';
import { registerTargetPages } from './targets/pages.tsx';
import { registerVisitorPages } from './visitors/pages.tsx';

/** Every page about number swapping but its reports, which tell of calls as well. */
export function registerSwappingPages(app: FastifyInstance, house: House): void {
  registerSourcePages(app, house);
  registerTargetPages(app, house);
  registerPoolPages(app, house);
  registerCodePages(app, house);
  registerVisitorPages(app, house);
}
