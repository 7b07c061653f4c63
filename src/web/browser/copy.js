/* Copy buttons: the text goes to the clipboard, and the button says so for a moment. */

document.addEventListener('click', async (event) => {
  const button = event.target.closest?.('button[data-copy]');
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  const label = button.querySelector('[data-copy-label]');
  const usual = label.textContent;
  if (usual === label.dataset.copyLabel) return;
  label.textContent = label.dataset.copyLabel;
  setTimeout(() => {
    label.textContent = usual;
  }, 1600);
});
