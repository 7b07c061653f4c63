import { makeSwap, type Swap, seam } from './find.ts';

/*
 * The page. What it said itself is remembered beside what we wrote, and every look starts from the former: so looking twice
 * changes nothing, other numbers simply replace ours, and looking with no numbers at all puts the page's own back.
 */

/** Words that don't break a line: a number may lie over several of them. A text or comment has no name at all. */
const isInline = (node: Node): boolean =>
  /^(undefined|b|a|strong|i|em|wbr|su[bp]|u|span)$/.test((node as Element).localName);
/** The first holds no number, but a text that begins to be edited gets the page's own back. */
const attributes = 'contenteditable,alt,title,aria-label,data-tel,data-number,href,data-href,data-phone'.split(',');

/** By text or attribute. */
const memories = new WeakMap<Node, readonly [own: string, ours: string, times: number]>();
const todo = new Set<Node>();
/** The tracking numbers that stand on the page. */
export const shown = new Set<string>();
const observer = new MutationObserver(collect);
let onChange: (roots?: Iterable<Node>) => void;
let waiting = 0;
let hasChanged = false;
/** Stands where a number ends at the latest. */
const edge = new Text('|');
/** Texts and attributes in the order in which they are read. */
let pieces: Node[] = [];
let swap: (text: string) => string;

/** `hear` is told, once a frame and before it is painted, where the page has changed. */
export function watch(root: Node, hear = onChange): void {
  onChange = hear;
  observer.observe(root, { subtree: true, childList: true, characterData: true, attributeFilter: attributes });
}

function collect(records: readonly MutationRecord[]): void {
  for (const { addedNodes, target } of records) {
    if (!todo.size)
      requestAnimationFrame(() => {
        onChange(todo);
        todo.clear();
      });
    for (let node of addedNodes[0] ? addedNodes : [target]) {
      while (node.parentNode && isInline(node)) node = node.parentNode;
      todo.add(node);
    }
  }
}

/** Whether the page is another for it. Without roots everywhere. */
export function look(swaps: readonly Swap[], roots?: Iterable<Node>): boolean {
  hasChanged = false;
  swap = makeSwap(swaps, (number) => shown.add(number));
  if (!roots) shown.clear();
  collect(observer.takeRecords());
  for (const root of roots ?? [document.body]) scan(root as Element);
  // Our own changes are no news.
  observer.takeRecords();
  return hasChanged;
}

function scan(root: Element): void {
  for (const name of attributes)
    for (const element of [root, ...(root.querySelectorAll?.(`[${name}]`) ?? [])])
      pieces.push(edge, element.getAttributeNode?.(name) ?? edge);
  walk(root);
  const texts = pieces.map((node) => {
    const own = ownOf(node);
    const element = elementOf(node);
    // Nothing of what stays as it is, so that no number counts as shown there.
    if (element.isContentEditable || element.closest?.('head,style,select,script,iframe,noscript,input,textarea'))
      return '';
    if (!/href/.test((node as Attr).name)) return own;
    // tel:%28212%29%20… is as good as tel:(212) …; what is to be written in a message stays as it is.
    return /^(?!tel:|sms:|callto:)/i.test(own) ? '' : own.replace(/[^?]+/, unescape);
  });
  const wanted = swap(texts.join(seam)).split(seam);
  pieces.forEach((node, index) => {
    const own = ownOf(node);
    const next = wanted[index] === texts[index] ? own : wanted[index]!;
    // A script may have put a seam of its own into a text.
    if (wanted[pieces.length] || node.nodeValue === next) return;
    let marks = '';
    for (let parent: Node | null = elementOf(node); parent; parent = parent.parentNode)
      marks += `${Object.keys(parent)} `;
    // React compares what the server sent with what it would write; until it has been here, nobody may change it.
    if (performance.now() < 6000 && /^(?!\S*__reactF).*__reactC/.test(marks)) {
      clearTimeout(waiting);
      waiting = setTimeout(onChange, 200);
      return;
    }
    const [, ours, before] = memories.get(node) ?? [];
    const times = ours === next ? before! + 1 : 0;
    // Somebody puts the page's own back as soon as we have written: let them.
    if (times > 99) return;
    memories.set(node, [own, next, times]);
    node.nodeValue = next;
    hasChanged = true;
  });
  pieces = [];
}

function walk(node: Node): void {
  const { shadowRoot } = node as Element;
  const isEdge = !isInline(node);
  if (isEdge) pieces.push(edge);
  if (shadowRoot) {
    watch(shadowRoot);
    scan(shadowRoot as unknown as Element);
  }
  for (let child = node.firstChild; child; child = child.nextSibling)
    if (child.nodeType === 3) pieces.push(child);
    else walk(child);
  if (isEdge) pieces.push(edge);
}

function ownOf(node: Node): string {
  const [own, ours] = memories.get(node) ?? [];
  return (ours === node.nodeValue ? own : node.nodeValue)!;
}

/** What stands in a document fragment has no element: it is as good as one then. */
const elementOf = (node: Node) => ((node as Attr).ownerElement ?? node.parentElement ?? node) as HTMLElement;
