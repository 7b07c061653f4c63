/** The part of TwiML that the simulated carrier plays. */
export type Verb =
  | { verb: 'say'; message: string }
  | { verb: 'play'; url: string }
  | { verb: 'pause'; seconds: number }
  | { verb: 'redirect'; url: string }
  | { verb: 'reject'; reason: 'rejected' | 'busy' }
  | { verb: 'hangup' }
  | Dial;

export type LegEvent = 'initiated' | 'ringing' | 'answered' | 'completed';

export type Dial = {
  verb: 'dial';
  to: string;
  callerId: string | null;
  timeoutSeconds: number;
  answersOnBridge: boolean;
  actionUrl: string | null;
  legStatusUrl: string | null;
  legEvents: readonly LegEvent[];
};

/** The answer of a voice URL can't be played; `message` says what is wrong with it. */
export class UnreadableTwiml extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UnreadableTwiml';
  }
}

export function readTwiml(xml: string): Verb[] {
  const root = parseXml(xml);
  if (root.name !== 'Response') throw new UnreadableTwiml(`TwiML begins with <Response>, not <${root.name}>.`);
  if (textOf(root) !== '') throw new UnreadableTwiml('<Response> holds verbs, not text.');
  return elementsOf(root).map(readVerb);
}

function readVerb(element: Element): Verb {
  switch (element.name) {
    case 'Say':
      return { verb: 'say', message: textOf(element) };
    case 'Play':
      return { verb: 'play', url: textOf(element) };
    case 'Pause':
      return { verb: 'pause', seconds: wholeNumber(element, 'length', 1) };
    case 'Redirect':
      return { verb: 'redirect', url: posted(element, textOf(element)) };
    case 'Reject':
      return { verb: 'reject', reason: element.attributes.reason === 'busy' ? 'busy' : 'rejected' };
    case 'Hangup':
      return { verb: 'hangup' };
    case 'Dial':
      return readDial(element);
    default:
      throw new UnreadableTwiml(`The simulated carrier does not play <${element.name}>.`);
  }
}

const legEventWords: readonly LegEvent[] = ['initiated', 'ringing', 'answered', 'completed'];

function readDial(element: Element): Dial {
  const children = elementsOf(element);
  const stranger = children.find((child) => child.name !== 'Number');
  if (stranger) throw new UnreadableTwiml(`The simulated carrier does not dial <${stranger.name}>.`);
  if (children.length > 1) throw new UnreadableTwiml('The simulated carrier dials one <Number> at a time.');
  const number = children[0];
  const to = textOf(number ?? element);
  if (!/^\+[1-9]\d{6,14}$/.test(to)) throw new UnreadableTwiml(`<Dial> needs a number in E.164 form, not "${to}".`);
  const events = (number?.attributes.statusCallbackEvent ?? 'completed').split(/\s+/).filter((word) => word !== '');
  const { action } = element.attributes;
  const legStatusUrl = number?.attributes.statusCallback;
  return {
    verb: 'dial',
    to,
    callerId: element.attributes.callerId ?? null,
    timeoutSeconds: wholeNumber(element, 'timeout', 30),
    answersOnBridge: element.attributes.answerOnBridge === 'true',
    actionUrl: action ? posted(element, action) : null,
    legStatusUrl: number && legStatusUrl ? posted(number, legStatusUrl, 'statusCallbackMethod') : null,
    legEvents: legEventWords.filter((word) => events.includes(word)),
  };
}

function posted(element: Element, url: string, attribute = 'method'): string {
  if ((element.attributes[attribute] ?? 'POST').toUpperCase() !== 'POST') {
    throw new UnreadableTwiml(`The simulated carrier only POSTs; <${element.name}> asks for another method.`);
  }
  return url;
}

function wholeNumber(element: Element, attribute: string, fallback: number): number {
  const value = element.attributes[attribute];
  if (value === undefined) return fallback;
  if (!/^\d{1,6}$/.test(value)) {
    throw new UnreadableTwiml(`${attribute} of <${element.name}> must be a whole number, not "${value}".`);
  }
  return Number(value);
}

type Element = { name: string; attributes: Record<string, string>; children: (Element | string)[] };

