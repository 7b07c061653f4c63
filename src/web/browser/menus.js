/* Menus are <details>: they open without this. It closes them as one expects of a menu. */

const openMenus = () => document.querySelectorAll('details[data-menu][open]');

document.addEventListener('click', (event) => {
  for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
});

document.addEventListener('focusin', (event) => {
  for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
});

document.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape') return;
  for (const menu of openMenus()) {
    menu.open = false;
    menu.querySelector('summary').focus();
  }
});

// A page kept for Back must not come back with its menu open.
document.addEventListener('turbo:before-cache', () => {
  for (const menu of openMenus()) menu.open = false;
});
