import type { FastifyReply } from 'fastify';
import type { VNode } from 'preact';
import { type Decision, Refused } from '../rules/decision.ts';
import { renderPage } from './layout.tsx';
import { presentRefusal, type ShownRefusal, statusOf } from './present.ts';
import { goOn, sendPage } from './read.ts';

/** What is said once it is done; nothing where the page shows it by itself. */
type Done<Value> = string | ((value: Value) => string);

/** Answers a form: done leads on and says so there; refused draws the form's page again, with the reason and what was filled in. */
export async function answerForm<Value>(
  reply: FastifyReply,
  decision: Decision<Value>,
  way: {
    href: string | ((value: Value) => string);
    done: Done<Value>;
    /** Of the dates in a refusal. */
    timeZone: string;
    again: (refused: ShownRefusal) => VNode | Promise<VNode>;
  },
): Promise<FastifyReply> {
  if (!decision.ok) {
    const page = await way.again(presentRefusal(decision.refusal, way.timeZone));
    return sendPage(reply, renderPage(page), statusOf(decision.refusal));
  }
  const href = typeof way.href === 'function' ? way.href(decision.value) : way.href;
  return goOn(reply, href, noticeOf(decision.value, way.done));
}

/**
 * Answers a button that has no page of its own: done or refused, it leads on, and that is said there. What isn't there, or is none of
 * the person's business, gets the error page.
 */
export function answerButton<Value>(
  reply: FastifyReply,
  decision: Decision<Value>,
  { href, timeZone, done }: { href: string; timeZone: string; done?: Done<Value> },
): FastifyReply {
  if (decision.ok) return goOn(reply, href, noticeOf(decision.value, done));
  if (decision.refusal.code === 'not-found' || decision.refusal.code === 'role-missing')
    throw new Refused(decision.refusal);
  return goOn(reply, href, { kind: 'refusal', text: presentRefusal(decision.refusal, timeZone).sentence });
}

function noticeOf<Value>(value: Value, done: Done<Value> | undefined) {
  const text = typeof done === 'function' ? done(value) : done;
  return text === undefined ? undefined : ({ kind: 'success', text } as const);
}
