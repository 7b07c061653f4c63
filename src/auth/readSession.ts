import type { FastifyInstance } from 'fastify';
import type { Auth } from './auth.ts';

/** Sets `request.viewer` from the session cookie, before any handler; requests without one cost no look-up. */
export function readSessions(app: FastifyInstance, auth: Auth): void {
  app.addHook('preHandler', async (request) => {
    if (!request.headers.cookie?.includes('switchhook.session_token')) return;
    const session = await auth.api.getSession({ headers: new Headers({ cookie: request.headers.cookie }) });
    if (session) request.viewer = { personId: session.user.id, name: session.user.name, email: session.user.email };
  });
}
