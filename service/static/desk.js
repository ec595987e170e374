// The desk's keyboard shortcuts, and drafts of unsaved text. Without scripts everything works by clicks.

// Shortcuts: j and k move through a list; data-key names the key that clicks an element; c comments.
const items = [...document.querySelectorAll("[data-item] [data-open]")];

function move(by) {
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
  if (by && items.length) move(by);
  else if (event.key === "c") comment();
  // What cannot be undone is only focused; Enter then does it.
  else if (named && "near" in named.dataset) named.focus();
  else if (named) named.click();
  else return;
  event.preventDefault();
});

// The suggested note, into its field; what is typed there stays.
document.querySelector("button[name=use_note]")?.addEventListener("click", (event) => {
  event.preventDefault();
  const { value, form } = event.currentTarget;
  const note = form.elements.note;
  if (!note.value.includes(value)) {
    note.value = note.value.trim() ? `${note.value}\n${value}` : value;
    note.dispatchEvent(new Event("input", { bubbles: true }));
  }
  note.focus();
});

// Unsaved text of each form with data-keep, stored by person and the page's path until it is saved.
// It is offered to nobody but who typed it.
const PREFIX = `story-history ${document.body.dataset.person ?? ""} `;
const OURS = ["csrf", "form", "do", "action"];

function keyOf(form) {
  return `${PREFIX}${location.pathname} ${form.dataset.keep}`;
}

function entriesOf(form) {
  return [...new FormData(form)].filter(([name, value]) => !OURS.includes(name) && typeof value === "string");
}

function typedIn(form) {
  return JSON.stringify(entriesOf(form));
}

// The form for a whole story goes to the server, which renders as many fields as the text needs.
function restore(form, entries) {
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
  const signed = [...form.querySelectorAll("input[name=csrf], input[name=form]")];
  for (const [name, value] of [...signed.map((each) => [each.name, each.value]), ...entries]) {
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
  const message = document.createElement("span");
  message.textContent = `Text that you typed here on ${new Date(kept.at).toLocaleString()} was not saved.`;
  const take = document.createElement("button");
  take.type = "button";
  take.textContent = "Restore it";
  take.addEventListener("click", () => restore(form, kept.entries));
  const discard = document.createElement("button");
  discard.type = "button";
  discard.className = "second";
  discard.textContent = "Discard it";
  discard.addEventListener("click", () => {
    localStorage.removeItem(keyOf(form));
    bar.remove();
  });
  bar.append(message, take, discard);
  form.before(bar);
}

for (const name of Object.keys(localStorage)) {
  const sent = name.startsWith(PREFIX) && JSON.parse(localStorage.getItem(name)).sent;
  // It was sent, and this page says that it was saved.
  if (sent && document.querySelector("[data-saved]")) localStorage.removeItem(name);
}

for (const form of document.querySelectorAll("form[data-keep]")) {
  const fresh = typedIn(form);
  const kept = JSON.parse(localStorage.getItem(keyOf(form)) ?? "null");
  if (kept?.sent && "typed" in form.dataset) {
    // This page is the response to what was sent and has the text in it.
    kept.entries = entriesOf(form);
    localStorage.setItem(keyOf(form), JSON.stringify({ ...kept, sent: false }));
  } else if (kept && JSON.stringify(kept.entries) !== fresh) {
    if ("whole" in form.dataset) offer(form, kept);
    else restore(form, kept.entries);
  }
  const keep = (sent) => {
    const entries = entriesOf(form);
    const note = { at: Date.now(), entries, sent };
    localStorage.setItem(keyOf(form), JSON.stringify(note));
  };
  form.addEventListener("input", () => {
    keep(false);
    const status = form.querySelector("[data-keeping]");
    if (status) status.textContent = "Unsaved text is kept in this browser.";
  });
  form.addEventListener("submit", () => {
    if (localStorage.getItem(keyOf(form))) keep(true);
  });
}

// Signing out deletes unsaved text.
document.querySelector("[data-forget]")?.addEventListener("submit", () => {
  for (const name of Object.keys(localStorage)) if (name.startsWith(PREFIX)) localStorage.removeItem(name);
});

// A long search goes on by itself, as long as its box is ticked.
const search = document.querySelector("form[data-goes-on]");
const byItself = search?.elements.goes_on;
if (byItself?.checked) {
  const timer = setTimeout(() => search.requestSubmit(), 300);
  byItself.addEventListener("change", () => clearTimeout(timer), { once: true });
}

// How many of what can be removed are selected.
const count = document.querySelector("[data-selected] [data-count]");
count?.closest("form").addEventListener("change", () => {
  count.textContent = document.querySelectorAll(".picks input:checked").length;
});
