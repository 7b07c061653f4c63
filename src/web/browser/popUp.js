/*
 * A link with data-dialog leads to a page with a confirmation. Here that part of the page is fetched and shown as a
 * pop-up over the page one is on; the address changes too, so that Back closes it and a reload shows the full page.
 */

const popUp = () => document.getElementById('pop-up');
const isOpen = () => popUp()?.open === true;

const follow = (href) => (window.Turbo ? window.Turbo.visit(href) : window.location.assign(href));

function fill(html) {
  const answer = new DOMParser().parseFromString(html, 'text/html');
  const content = answer.querySelector('[data-dialog-content]');
  if (!content) return false;
  // What happens in a pop-up takes its place in the history: Back then leads to the page beneath.
  for (const way of content.querySelectorAll('a, form')) way.dataset.turboAction = 'replace';
  popUp().replaceChildren(document.adoptNode(content));
  popUp().scrollTop = 0;
  popUp().querySelector('h1')?.focus({ preventScroll: true });
  return true;
}

async function open(href, { push }) {
  try {
    const answer = await fetch(href, { headers: { Accept: 'text/html' } });
    const html = await answer.text();
    if (!answer.ok || answer.redirected || !html.includes('data-dialog-content')) return follow(href);
    // A refresh of the page beneath that is under way would take the pop-up with it; it comes when this is closed.
    if (window.Turbo?.navigator.currentVisit) window.Turbo.navigator.stop();
    if (push) history.pushState({ popUp: href }, '', href);
    if (!isOpen()) popUp().showModal();
    fill(html);
  } catch {
    follow(href);
  }
}

function close() {
  popUp().close();
  popUp().replaceChildren();
  document.dispatchEvent(new Event('pop-up:close'));
}

document.addEventListener('click', (event) => {
  if (event.defaultPrevented || event.button !== 0) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  if (isOpen() && (event.target === popUp() || event.target.closest('[data-close]'))) {
    event.preventDefault();
    history.back();
    return;
  }
  const link = event.target.closest('a[data-dialog]');
  if (!link || !popUp()) return;
  event.preventDefault();
  link.setAttribute('aria-busy', 'true');
  open(link.href, { push: true }).finally(() => link.removeAttribute('aria-busy'));
});

// Esc goes the way of Back, so that the address never stays behind.
document.addEventListener(
  'cancel',
  (event) => {
    if (event.target !== popUp()) return;
    event.preventDefault();
    history.back();
  },
  true,
);

// Turbo would fetch the page beneath anew; it never went away.
window.addEventListener(
  'popstate',
  (event) => {
    const href = event.state?.popUp;
    if (!href && !isOpen()) return;
    event.stopImmediatePropagation();
    if (href) open(href, { push: false });
    else close();
  },
  true,
);

// A refused form stays in its pop-up: the answer is the same confirmation with the reason above it, or an error page.
document.addEventListener('turbo:before-fetch-response', (event) => {
  const { fetchResponse } = event.detail;
  if (!isOpen() || !popUp().contains(event.target) || fetchResponse.succeeded || !fetchResponse.isHTML) return;
  event.preventDefault();
  fetchResponse.responseHTML.then((html) => fill(html) || window.location.reload());
});

document.addEventListener('turbo:before-render', () => {
  if (!isOpen()) return;
  popUp().close();
  popUp().replaceChildren();
});
