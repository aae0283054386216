// SimCord's page does one thing at a time and drops what a reader does meanwhile; here it waits for its turn.
const ASK_AGAIN_MS = 60;
const WAITS_MS = 30_000;

export function isIdle() {
  const page = window.simcordPreview;
  return Boolean(page?.contextId && page.authorized && !page.pendingAction
    && !(page.awaitingRevision !== null && page.awaitingRevision > page.publishedRevision));
}

export function whenIdle(act, since = performance.now()) {
  if (isIdle()) act();
  else if (performance.now() - since < WAITS_MS) setTimeout(() => whenIdle(act, since), ASK_AGAIN_MS);
}

export function put(words) {
  const box = document.getElementById("channel-composer-input");
  box.value = words;
  box.dispatchEvent(new Event("input", { bubbles: true }));
}

let isSending = false;
document.addEventListener("submit", (event) => {
  if (event.target.id !== "channel-composer") return;
  const box = document.getElementById("channel-composer-input");
  // A slash command that has not been picked from the list yet is nothing to send as words.
  const isUnpicked = Boolean(box?.value?.startsWith("/"));
  if (isIdle() && !isUnpicked) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (isSending || isUnpicked) return;
  isSending = true;
  // Becoming somebody else empties the box; so does a message on its way, but that one is not to be sent again.
  const words = window.simcordPreview?.pendingAction?.kind === "send_message" ? "" : box?.value ?? "";
  whenIdle(() => {
    isSending = false;
    if (words && box.value === "") put(words);
    event.target.requestSubmit();
  });
}, { capture: true });

document.addEventListener("click", (event) => {
  const pressed = event.target.closest?.("button.component-button, .select-option");
  if (!pressed || pressed.disabled || isIdle()) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  // What was pressed may be drawn anew meanwhile.
  const { controlKey } = pressed.dataset;
  const same = controlKey ? `button[data-control-key="${CSS.escape(controlKey)}"]` : `#${CSS.escape(pressed.id)}`;
  whenIdle(() => document.querySelector(same)?.click());
}, { capture: true });
