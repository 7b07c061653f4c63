import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { SiteConfig, SiteSource, VisitAnswer, VisitBeacon } from '../../src/rules/swapping.ts';
import { wrapScript } from '../../src/swapping/script.ts';

/* A website, and the product's two public routes as that website sees them. */

export const target = '+1 2125550199';
export const shown = '+1 7205550111';

export const everybody: SiteSource = { id: 'TSOeverybody', rules: [], swaps: [[target, shown]] };

export interface Site {
  config: SiteConfig | null;
  /** By the path behind /site/<id>/. */
  pages: Record<string, string>;
  headers: Record<string, string>;
  /** What /visit says; a string is sent as it is. */
  answer: (beacon: VisitBeacon) => VisitAnswer | string | { status: number };
  /** How long the script, and how long an answer, takes. */
  answerAfterMs: number;
  beacons: VisitBeacon[];
  /** Questions of those who may not be asked about. */
  questions: number;
  scripts: number;
  /** How beacons came: method and content type. */
  kinds: Set<string>;
}

export interface Server {
  port: number;
  makeSite(site: Partial<Omit<Site, 'config'>> & { config?: Partial<SiteConfig> | null }): { id: number; site: Site };
  /** What any site may load, by its path. */
  files: Record<string, { text: string; afterMs: number }>;
  close(): Promise<void>;
}

export async function startSites(): Promise<Server> {
  const sites = new Map<number, Site>();
  const files: Server['files'] = {};
  const closing = new AbortController();
  const wait = (ms: number) => delay(ms, undefined, { signal: closing.signal });
  // Who has gone, or is still waiting at the end, gets no answer.
  const server = createServer((request, response) => answer(request, response).catch(() => response.destroy()));
  async function answer(request: IncomingMessage, response: ServerResponse) {
    const { pathname } = new URL(request.url!, 'http://site');
    const say = (status: number, type: string, body: string, headers: Record<string, string> = {}) =>
      response.writeHead(status, { 'content-type': `${type}; charset=utf-8`, ...headers }).end(body);
    if (pathname === '/favicon.ico') return say(200, 'image/x-icon', '');
    const file = files[pathname];
    if (file) {
      await wait(file.afterMs);
      return say(200, 'text/javascript', file.text);
    }
    const [, id, path = ''] = /^\/(?:site\/)?(\d+)\/?(.*)/.exec(pathname) ?? [];
    const site = sites.get(Number(id));
    if (!site) return say(404, 'text/plain', 'none');
    const open = { 'access-control-allow-origin': '*' };
    if (!pathname.startsWith('/site/')) {
      if (path === 't.js') {
        site.scripts += 1;
        return say(200, 'text/javascript', wrapScript(site.config), { 'cache-control': 'public, max-age=60' });
      }
      site.kinds.add(
        `${request.method} ${request.headers['content-type']} ${request.headers.cookie ?? 'without cookies'}`,
      );
      await wait(site.answerAfterMs);
      if (request.method !== 'POST') {
        site.questions += 1;
        return say(200, 'application/json', JSON.stringify({ isOn: site.config !== null }), open);
      }
      const beacon = JSON.parse(await readBody(request)) as VisitBeacon;
      site.beacons.push(beacon);
      const answer = site.answer(beacon);
      if (typeof answer === 'string') return say(200, 'application/json', answer, open);
      if ('status' in answer) return say(answer.status, 'application/json', '{}', open);
      return say(200, 'application/json', JSON.stringify(answer), open);
    }
    const page = site.pages[path] ?? site.pages[''];
    return say(200, 'text/html', page!, site.headers);
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  let next = 100;
  return {
    port: (server.address() as AddressInfo).port,
    files,
    makeSite(wished) {
      const id = next++;
      const site: Site = {
        pages: {},
        headers: {},
        answer: () => ({ isOn: true }),
        answerAfterMs: 0,
        beacons: [],
        questions: 0,
        scripts: 0,
        kinds: new Set(),
        ...wished,
        config: wished.config === null ? null : makeConfig(id, wished.config),
      };
      sites.set(id, site);
      return { id, site };
    },
    close: () =>
      new Promise((resolve) => {
        closing.abort();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export const makeConfig = (siteId: number, wished: Partial<SiteConfig> = {}): SiteConfig => ({
  version: 'v1',
  siteId,
  cookieDays: 30,
  storage: 'cookie',
  respectsSignals: true,
  sources: [everybody],
  ...wished,
});

async function readBody(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += chunk;
  return body;
}