const elementsOf = (element: Element): Element[] => element.children.filter((child) => typeof child !== 'string');

const textOf = (element: Element): string =>
  element.children
    .filter((child) => typeof child === 'string')
    .join('')
    .trim();

const forbidden = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u;

const attribute = /([A-Za-z_][\w.:-]*)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/;
/** What may stand at a place in the document, each tried there in this order. */
const pieces = [
  /<!--(?:(?!--).)*-->/sy,
  /<!\[CDATA\[(?<raw>.*?)\]\]>/sy,
  /<\/(?<close>[A-Za-z_][\w.-]*)\s*>/y,
  new RegExp(`<(?<open>[A-Za-z_][\\w.-]*)(?<attributes>(?:\\s+${attribute.source})*)\\s*(?<empty>/?)>`, 'y'),
  /(?<text>[^<]+)/y,
];

/**
 * A strict reading of the XML that TwiML needs: elements, attributes, text, CDATA, comments, the five entities and numeric
 * ones. A document type or a processing instruction is refused, as is anything that is not well formed.
 */
function parseXml(xml: string): Element {
  const body = xml
    .replace(/^\ufeff/, '')
    .replace(/^\s*<\?xml\s[^?]*\?>/, '')
    .trim();
  if (body === '') throw new UnreadableTwiml('The answer is empty.');
  if (forbidden.test(body)) throw new UnreadableTwiml('The answer holds a character that XML forbids.');
  const document: Element = { name: '', attributes: {}, children: [] };
  const open: Element[] = [document];
  let position = 0;
  while (position < body.length) {
    const found = matchAt(body, position);
    if (!found)
      throw new UnreadableTwiml(`The answer is not well-formed XML at "${body.slice(position, position + 20)}".`);
    position += found[0].length;
    const groups = found.groups ?? {};
    const inside = open.at(-1)!;
    if (groups.open !== undefined) {
      const element: Element = {
        name: groups.open,
        attributes: readAttributes(groups.attributes ?? ''),
        children: [],
      };
      inside.children.push(element);
      if (groups.empty === '') open.push(element);
    } else if (groups.close !== undefined) {
      if (inside.name !== groups.close) throw new UnreadableTwiml(`</${groups.close}> closes nothing.`);
      open.pop();
    } else if (groups.text !== undefined) {
      inside.children.push(decode(groups.text));
    } else if (groups.raw !== undefined) {
      inside.children.push(groups.raw);
    }
  }
  const unclosed = open.at(-1)!;
  if (unclosed !== document) throw new UnreadableTwiml(`<${unclosed.name}> is never closed.`);
  const [root, ...others] = document.children.filter((child) => typeof child !== 'string' || child.trim() !== '');
  if (root === undefined || typeof root === 'string' || others.length > 0) {
    throw new UnreadableTwiml('The answer must be one XML element.');
  }
  return root;
}

function matchAt(body: string, position: number): RegExpExecArray | null {
  for (const piece of pieces) {
    piece.lastIndex = position;
    const found = piece.exec(body);
    if (found) return found;
  }
  return null;
}

function readAttributes(source: string): Record<string, string> {
  const attributes: Record<string, string> = Object.create(null);
  for (const [, name, double, single] of source.matchAll(new RegExp(attribute, 'g'))) {
    if (name! in attributes) throw new UnreadableTwiml(`The attribute ${name} is given twice.`);
    attributes[name!] = decode(double ?? single ?? '');
  }
  return attributes;
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function decode(source: string): string {
  return source.replace(/&(#\d{1,7}|#x[0-9a-fA-F]{1,6}|\w*);?|&/g, (found, name: string | undefined) => {
    const code = name?.startsWith('#x') ? Number.parseInt(name.slice(2), 16) : Number(name?.slice(1));
    const character = name?.startsWith('#')
      ? code <= 0x10ffff && !forbidden.test(String.fromCodePoint(code)) && String.fromCodePoint(code)
      : entities[name ?? ''];
    if (!found.endsWith(';') || !character) throw new UnreadableTwiml(`"${found}" is not an entity that XML knows.`);
    return character;
  });
}
