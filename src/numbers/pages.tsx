import type { FastifyInstance } from 'fastify';
import type { House } from '../platform/house.ts';
import { registerBuyingPages } from './pages/buying.tsx';
import { registerEditingPages } from './pages/editing.tsx';
import type { FindLastShown } from './pages/lastShown.tsx';
import { registerOperationsPages } from './pages/operations.tsx';
import { registerReceivingPages } from './pages/receiving.tsx';
import { registerReleasedPages } from './pages/released.tsx';
import { registerNumberSwitches } from './pages/switches.ts';
import { registerTrackingPage } from './pages/tracking.tsx';

/** Every page about numbers: buying, using, releasing, restoring, and what the carrier was asked. */
export function registerNumberPages(app: FastifyInstance, house: House, findLastShown: FindLastShown): void {
  registerTrackingPage(app, house, findLastShown);
  registerBuyingPages(app, house);
  registerEditingPages(app, house, findLastShown);
  registerNumberSwitches(app, house);
  registerReleasedPages(app, house);
  registerReceivingPages(app, house);
  registerOperationsPages(app, house);
}
