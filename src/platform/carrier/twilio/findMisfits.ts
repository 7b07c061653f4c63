import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Exchange } from './imitation.ts';

type Shape = {
  $ref?: string;
  type?: 'string' | 'integer' | 'number' | 'boolean' | 'array' | 'object';
  format?: string;
  nullable?: boolean;
  enum?: string[];
  pattern?: string;
  minimum?: number;
  maximum?: number;
  items?: Shape;
  properties?: Shapes;
};
type Shapes = Record<string, Shape>;
type Operation = { path: Shapes; query: Shapes; form: Shapes; answers: Shapes };
type Description = { operations: Record<string, Record<string, Operation>>; refusal: Shape; schemas: Shapes };

const description: Description = JSON.parse(readFileSync(join(import.meta.dirname, 'description.json'), 'utf8'));

/** Where a request of ours, or the imitation's answer to it, isn't as Twilio describes it; empty when all is. */
export function findMisfits(exchange: Exchange): string[] {
  const { method, path, query, form, status, body } = exchange;
  const where = `${method} ${path}`;
  for (const [template, methods] of Object.entries(description.operations)) {
    const places = readPath(template, path);
    const operation = methods[method.toLowerCase()];
    if (!places || !operation) continue;
    const answer = status >= 400 ? description.refusal : operation.answers[status];
    return [
      ...misfitsOfText(operation.path, Object.entries(places), `${where} path`),
      ...misfitsOfText(operation.query, [...query], `${where} query`),
      ...misfitsOfText(operation.form, [...form], `${where} form`),
      ...(answer ? misfitsOf(answer, body, `${where} ${status}`) : [`${where} ${status}: no such answer`]),
    ];
  }
  return [`${where}: no such request`];
}

function readPath(template: string, path: string): Record<string, string> | null {
  const pattern = template.replaceAll('.', '\\.').replace(/\{(\w+)\}/g, '(?<$1>[^/.]+)');
  return new RegExp(`^${pattern}$`).exec(path)?.groups ?? null;
}

function misfitsOfText(shapes: Shapes, sent: [string, string][], where: string): string[] {
  return sent.flatMap(([name, text]) => {
    const shape = shapes[name];
    return shape
      ? misfitsOf(shape, readText(shape, text), `${where} ${name}`)
      : [`${where} ${name}: no such parameter`];
  });
}

/** Addresses and forms know text only: what is described as a number or a truth is read as one. */
function readText({ type }: Shape, text: string): unknown {
  if (type === 'integer' && /^\d+$/.test(text)) return Number(text);
  if (type === 'boolean' && /^(true|false)$/.test(text)) return text === 'true';
  return text;
}

function misfitsOf(given: Shape, value: unknown, where: string): string[] {
  const shape = given.$ref ? description.schemas[given.$ref]! : given;
  if (shape.type === undefined) return value === undefined ? [] : [`${where}: nothing is expected`];
  if (value === null) return shape.nullable ? [] : [`${where}: null`];
  if (!isOfType(shape.type, value)) return [`${where}: ${JSON.stringify(value)} is no ${shape.type}`];
  if (Array.isArray(value)) return value.flatMap((each, at) => misfitsOf(shape.items ?? {}, each, `${where}[${at}]`));
  if (typeof value === 'object') return shape.properties ? misfitsOfObject(shape.properties, value!, where) : [];
  return fits(shape, value) ? [] : [`${where}: ${JSON.stringify(value)} does not fit`];
}

function isOfType(type: NonNullable<Shape['type']>, value: unknown): boolean {
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'array') return Array.isArray(value);
  return typeof value === type && !Array.isArray(value);
}

/** Twilio may leave out or add; our imitation does neither. */
function misfitsOfObject(properties: Shapes, value: object, where: string): string[] {
  const had = value as Record<string, unknown>;
  const names = new Set([...Object.keys(properties), ...Object.keys(had)]);
  return [...names].flatMap((name) => {
    const shape = properties[name];
    if (!shape) return [`${where}.${name}: no such property`];
    return name in had ? misfitsOf(shape, had[name], `${where}.${name}`) : [`${where}.${name}: missing`];
  });
}

function fits(shape: Shape, value: unknown): boolean {
  if (typeof value === 'number') return value >= (shape.minimum ?? value) && value <= (shape.maximum ?? value);
  if (typeof value !== 'string') return true;
  if (shape.enum) return shape.enum.includes(value);
  return new RegExp(shape.pattern ?? '').test(value) && (formats[shape.format ?? '']?.test(value) ?? true);
}

const formats: Record<string, RegExp> = {
  'date-time-rfc-2822': /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000$/,
  // A number as it is dialed, or as a person writes it.
  'phone-number': /^(\+[1-9]\d{6,14}|\(\d{3}\) \d{3}-\d{4})$/,
  'iso-country-code': /^[A-Z]{2}$/,
  uri: /^((https?:\/)?\/\S+)?$/,
};
