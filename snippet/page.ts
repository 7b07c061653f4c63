import { makeSwap, type Swap, seam } from './find.ts';

/*
 * The page. What it said itself is remembered beside what we wrote, and every look starts from the former: so looking twice
 * changes nothing, other numbers simply replace ours, and looking with no numbers at all puts the page's own back.
 */

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
/** Every number that we ever wrote, with its target: a page may copy what it says, and with it what we wrote there. */
const past = new Map<string, string>();
/** What every look at everything begins with: the page, and what can't be reached from it. */
export const watched = new Set<Node>([document]);
const todo = new Set<Node>();
/** The tracking numbers that stand on the page. */
export const shown = new Set<string>();
const observer = new MutationObserver(collect);
let onChange: (roots?: Iterable<Node>) => void;
let waiting = 0;
let hasChanged = false;
/** How many looks have changed something since everything was looked at. */
let changes = 0;
/** Stands where a number ends at the latest. */
const edge = new Text('|');
/** What is looked at now, with the shadow roots that are found in it. */
let roots: Set<Node>;
let alone: Set<Node>;
/** Texts and attributes in the order in which they are read, what the page says there, and what of it is to be read. */
let pieces: Node[];
let owns: string[];
let texts: string[];
let swap: (text: string) => string;

/** `hear` is told, once a frame and before it is painted, where what was looked at has changed. */
export function listen(hear: typeof onChange): void {
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
      // Nothing is drawn in a hidden page, but much may change there.
      if (todo.size > 999) node = document;
      while (node.parentNode && isInline(node)) node = node.parentNode;
      todo.add(node);
    }
}

/** Whether the page is another for it. Without `parts` everywhere. */
export function look(swaps: readonly Swap[], parts?: Iterable<Node>): boolean {
  hasChanged = false;
  const now = new Map(swaps);
  // Of several targets that it stands for the first is the best guess.
  for (const [target, number] of swaps) if (!past.has(number)) past.set(number, target);
  swap = makeSwap(
    [...swaps, ...[...past].map(([number, target]): Swap => [number, now.get(target) ?? target])],
    (number) => past.has(number) && shown.add(number),
  );
  if (!parts) {
    shown.clear();
    changes = 0;
    watched.forEach(observe);
  }
  collect(observer.takeRecords());
  roots = new Set(parts ?? watched);
  // Somebody may put the page's own back as soon as we have written: let them.
  if (changes < 300) for (const root of roots) if (root.isConnected) scan(root as Element);
  // Our own changes are no news.
  observer.takeRecords();
  changes += +hasChanged;
  return hasChanged;
}

function scan(root: Element): void {
  pieces = [];
  owns = [];
  texts = [];
  alone = new Set(root.querySelectorAll(leftAlone));
  for (const name of attributes)
    for (const element of [root, ...root.querySelectorAll(`[${name}]`)]) {
      const attribute = element.getAttributeNode?.(name);
      if (attribute) {
        read(edge);
        read(attribute, element.closest?.(leftAlone));
      }
    }
  walk(root, root.closest?.(leftAlone));
  const wanted = swap(texts.join(seam)).split(seam);
  pieces.forEach((node, index) => {
    const own = owns[index]!;
    const next = wanted[index] === texts[index] ? own : wanted[index]!;
    // A script may have put a seam of its own into a text.
    if (wanted[pieces.length] || node.nodeValue === next) return;
    let marks = '';
    // Of a form with a field that is called parentNode there is no end.
    for (
      let parent = (node as Attr).ownerElement ?? node.parentNode;
      parent && !marks[6000];
      parent = parent.parentNode
    )
      marks += `${Object.keys(parent)} `;
    // React compares what the server sent with what it would write; until it has been here, nobody may change it.
    if (performance.now() < 6000 && /^(?!\S*__reactF).*__reactC/.test(marks)) {
      clearTimeout(waiting);
      waiting = setTimeout(onChange, 1000);
      return;
    }
    memories.set(node, [own, next]);
    node.nodeValue = next;
    hasChanged = true;
  });
}

function walk(node: Node, isLeftAlone: unknown): void {
  const shadowRoot = (node as Element).shadowRoot;
  const isEdge = !isInline(node);
  if (isEdge) read(edge);
  if (shadowRoot) {
    observe(shadowRoot);
    roots.add(shadowRoot);
  }
  for (let child = node.firstChild; child; child = child.nextSibling)
    if (child.nodeType === 3) read(child, isLeftAlone);
    else walk(child, isLeftAlone || alone.has(child));
  if (isEdge) read(edge);
}

function read(node: Node, isLeftAlone?: unknown): void {
  const nodeValue = node.nodeValue;
  const [before, ours] = memories.get(node) ?? [];
  const own = (ours === nodeValue ? before : nodeValue)!;
  pieces.push(node);
  owns.push(own);
  texts.push(
    isLeftAlone
      ? ''
      : // tel:%28212%29%20… is as good as tel:(212) …; what is to be written in a message stays as it is.
        /href/.test((node as Attr).name)
        ? /^\s*(tel|sms|callto):/i.test(own)
          ? own.replace(/[^?]+/, unescape)
          : ''
        : own,
  );
}
