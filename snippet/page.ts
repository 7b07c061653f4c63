import { makeSwap, type Swap, seam } from './find.ts';

/*
 * The page. What it said itself is remembered beside what we wrote, and every look starts from the former: so looking twice
 * changes nothing, other numbers simply replace ours, and looking with no numbers at all puts the page's own back.
 */

/** What is to be looked at, each with the node whose change brought it up. */
export type Roots = ReadonlyMap<Node, Node>;

/** Words that don't break a line: a number may lie over several of them. A text or comment has no name at all. */
const isInline = (node: Node): boolean =>
  /^(undefined|b|a|strong|i|em|wbr|su[bp]|u|span|font|small|mark)$/.test((node as Element).localName);
/** Nothing of these is ever changed, so no number counts as shown there. */
const leftAlone =
  'head,style,select,script,iframe,noscript,input,textarea,[contenteditable]:not([contenteditable=false])';
/** The first holds no number, but a text that begins to be edited gets the page's own back. */
const attributes = 'contenteditable,alt,title,aria-label,data-tel,data-number,href,data-href,data-phone'.split(',');

/** By text or attribute. */
const memories = new WeakMap<Node, readonly [own: string, ours: string]>();
/** By what changed: what we wrote there last, and how often since everything was looked at. */
const answers = new Map<Node, readonly [ours: string, times: number]>();
/** What every look at everything begins with: the page, and what can't be reached from it. */
export const watched = new Set<Node>([document]);
const todo = new Map<Node, Node>();
/** The tracking numbers that stand on the page. */
export const shown = new Set<string>();
const observer = new MutationObserver(collect);
let onChange: (roots?: Roots) => void;
let waiting = 0;
let hasChanged = false;
/** Stands where a number ends at the latest. */
const edge = new Text('|');
/** Texts and attributes in the order in which they are read, what the page says there, and what of it is to be read. */
let pieces: Node[] = [];
let owns: string[] = [];
let texts: string[] = [];
let swap: (text: string) => string;

/** `hear` is told, once a frame and before it is painted, where what was looked at has changed. */
export function listen(hear: (roots?: Roots) => void): void {
  onChange = hear;
}

function observe(root: Node): void {
  observer.observe(root, { subtree: true, childList: true, characterData: true, attributeFilter: attributes });
}

function collect(records: readonly MutationRecord[]): void {
  for (const { addedNodes, target, type } of records)
    for (let node of type === 'childList' ? addedNodes : [target]) {
      if (!todo.size)
        requestAnimationFrame(() => {
          onChange(todo);
          todo.clear();
        });
      while (node.parentNode && isInline(node)) node = node.parentNode;
      todo.set(node, target);
    }
}

/** Whether the page is another for it. Without roots everywhere. */
export function look(swaps: readonly Swap[], roots?: Roots): boolean {
  hasChanged = false;
  swap = makeSwap(swaps, (number) => shown.add(number));
  if (!roots) {
    shown.clear();
    answers.clear();
    watched.forEach(observe);
  }
  collect(observer.takeRecords());
  for (const [root, target] of roots ?? watched.entries())
    if (root.isConnected) scan(root as Element, target);
    else watched.delete(root);
  // Our own changes are no news.
  observer.takeRecords();
  return hasChanged;
}

function scan(root: Element, target: Node): void {
  for (const name of attributes)
    for (const element of [root, ...root.querySelectorAll(`[${name}]`)]) {
      const attribute = element.getAttributeNode?.(name);
      if (attribute) {
        read(edge);
        read(attribute, element.closest(leftAlone));
      }
    }
  walk(root, root.closest?.(leftAlone));
  const ours = swap(texts.join(seam));
  const wanted = ours.split(seam);
  const [last, before] = answers.get(target) ?? [];
  const times = last === ours ? before! + 1 : 0;
  pieces.forEach((node, index) => {
    const own = owns[index]!;
    const next = wanted[index] === texts[index] ? own : wanted[index]!;
    // A script may have put a seam of its own into a text. And somebody may put the page's own back as soon as we have written: let them.
    if (wanted[pieces.length] || node.nodeValue === next || times > 99) return;
    let marks = '';
    for (let parent = (node as Attr).ownerElement ?? node.parentNode; parent; parent = parent.parentNode)
      marks += `${Object.keys(parent)} `;
    // React compares what the server sent with what it would write; until it has been here, nobody may change it.
    if (performance.now() < 6000 && /^(?!\S*__reactF).*__reactC/.test(marks)) {
      clearTimeout(waiting);
      waiting = setTimeout(onChange, 200);
      return;
    }
    answers.set(target, [ours, times]);
    memories.set(node, [own, next]);
    node.nodeValue = next;
    hasChanged = true;
  });
  pieces = [];
  owns = [];
  texts = [];
}

function walk(node: Node, isLeftAlone: unknown): void {
  const shadowRoot = (node as Element).shadowRoot;
  const isEdge = !isInline(node);
  if (isEdge) read(edge);
  if (shadowRoot) {
    observe(shadowRoot);
    scan(shadowRoot as unknown as Element, shadowRoot);
  }
  for (let child = node.firstChild; child; child = child.nextSibling)
    if (child.nodeType === 3) read(child, isLeftAlone);
    else walk(child, isLeftAlone || (child as Element).matches?.(leftAlone));
  if (isEdge) read(edge);
}

function read(node: Node, isLeftAlone?: unknown): void {
  const { nodeValue } = node;
  const [before, ours] = memories.get(node) ?? [];
  const own = (ours === nodeValue ? before : nodeValue)!;
  pieces.push(node);
  owns.push(own);
  texts.push(
    isLeftAlone
      ? ''
      : // tel:%28212%29%20… is as good as tel:(212) …; what is to be written in a message stays as it is.
        /href/.test((node as Attr).name)
        ? /^(tel|sms|callto):/i.test(own)
          ? own.replace(/[^?]+/, unescape)
          : ''
        : own,
  );
}
