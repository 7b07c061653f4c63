import type { FastifyInstance } from 'fastify';
import type { House } from '../platform/house.ts';
import { registerAgencyPages } from './pages/agency.tsx';
import { registerCancelingPages } from './pages/canceling.tsx';
import { registerClosingPages } from './pages/closing.tsx';
import { registerHoldPages } from './pages/holds.tsx';
import { registerJournalPages } from './pages/journal.tsx';
import { registerPayerPages } from './pages/payer.tsx';
import { registerSettingsPage } from './pages/settings.tsx';
import { registerSignUpPages } from './pages/signUp.tsx';
import { registerStartPages } from './pages/start.tsx';
import { registerSwitchPages } from './pages/switches.ts';

/** Every page of an account's life: opening, settings, pausing, stopping, closing, coming back. */
export function registerLifecyclePages(app: FastifyInstance, house: House): void {
  registerStartPages(app, house);
  registerSignUpPages(app, house);
  registerSettingsPage(app, house);
  registerClosingPages(app, house);
  registerCancelingPages(app, house);
  registerSwitchPages(app, house);
  registerAgencyPages(app, house);
  registerJournalPages(app, house);
  registerHoldPages(app, house);
  registerPayerPages(app, house);
}
