import { isIdle } from "/demo/patience.js";

// SimCord's page stays at the message it was opened on; a reader at the end of a channel wants to see what comes next.
const $ = (id) => document.getElementById(id);
const timeline = $("channel-timeline");
let isFollowing = true;
let movedAt = -Infinity;

function isAtEnd() {
  return timeline.scrollHeight - timeline.scrollTop - timeline.clientHeight < 60;
}

function toEnd() {
  if (isFollowing) timeline.scrollTop = timeline.scrollHeight;
}

for (const kind of ["wheel", "touchmove", "keydown", "pointerdown"]) {
  timeline.addEventListener(kind, () => { movedAt = performance.now(); }, { passive: true });
}
timeline.addEventListener("scroll", () => {
  if (isAtEnd()) isFollowing = true;
  else if (performance.now() - movedAt < 1000) isFollowing = false;
}, { passive: true });
$("channel-composer").addEventListener("submit", () => { isFollowing = true; }, { capture: true });
new ResizeObserver(toEnd).observe($("channel-message-list"));

let isOpened = false;
export function follow() {
  toEnd();
  if (!isIdle()) return;
  if (isOpened) document.body.dataset.demo = "ready";
  const isBehind = !isOpened || !$("new-messages").hidden || !$("history-newer").hidden;
  if (isFollowing && isBehind) $("new-messages").click();
  isOpened = true;
}
