/* A page that refreshes itself keeps what the person is doing: open menus, the marked section, half-filled fields. */

document.addEventListener('turbo:before-morph-attribute', (event) => {
  const { attributeName } = event.detail;
  const { target } = event;
  if (attributeName === 'open' && target.matches('details')) event.preventDefault();
  if (attributeName === 'aria-current' && target.closest('[data-section-nav]')) event.preventDefault();
});

// A refresh would stop a form that is being sent, and nobody would see its answer: it waits until the answer is there.
let sending = false;
let isWaiting = false;
document.addEventListener('turbo:submit-start', () => {
  sending = true;
});
document.addEventListener('turbo:submit-end', () => {
  sending = false;
  if (isWaiting) window.Turbo.session.refresh(document.baseURI);
  isWaiting = false;
});
document.addEventListener('turbo:before-visit', (event) => {
  if (!sending || event.detail.url !== document.baseURI) return;
  event.preventDefault();
  isWaiting = true;
});

function isTouched(field) {
  if (field.matches('input[type="checkbox"], input[type="radio"]')) return field.checked !== field.defaultChecked;
  if (field.matches('select')) return [...field.options].some((option) => option.selected !== option.defaultSelected);
  return field.value !== field.defaultValue;
}

// What was just said is said once; only a page that refreshes itself leaves it standing.
let refreshing = false;
document.addEventListener('turbo:before-stream-render', (event) => {
  if (event.target.getAttribute('action') === 'refresh') refreshing = true;
});
document.addEventListener('turbo:render', () => {
  refreshing = false;
});

document.addEventListener('turbo:before-morph-element', (event) => {
  const { target } = event;
  if (refreshing && target.matches?.('[data-keep]') && !event.detail.newElement) event.preventDefault();
  if (!target.matches?.('input:not([type="hidden"]), textarea, select')) return;
  if (target === document.activeElement || isTouched(target)) event.preventDefault();
});

// A visit that is given up between its headers and its body rejects where nobody listens; that is no error of the page's.
window.addEventListener('unhandledrejection', (event) => {
  if (event.reason?.name === 'AbortError') event.preventDefault();
});
