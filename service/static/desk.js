// The desk's keys, and text that is kept while it is typed. Without it everything works by clicks.

// Keys: j and k go through a list; a key named by data-key clicks its button or link; c comments.
const items = [...document.querySelectorAll("[data-item] [data-open]")];

function among(by) {
  const at = items.indexOf(document.activeElement);
  const next = items[at < 0 ? (by > 0 ? 0 : items.length - 1) : Math.min(items.length - 1, Math.max(0, at + by))];
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}

function comment() {
  const say = document.activeElement.closest("[data-change]")?.querySelector(".say");
  if (say) say.open = true;
  (say?.querySelector("textarea") ?? document.getElementById("note"))?.focus();
}

document.addEventListener("keydown", (event) => {
  const typing = event.target.matches("input, textarea, select");
  if (event.key === "Escape" && typing) event.target.blur();
  if (event.ctrlKey || event.metaKey || event.altKey || typing) return;
  const by = { j: 1, k: -1 }[event.key];
  const named = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (by && items.length) among(by);
  else if (event.key === "c") comment();
  // What cannot be taken back is only brought near: Enter does it.
  else if (named && "near" in named.dataset) named.focus();
  else if (named) named.click();
  else return;
  event.preventDefault();
});

// Kept text: each form with data-keep, by the page's path. It goes when it was saved.
const PREFIX = "story-history ";
const OURS = ["csrf", "do", "action"];

function keyOf(form) {
  return `${PREFIX}${location.pathname} ${form.dataset.keep}`;
}

function entriesOf(form) {
  return [...new FormData(form)].filter(([name, value]) => !OURS.includes(name) && typeof value === "string");
}

function typedIn(form) {
  return JSON.stringify(entriesOf(form));
}

// A form over a whole story is sent back to the server, which knows how many fields it has then.
function takeUp(form, entries) {
  if (!("whole" in form.dataset)) {
    for (const [name, value] of entries) {
      const field = form.elements[name];
      if (field instanceof HTMLTextAreaElement) field.value = value;
    }
    return;
  }
  const copy = document.createElement("form");
  copy.method = "post";
  copy.action = form.action;
  const csrf = form.querySelector("input[name=csrf]").value;
  for (const [name, value] of [["csrf", csrf], ...entries]) {
    const field = document.createElement("textarea");
    field.name = name;
    field.value = value;
    copy.append(field);
  }
  copy.hidden = true;
  document.body.append(copy);
  copy.submit();
}

function offer(form, kept) {
  const bar = document.createElement("div");
  bar.className = "kept";
  bar.setAttribute("role", "status");
  const words = document.createElement("span");
  words.textContent = `Text that you typed here on ${new Date(kept.at).toLocaleString()} was not saved.`;
  const take = document.createElement("button");
  take.type = "button";
  take.textContent = "Take it up";
  take.addEventListener("click", () => takeUp(form, kept.entries));
  const leave = document.createElement("button");
  leave.type = "button";
  leave.className = "second";
  leave.textContent = "Discard it";
  leave.addEventListener("click", () => {
    localStorage.removeItem(keyOf(form));
    bar.remove();
  });
  bar.append(words, take, leave);
  form.before(bar);
}

for (const name of Object.keys(localStorage)) {
  const sent = name.startsWith(PREFIX) && JSON.parse(localStorage.getItem(name)).sent;
  // What was sent and then answered by a page that says it is stored.
  if (sent && document.querySelector("[data-saved]")) localStorage.removeItem(name);
}

for (const form of document.querySelectorAll("form[data-keep]")) {
  const fresh = typedIn(form);
  const kept = JSON.parse(localStorage.getItem(keyOf(form)) ?? "null");
  if (kept?.sent && "typed" in form.dataset) {
    // The answer to what was sent, with the typed text in it.
    kept.entries = entriesOf(form);
    localStorage.setItem(keyOf(form), JSON.stringify({ ...kept, sent: false }));
  } else if (kept && JSON.stringify(kept.entries) !== fresh) {
    if ("whole" in form.dataset) offer(form, kept);
    else takeUp(form, kept.entries);
  }
  const keep = (sent) => {
    const entries = entriesOf(form);
    const note = { at: Date.now(), entries, sent };
    localStorage.setItem(keyOf(form), JSON.stringify(note));
  };
  form.addEventListener("input", () => {
    keep(false);
    const told = form.querySelector("[data-keeping]");
    if (told) told.textContent = "Kept in this browser until it is saved.";
  });
  form.addEventListener("submit", () => {
    if (localStorage.getItem(keyOf(form))) keep(true);
  });
}

// Whoever signs out leaves no text behind.
document.querySelector("[data-forget]")?.addEventListener("submit", () => {
  for (const name of Object.keys(localStorage)) if (name.startsWith(PREFIX)) localStorage.removeItem(name);
});
