import type { FastifyRequest } from 'fastify';
import { fieldsOf } from './read.ts';

/** Which page of a list a request asks for: `page` from 1, `per_page` from 1 to `perPageMax`. */
export function readPaging(request: FastifyRequest, perPageMax: number): { page: number; perPage: number } {
  const field = fieldsOf(request.query);
  return {
    page: Math.max(1, Number.parseInt(field('page'), 10) || 1),
    perPage: Math.max(1, Math.min(perPageMax, Number.parseInt(field('per_page'), 10) || 10)),
  };
}

/** One page of a list in the older API's envelope; `next_page` is a whole address that keeps every filter. */
export function envelope<Row>(
  request: FastifyRequest,
  key: string,
  rows: readonly Row[],
  { page, perPage, total }: { page: number; perPage: number; total: number },
) {
  const pages = Math.max(1, Math.ceil(total / perPage));
  const linkTo = (target: number): string | null => {
    if (target < 1 || target > pages) return null;
    const url = new URL(request.url, `${request.protocol}://${request.host}`);
    url.searchParams.set('page', String(target));
    return url.href;
  };
  return {
    [key]: rows,
    page,
    per_page: perPage,
    total_entries: total,
    total_pages: pages,
    next_page: linkTo(page + 1),
    previous_page: linkTo(page - 1),
  };
}

/** Where a line stands in a list that is ordered by moment, then by id; a page of the list begins beside it. */
export interface Place {
  at: Date;
  id: number;
}

export const writePlace = ({ at, id }: Place): string => `${at.toISOString()}~${id}`;

/** Anything that `writePlace` did not write is no place. */
export function readPlace(text: string): Place | undefined {
  const [, at, id] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)~(\d{1,15})$/.exec(text) ?? [];
  const place = { at: new Date(at ?? Number.NaN), id: Number(id) };
  return Number.isNaN(place.at.getTime()) ? undefined : place;
}

/** The id beside which a page of a list begins; anything that is no id begins at the start. */
export const readId = (text: string): number | undefined => (/^\d{1,15}$/.test(text) ? Number(text) : undefined);
