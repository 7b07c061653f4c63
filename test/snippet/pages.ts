/*
 * Pages of the kinds that are met in the wild. What is to be swapped says what it has to become: `want` its text,
 * `want-href` (title, alt, …) that attribute. `keep` has to stay as it is, inside and out.
 */
export interface Fixture {
  name: string;
  body: string;
  head?: string;
  /** Attributes of <html>. */
  html?: string;
  /** The page changes itself, so that it can't be compared with what was sent. */
  changes?: true;
}

export const fixtures: readonly Fixture[] = [
  {
    name: 'formats',
    body: `
      <h1 want="(720) 555-0111">(212) 555-0199</h1>
      <p want="Call 720-555-0111 today">Call 212-555-0199 today</p>
      <p want="720.555.0111">212.555.0199</p>
      <p want="+1 720 555 0111">+1 212 555 0199</p>
      <p want="1-720-555-0111">1-212-555-0199</p>
      <p want="0017205550111">0012125550199</p>
      <p want="7205550111">2125550199</p>
      <p keep>(212) 555-0188</p>`,
  },
  {
    name: 'spaces and dashes that do not break',
    body: `
      <p want="(720)\u00a0555\u20110111">(212)&nbsp;555&#8209;0199</p>
      <p want="720\u2013555\u20130111">212&ndash;555&ndash;0199</p>
      <p want="720\u2009555\u20090111">212&thinsp;555&thinsp;0199</p>
      <p want="720\u00ad555\u00ad0111">212&shy;555&shy;0199</p>`,
  },
  {
    name: 'nested markup',
    body: `
      <p want="720-555-0111"><b>212</b>-<span>555-01</span><i>99</i></p>
      <p want="(720) 555-0111"><span class="area">(<em>212</em>)</span> <strong>555-<u>0199</u></strong></p>
      <p want="Call 720-555-0111"><span>Call </span><span>212<!-- a comment -->-555<wbr>-0199</span></p>
      <p want="Phone720-555-011124/7"><span>Phone</span><a>212-555-0199</a><span>24/7</span></p>
      <p want="(720) 555-0111"><font color="red">(212)</font> <small>555</small>-<mark>0199</mark></p>
      <p want="
        720
        555
        0111
      ">
        <b>212</b>
        <b>555</b>
        <b>0199</b>
      </p>`,
  },
  {
    name: 'links',
    body: `
      <a href="tel:+12125550199" want="(720) 555-0111" want-href="tel:+17205550111">(212) 555-0199</a>
      <a href="tel:212-555-0199" want-href="tel:720-555-0111">Call us</a>
      <a href="TEL:1.212.555.0199" want-href="TEL:1.720.555.0111">Call us</a>
      <a href="tel:%2B1%20%28212%29%20555-0199" want-href="tel:+1 (720) 555-0111">Call us</a>
      <a href="tel://2125550199" want-href="tel://7205550111">Call us</a>
      <a href="tel:+12125550199,,5" want-href="tel:+17205550111,,5">Extension</a>
      <a href=" tel:+12125550199" want-href=" tel:+17205550111">Call us</a>
      <a href="sms:+12125550199?body=Hi" want-href="sms:+17205550111?body=Hi">Text us</a>
      <a href="sms:%2B12125550199?body=Caf%C3%A9%20A%26B" want-href="sms:+17205550111?body=Caf%C3%A9%20A%26B">Text us</a>
      <a href="callto:2125550199" want-href="callto:7205550111">Skype</a>
      <a href="tel:+12125550188" keep>(212) 555-0188</a>
      <a href="https://wa.me/12125550199" keep>WhatsApp</a>
      <a href="/orders/2125550199" keep>Order</a>
      <a href="mailto:2125550199@pages.example" keep>2125550199@pages.example</a>`,
  },
  {
    name: 'attributes',
    body: `
      <button aria-label="Call (212) 555-0199" want-aria-label="Call (720) 555-0111">☎</button>
      <abbr title="212.555.0199" want-title="720.555.0111">us</abbr>
      <img alt="Call 212-555-0199" want-alt="Call 720-555-0111" src="data:image/gif;base64,R0lGODlhAQABAAAAACw=" width="1" height="1">
      <i data-phone="2125550199" data-tel="+12125550199" data-number="212 555 0199" want-data-phone="7205550111" want-data-tel="+17205550111" want-data-number="720 555 0111"></i>
      <div data-href="tel:2125550199" want-data-href="tel:7205550111">Click</div>
      <div data-href="/p/2125550199" data-id="2125550199" class="2125550199" id="n2125550199" keep>no number</div>`,
  },
  {
    name: 'longer rows of digits',
    body: `
      <p keep>Order 92125550199</p>
      <p keep>Order 21255501991</p>
      <p keep>Card 4212 5550 1991 2345</p>
      <p keep>SKU2125550199, 12-2125550199-3</p>
      <p keep>+90 212 555 0199</p>
      <p keep>2125550199@mail.example</p>
      <table><tr><td keep>9</td><td want="2125550199"><!-- in a cell of its own it is the number --></td></tr></table>`.replace(
      'want="2125550199"><!-- in a cell of its own it is the number -->',
      'want="7205550111">2125550199',
    ),
  },
  {
    name: 'what people fill in, and code',
    body: `
      <input value="(212) 555-0199" placeholder="212-555-0199" title="212-555-0199" keep>
      <input type="button" value="Call 212-555-0199" keep>
      <textarea title="212-555-0199" keep>(212) 555-0199</textarea>
      <select keep><option title="212-555-0199">(212) 555-0199</option></select>
      <div contenteditable keep>(212) 555-0199 <b>212-555-0199</b></div>
      <div contenteditable="false" want="(720) 555-0111">(212) 555-0199</div>
      <div contenteditable="plaintext-only" keep>(212) 555-0199 <span contenteditable="false" title="212-555-0199">212-555-0199</span></div>
      <script type="application/ld+json" keep>{"telephone":"(212) 555-0199"}</script>
      <script keep>window.number = '212-555-0199';</script>
      <style keep>.a::after { content: '212-555-0199'; }</style>
      <noscript keep>(212) 555-0199</noscript>
      <template keep><p>(212) 555-0199</p></template>
      <p want="720-555-0111">212-555-0199</p>`,
  },
  {
    name: 'right to left',
    html: 'dir="rtl" lang="ar"',
    body: `
      <p want="اتصل بنا: \u202a(720) 555-0111\u202c">اتصل بنا: \u202a(212) 555-0199\u202c</p>
      <p want="هاتف 720-555-0111"><span>هاتف</span> <bdi>212-555-0199</bdi></p>
      <a href="tel:+12125550199" dir="ltr" want="\u200e+1 720\u200e 555 0111" want-href="tel:+17205550111">\u200e+1 212\u200e 555 0199</a>`,
  },
  {
    name: 'AMP-like markup',
    html: 'amp',
    head: `<style amp-boilerplate>body { animation: none; }</style>
      <script type="application/json">{"phone":"212-555-0199"}</script>`,
    body: `
      <amp-sidebar id="menu"><a href="tel:+12125550199" want="720-555-0111" want-href="tel:+17205550111">212-555-0199</a></amp-sidebar>
      <amp-img alt="Call 212-555-0199" want-alt="Call 720-555-0111" width="1" height="1"></amp-img>
      <amp-accordion><section expanded><h3>Contact</h3><div want="(720) 555-0111">(212) 555-0199</div></section></amp-accordion>
      <amp-state id="s"><script type="application/json" keep>{"p":"2125550199"}</script></amp-state>`,
  },
  {
    name: 'old tables and fonts',
    body: `
      <center><table border="1"><tr><td><font size="5" want="(720) 555-0111"><b>(212)</b> 555-0199</font></td>
      <td want="Fax 212-555-0188">Fax 212-555-0188</td></tr></table></center>
      <marquee want="720-555-0111">212-555-0199</marquee>`,
  },
  {
    name: 'SVG and custom elements',
    body: `
      <svg width="200" height="30"><text y="20" want="720-555-0111">212-555-0199</text><title>212-555-0199</title></svg>
      <phone-line want="720-555-0111">212-555-0199</phone-line>
      <details open><summary want="720-555-0111">212-555-0199</summary><p want="720-555-0111">212-555-0199</p></details>
      <dialog open want="720-555-0111">212-555-0199</dialog>
      <p hidden want="720-555-0111">212-555-0199</p>`,
  },
  {
    name: 'microdata and meta',
    head: '<meta name="description" content="Call 212-555-0199"><title>Call 212-555-0199</title>',
    body: `
      <div itemscope itemtype="https://schema.org/LocalBusiness">
        <meta itemprop="telephone" content="+12125550199" keep>
        <span itemprop="telephone" want="720-555-0111">212-555-0199</span>
        <address want="12 Main Street
          (720) 555-0111">12 Main Street
          (212) 555-0199</address>
      </div>`,
  },
  {
    name: 'a page builder’s deep nesting',
    body: `${'<div>'.repeat(300)}<p want="720-555-0111">212-555-0199</p>${'</div>'.repeat(300)}`,
  },
  {
    name: 'layout that a shift would move',
    body: `
      <header style="display:flex; gap:1em"><span want="(720) 555-0111">(212) 555-0199</span><nav>Home About</nav></header>
      <p style="font:16px monospace">Call <a href="tel:2125550199" want="212-555-0199" want-href="tel:7205550111">212-555-0199</a> today: <button>Go</button></p>`.replace(
      'want="212-555-0199"',
      'want="720-555-0111"',
    ),
  },
  {
    name: 'added later: innerHTML, append, text',
    changes: true,
    body: `
      <div id="a"></div><div id="b"></div><p id="c" want="Call 720-555-0111"></p><ul id="d"></ul>
      <a id="e" want-href="tel:7205550111">us</a>
      <p id="f" want="720-555-0111"><b>212</b><i>-555</i></p>
      <script>
        setTimeout(() => {
          a.innerHTML = '<p want="(720) 555-0111">(212) 555-0199</p><p keep>(212) 555-0188</p>';
          const p = document.createElement('p');
          p.setAttribute('want', '720.555.0111');
          b.append(p);
          p.textContent = '212.555.0199';
          c.textContent = 'Call ';
          c.append('212-555', '-0199');
          for (let n = 0; n < 30; n++) d.insertAdjacentHTML('beforeend', '<li want="720-555-0111">212-555-0199</li>');
          e.href = 'tel:2125550199';
          f.append('-0199');
        }, 50);
      </script>`,
  },
  {
    name: 'a text that changes all the time',
    changes: true,
    body: `<p id="clock" want-title="720-555-0111"></p><p want="720-555-0111">212-555-0199</p>
      <script>
        let n = 0;
        setInterval(() => { clock.textContent = 'Call 212-555-0199, it is ' + n++; clock.title = '212-555-0199'; }, 16);
      </script>`,
  },
  {
    name: 'open shadow roots, also inside each other and upgraded late',
    changes: true,
    body: `
      <contact-card></contact-card><late-card></late-card>
      <div><template shadowrootmode="open"><p want="720-555-0111">212-555-0199</p><a href="tel:2125550199" want-href="tel:7205550111">us</a></template></div>
      <script>
        customElements.define('contact-card', class extends HTMLElement {
          constructor() { super(); this.attachShadow({ mode: 'open' }).innerHTML = '<p want="(720) 555-0111">(212) 555-0199</p><inner-card></inner-card>'; }
        });
        customElements.define('inner-card', class extends HTMLElement {
          connectedCallback() {
            const root = this.attachShadow({ mode: 'open' });
            setTimeout(() => { root.innerHTML = '<b want="720.555.0111">212.555.0199</b>'; }, 100);
          }
        });
        addEventListener('load', () => customElements.define('late-card', class extends HTMLElement {
          constructor() { super(); this.attachShadow({ mode: 'open' }).innerHTML = '<p want="720-555-0111">212-555-0199</p>'; }
        }));
      </script>`,
  },
  {
    name: 'a page with old libraries and habits',
    changes: true,
    head: `<script>
        Array.prototype.last = function () { return this[this.length - 1]; };
        Object.prototype.extend = function () {};
        window.name = 'switchhook';
        window.onerror = () => false;
      </script>`,
    body: `
      <form id="swap"><p want="720-555-0111">212-555-0199</p><input name="id"><input name="title"><input name="action"><input name="children"></form>
      <script>document.write('<p want="720-555-0111">212-555-0199</p>');</script>`,
  },
  {
    name: 'the script twice, and again later',
    changes: true,
    body: `<p want="720-555-0111">212-555-0199</p>
      <script>
        const again = () => { const tag = document.createElement('script'); tag.src = document.querySelector('script[src*="t.js"]').src; document.head.append(tag); };
        again();
        setTimeout(again, 100);
      </script>`,
  },
  {
    name: 'an element that is called switchhook',
    body: '<div id="switchhook"></div><p want="720-555-0111">212-555-0199</p>',
  },
  {
    name: 'commands that were queued before',
    changes: true,
    head: '<script>window.switchhook = window.switchhook || []; switchhook.push((api) => { document.documentElement.dataset.pushed = typeof api.swap; }); switchhook.push(() => { null.x; }); switchhook.push("nonsense");</script>',
    body: '<p want="720-555-0111">212-555-0199</p>',
  },
  {
    name: 'Turbo-like: the body is replaced',
    changes: true,
    body: `<p want="720-555-0111">212-555-0199</p>
      <script>
        setTimeout(() => {
          const body = document.createElement('body');
          body.innerHTML = '<main><p want="(720) 555-0111">(212) 555-0199</p><a href="tel:2125550199" want-href="tel:7205550111">us</a></main>';
          document.documentElement.replaceChild(body, document.body);
          history.pushState({}, '', location.pathname + '/next');
        }, 100);
      </script>`,
  },
  {
    name: 'a page that puts its own back each time',
    changes: true,
    body: `<p want="720-555-0111">212-555-0199</p><p id="mine">212-555-0199</p>
      <script>
        new MutationObserver(() => { if (mine.textContent !== '212-555-0199') mine.textContent = '212-555-0199'; })
          .observe(mine, { childList: true, characterData: true, subtree: true });
      </script>`,
  },
  {
    name: 'many rows that say the same, at once and one by one',
    changes: true,
    body: `<ul id="once"></ul><ul id="more"></ul>
      <script>
        setTimeout(() => {
          const row = '<li want="Call 720-555-0111">Call <a href="tel:2125550199" want-href="tel:7205550111">212-555-0199</a></li>';
          once.innerHTML = row.repeat(1500);
          let batches = 0;
          const timer = setInterval(() => {
            more.insertAdjacentHTML('beforeend', row.repeat(20));
            if (++batches === 8) clearInterval(timer);
          }, 30);
        }, 50);
      </script>`,
  },
  {
    name: 'copies of what stands there: clones, markup that is read and written, texts cut in two',
    changes: true,
    body: `<p id="n" want="720-555-0111">212-555-0199</p><div id="a"></div><p id="b"><a href="tel:2125550199">(212) 555-0199</a></p><p id="c">Call 212-555-0199</p>
      <div id="d"></div>
      <script>
        const timer = setInterval(() => {
          if (!/720/.test(n.textContent)) return;
          clearInterval(timer);
          a.append(n.cloneNode(true));
          b.innerHTML += ' ';
          b.firstChild.setAttribute('want-href', 'tel:7205550111');
          c.setAttribute('want', 'Call 720-555-0111');
          c.firstChild.splitText(9);
          // An editor that opens on what the page says.
          d.innerHTML = '<p contenteditable keep>' + n.innerHTML + '</p>';
        }, 20);
      </script>`,
  },
  {
    name: 'forms whose fields have the names of what scripts ask for',
    changes: true,
    body: `<form title="212-555-0199" want-title="720-555-0111"><input name="matches"><input name="localName"><p want="720-555-0111">212-555-0199</p></form>
      <form><input name="parentNode"><p>212-555-0199</p></form><p want="720-555-0111">212-555-0199</p>`,
  },
  {
    name: 'a page that draws its own anew each time, in new elements',
    changes: true,
    body: `<p want="720-555-0111">212-555-0199</p><div id="mine"></div><p id="quiet" want="at rest"></p>
      <script>
        let drawn = 0;
        let timer;
        const draw = () => {
          drawn += 1;
          mine.innerHTML = '<p title="212-555-0199">Call <a href="tel:2125550199">212-555-0199</a></p>';
          clearTimeout(timer);
          timer = setTimeout(() => {
            quiet.textContent = drawn < 700 ? 'at rest' : 'drawn ' + drawn + ' times';
          }, 1000);
        };
        draw();
        new MutationObserver(() => { if (/720/.test(mine.innerHTML)) draw(); })
          .observe(mine, { childList: true, characterData: true, attributes: true, subtree: true });
      </script>`,
  },
  {
    name: 'a text that begins to be edited',
    changes: true,
    body: `<div id="edited" keep>212-555-0199</div><p want="720-555-0111">212-555-0199</p>
      <script>setTimeout(() => { edited.contentEditable = 'true'; }, 200);</script>`,
  },
  {
    name: 'frames: the page’s own, and another page in one',
    changes: true,
    body: `<p want="720-555-0111">212-555-0199</p>
      <iframe title="212-555-0199" srcdoc="<p>212-555-0199</p>" keep></iframe>
      <iframe id="framed"></iframe>`,
  },
  {
    name: 'fragments without head or body',
    body: '<frame-less></frame-less><p want="720-555-0111">212-555-0199',
  },
  {
    name: 'a very long paragraph, and a million digits',
    body: `<p keep>${'1234567890'.repeat(100_000)}</p><p keep>${'2 1 2 5 5 5 0 1 9 8 '.repeat(10_000)}</p><p keep>${'+'.repeat(100_000)}</p><p keep>${'('.repeat(100_000)}</p><p want="720-555-0111">212-555-0199</p>`,
  },
];
