/*
 * A page that hears of a change asks for itself anew and is morphed into the answer. Turbo's own refresh is forgotten when a visit
 * is under way, though that visit's page may have been read before the change; here every change that was heard of counts until a
 * page is on screen that was asked for after it. A refresh never takes a form's answer or a pop-up away: it waits for them.
 */

let heard = 0;
/** Of the changes, those heard of before a page was last asked for, and before the one on screen was. */
let asked = 0;
let shown = 0;

let sending = false;
/** A refused form's answer is on screen, which the page at this address doesn't say. */
let isAnswer = false;
let refreshing = false;

const answerMs = 500;

function refreshIfDue() {
  const isBusy = sending || isAnswer || window.Turbo.navigator.currentVisit || document.getElementById('pop-up')?.open;
  if (shown === heard || isBusy) return;
  window.Turbo.visit(document.baseURI, { action: 'replace', shouldCacheSnapshot: false });
  refreshing = true;
}

document.addEventListener('turbo:before-stream-render', (event) => {
  if (event.target.getAttribute('action') !== 'refresh') return;
  event.preventDefault();
  heard += 1;
  refreshIfDue();
});

document.addEventListener('turbo:before-fetch-request', () => {
  asked = heard;
});
document.addEventListener('turbo:load', () => {
  shown = asked;
  isAnswer = false;
  // The visit counts as under way until its listeners are through.
  setTimeout(refreshIfDue);
});

document.addEventListener('turbo:submit-start', () => {
  sending = true;
});
document.addEventListener('turbo:submit-end', ({ detail, target }) => {
  sending = false;
  isAnswer = detail.fetchResponse !== undefined && !detail.success && !target.closest('dialog');
  // Where the answer leads to another page, that visit is what is waited for.
  setTimeout(refreshIfDue, answerMs);
});
document.addEventListener('pop-up:close', () => {
  isAnswer = false;
  refreshIfDue();
});

// What was just said is said once; only a page that refreshes itself leaves it standing.
document.addEventListener('turbo:before-morph-element', (event) => {
  if (refreshing && event.target.matches?.('[data-keep]') && !event.detail.newElement) event.preventDefault();
});
for (const name of ['turbo:visit', 'turbo:render'])
  document.addEventListener(name, () => {
    refreshing = false;
  });
