/*
 * A page that hears of a change asks for itself anew and is morphed into the answer. Turbo's own refresh is forgotten when a visit
 * is under way, though that visit's page may have been read before the change; here every change that was heard of counts until a
 * page is on screen that was asked for after it. A refresh never takes a form's answer or a pop-up away: it waits for them. A page
 * that Back brings from Turbo's cache is older than what was asked for: its stream says since when it has to hear.
 */

let heard = 0;
/** Of the changes, those heard of before a page was last asked for, and before the one on screen was. */
let asked = 0;
let shown = 0;

/** The form that is being sent, until its answer is there as a whole. */
let sending;
/** A refused form's answer is on screen, which the page at this address doesn't say. */
let isAnswer = false;
let refreshing = false;

/** A connection that breaks after an answer's head leaves a visit that never ends. */
const givenUpMs = 30_000;

function refreshIfDue() {
  if (shown === heard) return;
  const { Turbo } = window;
  if (sending || isAnswer || Turbo.navigator.currentVisit || document.getElementById('pop-up')?.open) return;
  Turbo.visit(document.baseURI, { action: 'replace', shouldCacheSnapshot: false });
  refreshing = true;
  const visit = Turbo.navigator.currentVisit;
  setTimeout(() => {
    if (!visit || Turbo.navigator.currentVisit !== visit) return;
    Turbo.navigator.stop();
    refreshIfDue();
  }, givenUpMs);
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
  shown = document.getElementById('live') ? asked : heard;
  isAnswer = false;
  // The visit counts as under way until its listeners are through.
  setTimeout(refreshIfDue);
});

document.addEventListener('turbo:submit-start', ({ detail }) => {
  sending = detail.formSubmission;
  refreshing = false;
});
document.addEventListener('turbo:submit-end', async ({ detail, target }) => {
  const { fetchResponse, formSubmission, success } = detail;
  if (fetchResponse && !target.closest('dialog')) isAnswer = !success;
  // Turbo goes on when the answer's body is there, not yet with its head; a visit that it leads to is begun by then.
  await fetchResponse?.responseHTML.catch(() => {});
  setTimeout(() => {
    if (sending === formSubmission) sending = undefined;
    refreshIfDue();
  });
});
document.addEventListener('pop-up:close', refreshIfDue);

// What was just said is said once; only a page that refreshes itself leaves it standing.
document.addEventListener('turbo:before-morph-element', (event) => {
  if (refreshing && event.target.matches?.('[data-keep]') && !event.detail.newElement) event.preventDefault();
});
for (const name of ['turbo:visit', 'turbo:render'])
  document.addEventListener(name, () => {
    refreshing = false;
  });
