// The demo's column: shows where the replay stands, changes channels, pauses and steps, asks what a reader picks.
import { follow } from "/demo/follow.js";
import { put, whenIdle } from "/demo/patience.js";

const POLL_MS = 700;
const $ = (id) => document.getElementById(id);

function element(tag, { text = "", name = "", ...rest } = {}, ...children) {
  const made = document.createElement(tag);
  made.className = name;
  made.textContent = text;
  for (const [key, value] of Object.entries(rest)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function button(label, press, rest = {}) {
  const made = element("button", { text: label, type: "button", ...rest });
  made.addEventListener("click", press);
  return made;
}

const channels = element("div", { name: "channels" });
const when = element("p", { name: "when", "aria-live": "off" });
const progress = element("progress", { "aria-label": "Sessions replayed" });
const toggle = button("Pause", () => act(toggle.dataset.action), { class: "main", "data-demo": "toggle" });
const next = button("Next session", () => act("step"), { "data-demo": "step" });
const note = element("p", { name: "note" });
const tries = element("div", { name: "tries" });
const viewer = document.querySelector(".viewer-control");
viewer.firstChild.textContent = "You are";
$("viewer-picker").setAttribute("aria-label", "You are");

const column = element("aside", { id: "demo", "aria-label": "Demo" },
  element("h1", {}, element("img", { src: "/demo/smallcap.png", alt: "" }),
    element("span", { text: "smallcap" }, element("small", { text: "a simulated Discord server" }))),
  element("nav", { "aria-label": "Channels" }, element("h2", { text: "Channels" }), channels),
  element("section", { name: "replay", "aria-label": "Replay" }, element("h2", { text: "History replayed" }),
    when, progress, element("div", { name: "controls" }, toggle, next), note),
  element("section", { name: "ask", "aria-label": "Try" }, tries,
    element("p", { name: "note", text: "Or type anything below, or / for its commands." })),
  element("section", { name: "you" }, viewer));
document.body.prepend(column);

let generation = null;
let latest = null;

async function act(action, value = "") {
  const answer = await fetch("/demo/do", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ action, value }),
  });
  if (answer.ok) show(await answer.json());
}

function ask(words) {
  whenIdle(() => {
    const box = $("channel-composer-input");
    if (!box || box.disabled) return;
    put(words);
    box.focus();
    $("channel-composer").requestSubmit();
  });
}

function showChannels(state) {
  channels.replaceChildren(...state.channels.map(({ name, owner, unread }) => {
    const made = button("", () => act("channel", name), {
      class: owner ? "direct" : "", "aria-pressed": String(name === state.channel), "data-demo": `channel:${name}` });
    made.append(element("span", { text: owner || name }, ...(owner ? [element("span", { text: "'s direct messages" })] : [])));
    if (unread > 0) made.append(element("span", { name: "unread", text: String(unread), "aria-label": `${unread} new` }));
    return made;
  }));
}

function showReplay(state) {
  when.textContent = state.session;
  progress.max = state.total;
  progress.value = state.done;
  toggle.textContent = state.is_paused ? "Play" : "Pause";
  toggle.dataset.action = state.is_paused ? "play" : "pause";
  toggle.disabled = state.is_over;
  next.disabled = state.is_over;
  delete note.dataset.lost;
  note.textContent = state.is_over ? "The replay is over; the bot still answers."
    : `Session ${state.done} of ${state.total}, ${state.label}`;
}

function showTries() {
  const who = $("viewer-picker").selectedOptions[0]?.textContent ?? "";
  const groups = latest?.tries[who] ?? Object.values(latest?.tries ?? {})[0] ?? {};
  if (tries.dataset.shown === JSON.stringify(groups)) return;
  tries.dataset.shown = JSON.stringify(groups);
  tries.replaceChildren(...Object.entries(groups).map(([title, words]) =>
    element("section", { "aria-label": title }, element("h2", { text: title }),
      element("div", {}, ...words.map((text) => button(text, () => ask(text), { "data-ask": text, title: text }))))));
}

function show(state) {
  if (generation !== null && state.generation !== generation) {
    location.reload();
    return;
  }
  generation = state.generation;
  const isNews = JSON.stringify(state) !== JSON.stringify(latest) || note.dataset.lost;
  latest = state;
  showTries();
  nameMentions();
  if (!isNews) return;
  showChannels(state);
  showReplay(state);
}

// Discord shows whom and what an embed mentions by name; SimCord does so outside of embeds alone.
function nameMentions() {
  const names = latest?.names ?? {};
  const walker = document.createTreeWalker($("channel-message-list"), NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) if (/<(#|@&?)\d+>/.test(walker.currentNode.data)) found.push(walker.currentNode);
  for (const node of found) {
    const parts = node.data.split(/(<(?:#|@&?)\d+>)/).map((part) =>
      names[part] ? element("span", { name: "mention", text: names[part] }) : part);
    if (parts.some((part) => part instanceof HTMLElement)) node.replaceWith(...parts);
  }
}
new MutationObserver(nameMentions).observe($("channel-message-list"), { childList: true, subtree: true });

async function poll() {
  try {
    const answer = await fetch("/demo/state");
    if (answer.ok) show(await answer.json());
    follow();
  } catch {
    note.dataset.lost = "yes";
    note.textContent = "The demo has stopped: start it again, then reload this page.";
  } finally {
    setTimeout(poll, POLL_MS);
  }
}
void poll();
