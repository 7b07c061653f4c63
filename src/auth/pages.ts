import type { FastifyInstance } from 'fastify';
import type { House } from '../platform/house.ts';
import type { Auth } from './auth.ts';
import { registerInstallationPages } from './pages/installation.tsx';
import { registerInvitationPages } from './pages/invitation.tsx';
import { registerMailPages } from './pages/mail.tsx';
import { registerProfilePages } from './pages/profile.tsx';
import { registerResetPages } from './pages/reset.tsx';
import { registerSecondFactorPages } from './pages/secondFactor.tsx';
import { registerSetUpPages } from './pages/setUp.tsx';
import { registerSignInPages } from './pages/signIn.tsx';
import { registerUserPages } from './pages/users.tsx';

/** Every page about getting in, and about who may. */
export function registerAuthPages(app: FastifyInstance, house: House, auth: Auth): void {
  registerSignInPages(app, house, auth);
  registerResetPages(app, house, auth);
  registerSetUpPages(app, house);
  registerInvitationPages(app, house, auth);
  registerProfilePages(app, house, auth);
  registerSecondFactorPages(app, house, auth);
  registerUserPages(app, house);
  registerInstallationPages(app, house);
  registerMailPages(app, house);
}
