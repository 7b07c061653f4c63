/* Marks, in the left-hand navigation of a long page, the section that is being read. */

let watching = null;

function mark(navigation) {
  const links = [...navigation.querySelectorAll('a[href^="#"]')];
  const sections = links.map((link) => document.getElementById(link.hash.slice(1)));
  const atEnd = window.innerHeight + window.scrollY >= document.documentElement.scrollHeight - 2;
  const line = window.innerHeight / 3;
  let now = 0;
  sections.forEach((section, index) => {
    if (section && section.getBoundingClientRect().top <= line) now = index;
  });
  const asked = sections.findIndex((section) => section && `#${section.id}` === window.location.hash);
  // The last sections may be too short to reach the line; then the one that was asked for counts.
  if (atEnd) now = asked > now ? asked : sections.length - 1;
  links.forEach((link, index) => {
    if (index === now) link.setAttribute('aria-current', 'true');
    else link.removeAttribute('aria-current');
  });
}

function watch() {
  watching?.abort();
  watching = null;
  const navigation = document.querySelector('[data-section-nav]');
  if (!navigation) return;
  watching = new AbortController();
  const { signal } = watching;
  let due = false;
  const later = () => {
    if (due) return;
    due = true;
    requestAnimationFrame(() => {
      due = false;
      mark(navigation);
    });
  };
  window.addEventListener('scroll', later, { signal, passive: true });
  window.addEventListener('resize', later, { signal, passive: true });
  window.addEventListener('hashchange', later, { signal });
  mark(navigation);
}

document.addEventListener('turbo:load', watch);
document.addEventListener('turbo:render', watch);
