/* A page that refreshes itself keeps what the person is doing: open menus, the marked section, half-filled fields. */

document.addEventListener('turbo:before-morph-attribute', (event) => {
  const { attributeName } = event.detail;
  const { target } = event;
  if (attributeName === 'open' && target.matches('details')) event.preventDefault();
  if (attributeName === 'aria-current' && target.closest('[data-section-nav]')) event.preventDefault();
});

function isTouched(field) {
  if (field.matches('input[type="checkbox"], input[type="radio"]')) return field.checked !== field.defaultChecked;
  if (field.matches('select')) return [...field.options].some((option) => option.selected !== option.defaultSelected);
  return field.value !== field.defaultValue;
}

document.addEventListener('turbo:before-morph-element', (event) => {
  const { target } = event;
  if (!target.matches?.('input:not([type="hidden"]), textarea, select')) return;
  if (target === document.activeElement || isTouched(target)) event.preventDefault();
});

// A visit that is given up between its headers and its body rejects where nobody listens; that is no error of the page's.
window.addEventListener('unhandledrejection', (event) => {
  if (event.reason?.name === 'AbortError') event.preventDefault();
});
