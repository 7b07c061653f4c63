import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  answerWithForward,
  answerWithHangup,
  answerWithRefusal,
  answerWithReject,
  answerWithTryAgain,
  MalformedVoiceRequest,
  parseCallArrived,
  parseCallChanged,
  parseDialEnded,
  parseLegChanged,
  publicVoiceUrl,
  twimlContentType,
  type VoiceParameters,
  verifyVoiceRequest,
} from '../platform/carrier/voice.ts';
import { isDatabaseAway } from '../platform/db.ts';
import type { House } from '../platform/house.ts';
import type { CallEvent, LegStatus } from '../rules/calls.ts';
import { answerCall } from './answer.ts';
import { followCall } from './follow.ts';
import { findAccountIdOfNumber } from './store.ts';

const ringSecondsMax = 30;
/** Asks the carrier to tell an event again when we could not take it; a fragment is not sent, and not signed. */
const retried = '#rc=3&rp=all';
/** The end of the forwarding has no number of its own; it stands behind every event of the leg. */
const dialEndedSequenceNumber = 1_000_000;

/**
 * The carrier's door: Twilio-format webhooks, every one signed. 403 without the right signature, 400 for what can't be
 * read, TwiML otherwise. While the database is away, callers hear a message and are asked again.
 */
export function registerVoiceWebhooks(app: FastifyInstance, house: House): void {
  const callUrl = (accountId: number, callId: number, what: 'leg' | 'dialed') =>
    `${house.config.publicUrl}/carriers/voice/calls/${accountId}/${callId}/${what}`;

  app.register(async (door) => {
    door.addHook('preHandler', async (request, reply) => {
      const authTokens = await house.carrier.voiceAuthTokens();
      const genuine = verifyVoiceRequest({
        authTokens,
        signature: headerOf(request, 'x-twilio-signature'),
        url: publicVoiceUrl(house.config.publicUrl, request.url),
        parameters: parametersOf(request),
      });
      if (!genuine)
        return reply
          .code(403)
          .send({ error: 'The signature does not fit this request. Check PUBLIC_URL and the carrier’s auth token.' });
    });

    door.setErrorHandler((error, request, reply) => {
      if (error instanceof MalformedVoiceRequest) return reply.code(400).send({ error: error.message });
      if (!isDatabaseAway(error)) throw error;
      house.log.error(
        { err: error, route: request.routeOptions.url, requestId: request.id },
        'a call met a database that is away',
      );
      const { whenAway } = request.routeOptions.config;
      if (whenAway === 'hang up') return twiml(reply, answerWithHangup());
      if (whenAway !== 'ask again')
        return reply.code(503).header('retry-after', '2').send({ error: 'Try again shortly.' });
      return twiml(
        reply,
        answerWithTryAgain({
          message: 'One moment please. We are connecting your call.',
          redirectUrl: publicVoiceUrl(house.config.publicUrl, request.url),
          pauseSeconds: 3,
        }),
      );
    });

    door.post('/carriers/voice', { config: { whenAway: 'ask again' } }, async (request, reply) => {
      const arrived = parseCallArrived(parametersOf(request));
      const answer = await answerCall(house, arrived);
      house.metrics.callsAnswered.inc({ outcome: answer.kind });
      if (answer.kind === 'unknown') {
        house.log.warn({ callSid: arrived.callSid }, 'a call arrived for a number that nobody has');
        return twiml(reply, answerWithReject());
      }
      if (answer.kind === 'refuse') return twiml(reply, answerWithRefusal({ message: answer.message }));
      return twiml(
        reply,
        answerWithForward({
          to: answer.to,
          timeoutSeconds: ringSecondsMax,
          legStatusUrl: `${callUrl(answer.accountId, answer.callId, 'leg')}${retried}`,
          dialActionUrl: callUrl(answer.accountId, answer.callId, 'dialed'),
        }),
      );
    });

    door.post<CallParams>('/carriers/voice/calls/:accountId/:callId/leg', async (request, reply) => {
      const { status, sequenceNumber, at, durationSeconds } = parseLegChanged(parametersOf(request));
      const event: CallEvent = { leg: 'receiver', status, sequenceNumber, at, durationSeconds };
      await follow(request, reply, event);
    });

    door.post<CallParams>(
      '/carriers/voice/calls/:accountId/:callId/dialed',
      { config: { whenAway: 'hang up' } },
      async (request, reply) => {
        const { status, durationSeconds } = parseDialEnded(parametersOf(request));
        const legStatus: LegStatus = status === 'answered' ? 'completed' : status;
        const { accountId, callId } = idsOf(request);
        await followCall(house, accountId, { callId }, (now) => ({
          leg: 'receiver',
          status: legStatus,
          sequenceNumber: dialEndedSequenceNumber,
          at: now,
          durationSeconds,
        }));
        return twiml(reply, answerWithHangup());
      },
    );

    door.post('/carriers/voice/status', async (request, reply) => {
      const parameters = parametersOf(request);
      const { callSid, status, sequenceNumber, at, durationSeconds } = parseCallChanged(parameters);
      const to = parameters.To;
      const accountId = typeof to === 'string' ? await findAccountIdOfNumber(house.db, to) : null;
      if (accountId === null) return reply.code(204).send();
      await followCall(house, accountId, { carrierCallSid: callSid }, (now) => ({
        leg: 'caller',
        status,
        sequenceNumber,
        at: at ?? now,
        durationSeconds,
      }));
      return reply.code(204).send();
    });

    async function follow(request: FastifyRequest<CallParams>, reply: FastifyReply, event: CallEvent): Promise<void> {
      const { accountId, callId } = idsOf(request);
      await followCall(house, accountId, { callId }, () => event);
      reply.code(204).send();
    }
  });
}

interface CallParams {
  Params: { accountId: string; callId: string };
}

function idsOf(request: FastifyRequest<CallParams>): { accountId: number; callId: number } {
  const { accountId, callId } = request.params;
  const ids = { accountId: Number(accountId), callId: Number(callId) };
  if (!Number.isSafeInteger(ids.accountId) || !Number.isSafeInteger(ids.callId)) {
    throw new MalformedVoiceRequest('URL', 'The address names no call.');
  }
  return ids;
}

function parametersOf(request: FastifyRequest): VoiceParameters {
  return (request.body ?? {}) as VoiceParameters;
}

function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? undefined : value;
}

function twiml(reply: FastifyReply, text: string): FastifyReply {
  return reply.code(200).type(twimlContentType).send(text);
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * A person is on the line, so even without a database the answer is TwiML: an arriving call is asked about again, a
     * forwarding that ended (whose parameters a second asking would lack) hangs up; its events are told once more.
     */
    whenAway?: 'ask again' | 'hang up';
  }
}
