import type { FastifyInstance } from 'fastify';
import type { Auth } from './auth.ts';

/** Sets `request.viewer` from the session cookie, before any handler; requests without one cost no look-up. */
export function readSessions(app: FastifyInstance, auth: Auth): void {
  app.addHook('preHandler', async (request, reply) => {
    if (!request.headers.cookie?.includes('switchhook.session_token')) return;
    const headers = new Headers({ cookie: request.headers.cookie });
    const { response: session, headers: renewed } = await auth.api.getSession({ headers, returnHeaders: true });
    const cookies = renewed.getSetCookie();
    if (session && cookies.length > 0) reply.header('set-cookie', cookies);
    if (session) request.viewer = { personId: session.user.id, name: session.user.name, email: session.user.email };
  });
}
