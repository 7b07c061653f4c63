import type { FastifyReply, FastifyRequest } from 'fastify';
import { newKey } from '../platform/ids.ts';
import { Refused } from '../rules/decision.ts';
import type { SwitchKind } from '../rules/standing.ts';
import type { PageNotice } from './layout.tsx';

/** A form's or query's fields as text; whatever was sent twice or isn't text is as if it weren't there. */
export function fieldsOf(source: unknown): (name: string) => string {
  const record = source !== null && typeof source === 'object' ? (source as Record<string, unknown>) : {};
  return (name) => {
    const value = Object.hasOwn(record, name) ? record[name] : undefined;
    if (typeof value === 'string') return value.replaceAll('\0', '').trim();
    return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
  };
}

/** An empty field means nothing was given. */
export const orNull = (text: string): string | null => (text === '' ? null : text);

/** An id in an address; anything that isn't one leads nowhere. */
export function idOf(text: string | undefined): number {
  const id = /^\d{1,16}$/.test(text ?? '') ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(id) || id < 1) throw new Refused({ code: 'not-found' });
  return id;
}

/** Which switch an address names. */
export function switchKindOf(text: string): SwitchKind {
  if (text === 'pause' || text === 'stop') return text;
  throw new Refused({ code: 'not-found' });
}

/** The idempotency key of a request: a form's hidden field, an API client's header, or a fresh one. */
export function keyOf(request: FastifyRequest): string {
  const header = request.headers['idempotency-key'];
  const given = fieldsOf(request.body)('idempotencyKey') || (typeof header === 'string' ? header : '');
  return given.slice(0, 200) || newKey();
}

const noticeCookie = 'switchhook.notice';

/** Goes on to another page and says there, once, what was done. */
export function goOn(reply: FastifyReply, href: string, notice?: PageNotice & { details?: undefined }): FastifyReply {
  if (notice) {
    const value = Buffer.from(JSON.stringify(notice)).toString('base64url');
    reply.setCookie(noticeCookie, value, { path: '/', httpOnly: true, sameSite: 'lax', maxAge: 60 });
  }
  return reply.redirect(href, 303);
}

/** What the page before wanted to be said here; gone after this. */
export function takeNotice(request: FastifyRequest, reply: FastifyReply): PageNotice | undefined {
  const value = request.cookies[noticeCookie];
  if (!value) return undefined;
  reply.clearCookie(noticeCookie, { path: '/' });
  try {
    const { kind, text } = JSON.parse(Buffer.from(value, 'base64url').toString()) as PageNotice;
    if (
      (kind === 'success' || kind === 'info' || kind === 'refusal' || kind === 'attention') &&
      typeof text === 'string'
    )
      return { kind, text };
  } catch {}
  return undefined;
}

export function sendPage(reply: FastifyReply, page: string, status = 200): FastifyReply {
  return reply.code(status).type('text/html; charset=utf-8').header('cache-control', 'no-store').send(page);
}
