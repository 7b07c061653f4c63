import { isIPv6 } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { fieldsOf } from '../web/read.ts';

const personOf = (request: FastifyRequest): string => fieldsOf(request.body)('email').toLowerCase();

/** Somebody with an IPv6 network has 2^64 addresses in it: they count as one. */
export function networkOf(ip: string): string {
  if (!isIPv6(ip) || ip.startsWith('::ffff:')) return ip;
  const [head = '', tail = ''] = ip.split('::');
  const groups = head === '' ? [] : head.split(':');
  const missing = 8 - groups.length - (tail === '' ? 0 : tail.split(':').length);
  const all = ip.includes('::') ? [...groups, ...Array<string>(missing).fill('0'), ...tail.split(':')] : groups;
  return `${all
    .slice(0, 4)
    .map((each) => Number.parseInt(each || '0', 16).toString(16))
    .join(':')}::/64`;
}

/**
 * Three limits for the doors where a password or a link is guessed: ten a minute for one person from one network, so that
 * an office isn't locked out by a neighbor's mistakes; a hundred in a quarter of an hour for one person from anywhere; and
 * two a second from one network for whomever. Each process counts for itself.
 */
export function slowGuessing(app: FastifyInstance) {
  const network = (request: FastifyRequest) => networkOf(request.ip);
  const limits = [
    app.createRateLimit({ max: 120, timeWindow: '1 minute', keyGenerator: network }),
    app.createRateLimit({
      max: 100,
      timeWindow: '15 minutes',
      keyGenerator: (request) => personOf(request) || network(request),
    }),
    app.createRateLimit({
      max: 10,
      timeWindow: '1 minute',
      keyGenerator: (request) => `${network(request)} ${personOf(request)}`,
    }),
  ];
  return {
    preHandler: async (request: FastifyRequest) => {
      for (const limit of limits) {
        const counted = await limit(request);
        if (!counted.isAllowed && counted.isExceeded)
          throw Object.assign(new Error('Too many tries.'), { statusCode: 429 });
      }
    },
  };
}

/** A code has six digits, and somebody at an open browser may try passwords: ten a minute. */
export const tenAMinute = {
  config: {
    rateLimit: { max: 10, timeWindow: '1 minute', keyGenerator: (request: FastifyRequest) => networkOf(request.ip) },
  },
};
