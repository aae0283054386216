// The demo's bar: shows where the replay stands, switches channels, pauses and steps.
const bar = document.createElement("header");
bar.id = "demo-bar";
bar.setAttribute("aria-label", "Demo controls");
document.body.prepend(bar);

const channels = row();
const controls = row();
let shown = "";
let generation = null;

function row() {
  const element = document.createElement("div");
  element.className = "row";
  bar.append(element);
  return element;
}

function button(label, action, value = "", options = {}) {
  const element = document.createElement("button");
  element.type = "button";
  element.textContent = label;
  element.dataset.demo = value ? `${action}:${value}` : action;
  if (options.pressed !== undefined) element.setAttribute("aria-pressed", String(options.pressed));
  if (options.title) element.title = options.title;
  element.disabled = Boolean(options.disabled);
  element.addEventListener("click", () => act(action, value));
  return element;
}

function text(content, className) {
  const element = document.createElement("span");
  element.className = className;
  element.textContent = content;
  return element;
}

async function act(action, value) {
  const answer = await fetch("/demo/do", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ action, value }),
  });
  if (answer.ok) show(await answer.json());
}

function tryThis(words) {
  const element = document.createElement("code");
  element.textContent = words;
  element.title = "Put this into the message box";
  element.addEventListener("click", () => {
    const box = document.getElementById("channel-composer-input");
    if (!box) return;
    box.value = words;
    box.dispatchEvent(new Event("input", { bubbles: true }));
    box.focus();
  });
  return element;
}

function show(state) {
  if (generation !== null && state.generation !== generation) {
    location.reload();
    return;
  }
  generation = state.generation;
  const key = JSON.stringify(state);
  if (key === shown) return;
  shown = key;
  channels.replaceChildren(text("smallcap-signals", "session"));
  for (const channel of state.channels) {
    const element = button(`# ${channel.name}`, "channel", channel.name, { pressed: channel.name === state.channel });
    if (channel.unread > 0) {
      const badge = text(String(channel.unread), "unread");
      badge.setAttribute("aria-label", `${channel.unread} new`);
      element.append(badge);
    }
    channels.append(element);
  }
  channels.append(text("", "spacer"), text("Try:", "hint hide-small"));
  for (const words of state.tries) {
    const element = tryThis(words);
    element.classList.add("hide-small");
    channels.append(element);
  }
  const progress = document.createElement("progress");
  progress.max = state.total;
  progress.value = state.done;
  progress.setAttribute("aria-label", "Sessions replayed");
  controls.replaceChildren(
    button(state.is_paused ? "▶ Play" : "⏸ Pause", state.is_paused ? "play" : "pause", "", { disabled: state.is_over }),
    button("Next session", "step", "", { disabled: state.is_over || !state.is_paused, title: "Pause first" }),
    progress,
    text(`Session ${state.session}`, "session"),
    text(state.is_over ? "the replay is over; commands still work" : `${state.done} of ${state.total}, ${state.label}`, "hint"),
  );
}

async function poll() {
  try {
    const answer = await fetch("/demo/state");
    if (answer.ok) show(await answer.json());
  } finally {
    setTimeout(poll, 700);
  }
}
void poll();
