/* Runs in each tested page before anything else: what the page said itself, what moved, and what is not as it has to be. */
window.watched = {
  own: '',
  shifts: [],

  /** What is marked, wherever it stands, and not yet as it has to be. */
  findWrong(root = document) {
    const wrong = [];
    let count = 0;
    for (const element of root.querySelectorAll('*')) {
      if (element.shadowRoot) {
        const inside = this.findWrong(element.shadowRoot);
        wrong.push(...inside.wrong);
        count += inside.count;
      }
      for (const { name, value } of [...element.attributes]) {
        if (!/^(?:want|keep)/.test(name)) continue;
        count += 1;
        let is = '';
        if (name === 'want') is = element.textContent;
        else if (name === 'keep') is = /720/.test(element.outerHTML) ? 'swapped' : '';
        else is = element.getAttribute(name.slice('want-'.length));
        if (is !== value)
          wrong.push(`${element.localName} ${name}: ${JSON.stringify(is)} instead of ${JSON.stringify(value)}`);
      }
    }
    return { wrong, count };
  },

  /** Whether the shown number stands anywhere, but for the marks. */
  isShown(root = document) {
    return [...root.querySelectorAll('*')].some((element) => {
      if (element.localName === 'script') return false;
      if (element.shadowRoot && this.isShown(element.shadowRoot)) return true;
      const texts = [...element.attributes].filter(({ name }) => !name.startsWith('want')).map(({ value }) => value);
      const copy = element.cloneNode(true);
      for (const script of copy.querySelectorAll('script')) script.remove();
      texts.push(copy.textContent);
      return texts.some((text) => text.replace(/\D/g, '').includes('7205550111'));
    });
  },
};

document.addEventListener('DOMContentLoaded', () => {
  window.watched.own = document.documentElement.outerHTML;
});
new PerformanceObserver((list) => {
  for (const { value } of list.getEntries()) window.watched.shifts.push(value);
}).observe({ type: 'layout-shift', buffered: true });
