import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { buildAssets, builtAssets, type Manifest } from './buildAssets.ts';

const prefix = '/assets/';

/**
 * Loaded by every page, in this order. Each is an ES module of its own. A window tells its listeners in the order in which they came:
 * pop-ups take Back for themselves before Turbo hears of it.
 */
export const browserScripts = [
  'popUp.js',
  'turbo.js',
  'menus.js',
  'sections.js',
  'copy.js',
  'refresh.js',
  'morph.js',
] as const;

let files: Readonly<Record<string, string>> | undefined;

/** The address of an asset. Before the first build it is the plain name: the page is unstyled, but it stands. */
export function assetPath(name: string): string {
  files ??= readFiles();
  return `${prefix}${files?.[name] ?? name}`;
}

function readFiles(): Readonly<Record<string, string>> | undefined {
  try {
    return (JSON.parse(readFileSync(join(builtAssets, 'manifest.json'), 'utf8')) as Manifest).files;
  } catch {
    return undefined;
  }
}

/** Builds what is stale, then serves it. The names carry a hash, so a browser never asks for the same file twice. */
export async function serveAssets(app: FastifyInstance): Promise<void> {
  await buildAssets();
  files = readFiles();
  await app.register(fastifyStatic, {
    root: builtAssets,
    prefix,
    index: false,
    preCompressed: true,
    immutable: true,
    maxAge: '365d',
    decorateReply: false,
  });
}

/**
 * Nothing inline, nothing from elsewhere. The one hash is the style of Turbo's progress bar, which it writes itself;
 * the test of the gallery fails when a new Turbo writes another.
 */
export const contentSecurityPolicy = {
  defaultSrc: ["'self'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'", "'sha256-WAyOw4V+FqDc35lQPyRADLBWbuNK8ahvYEaQIYF1+Ps='"],
  imgSrc: ["'self'"],
  connectSrc: ["'self'"],
  fontSrc: ["'self'"],
  formAction: ["'self'"],
  frameAncestors: ["'none'"],
  baseUri: ["'none'"],
  objectSrc: ["'none'"],
} as const;
