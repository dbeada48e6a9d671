// Keys of the work screen, and pages that follow the log. Without this script the page works by its forms and links.
"use strict";

const MOVES = { j: 1, k: -1 };

function isTyping(target) {
  return target instanceof HTMLElement && (target.matches("input, textarea, select") || target.isContentEditable);
}

function move(step) {
  const links = [...document.querySelectorAll(".items > li a.t")];
  const at = links.findIndex((link) => link.closest("li").classList.contains("on"));
  const next = links[at < 0 ? 0 : at + step];
  if (next) location.assign(next.href);
}

function press(key) {
  const button = document.querySelector(`main [data-key="${key}"], .undo [data-key="${key}"]`);
  if (button) button.form.requestSubmit(button);
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  const key = event.key.toLowerCase();
  if (isTyping(event.target)) {
    if (key === "escape") event.target.blur();
    return;
  }
  if (key === "/") {
    event.preventDefault();
    document.getElementById("find").focus();
  } else if (key in MOVES) {
    event.preventDefault();
    move(MOVES[key]);
  } else if (/^[awlnzu]$/.test(key)) {
    event.preventDefault();
    press(key);
  }
});

// One form is sent once, however often its key is pressed.
document.addEventListener("submit", (event) => {
  if (event.target.method !== "post") return;
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "yes";
});

function isBusy() {
  const active = document.activeElement;
  const typed = [...document.querySelectorAll("main input:not([type=hidden]), #find")].some((input) => input.value !== input.defaultValue);
  return typed || isTyping(active);
}

let waiting = false;
let again = false;
// The newest state of the log that an event named; a page that shows it or a later one is new enough.
let seen = null;

async function refresh() {
  again = waiting;
  if (waiting) return;
  waiting = true;
  try {
    const answer = await fetch(location.href, { credentials: "same-origin", headers: { "X-Seen": seen ?? "" } });
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const parts = isBusy() ? ["now"] : ["now", "queue", "detail"];
    const focused = document.activeElement?.getAttribute("href");
    for (const id of parts) {
      const now = document.getElementById(id);
      const then = fresh.getElementById(id);
      if (now && then && now.outerHTML !== then.outerHTML) now.replaceWith(document.adoptNode(then));
    }
    if (focused) [...document.querySelectorAll("a")].find((link) => link.getAttribute("href") === focused)?.focus();
    tell("live");
  } finally {
    waiting = false;
    if (again) refresh();
  }
}

function tell(state) {
  const line = document.getElementById("live");
  const clock = new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  if (line) line.textContent = state === "live" ? `live, last look ${clock}` : state;
}

document.querySelector(".items > li.on")?.scrollIntoView({ block: "nearest" });

const events = new EventSource("/events");
// After a connection was lost the server's count may have grown, or begun again: look at once.
events.addEventListener("state", (event) => {
  const before = seen;
  seen = event.data;
  if (before !== null && before !== seen) refresh();
  tell("live");
});
// Counts come first; the lists follow with the page.
events.addEventListener("counts", (event) => {
  for (const [name, figure] of Object.entries(JSON.parse(event.data))) {
    const shown = document.querySelector(`[data-count="${name}"]`);
    if (shown) shown.textContent = figure;
  }
});
events.addEventListener("change", (event) => {
  seen = event.data;
  refresh();
});
events.addEventListener("error", () => tell("not connected; the page shows what it last knew"));
