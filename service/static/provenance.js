// Tells of a sentence beside the text, without leaving the page. The sentences are one stop of the
// keyboard: arrow keys (or n and p) move among them, Enter chooses, Escape closes. What is told comes
// from the server, and the address follows. Without scripts, each sentence is a link to the same.
const article = document.querySelector("[data-sentences]");
const pieces = [...article.querySelectorAll("a.sentence")];
const stops = pieces.filter((each) => each.id);
const panel = document.querySelector(".origin-panel");
const told = panel.querySelector("[data-told]");
const [previous, following] = ["prev", "next"].map((rel) => panel.querySelector(`a[rel=${rel}]`));
const status = document.querySelector("[data-position]");
const wide = matchMedia("(min-width: 64rem)");
const closed = new URL(panel.querySelector(".close").href);
const answers = new Map();
closed.hash = "";
let chosen = new URL(location.href).searchParams.get("sentence");
let explained = false;

const numberOf = (piece) => new URL(piece.href).searchParams.get("sentence");
const isOpen = () => !panel.hidden;
const stopOf = (number) => stops.find((each) => numberOf(each) === number);

function address(number, view = "text") {
  const url = new URL(closed);
  url.searchParams.set("sentence", number);
  url.searchParams.set("view", view);
  url.searchParams.sort();
  if (view === "text") url.hash = `s-${number}`;
  return url.href;
}

function rove(stop) {
  for (const each of stops) each.tabIndex = each === stop ? 0 : -1;
}

// What the server says of a sentence, as elements.
async function answer(number) {
  if (!answers.has(number)) {
    const url = new URL(address(number, "sentence"));
    for (const name of ["colours", "start"]) url.searchParams.delete(name);
    const response = await fetch(url);
    if (response.status !== 200) throw new Error(response.statusText);
    answers.set(number, await response.text());
  }
  return new DOMParser().parseFromString(answers.get(number), "text/html").body.childNodes;
}

function mark(number) {
  chosen = number;
  for (const each of pieces) {
    if (number && numberOf(each) === number) each.setAttribute("aria-current", "true");
    else each.removeAttribute("aria-current");
  }
}

// `focused`: whether the panel takes the focus; it keeps it.
async function tell(number, focused) {
  mark(number);
  try {
    const elements = await answer(number);
    if (chosen !== number) return;
    focused ||= told.contains(document.activeElement);
    told.replaceChildren(...elements);
  } catch {
    location.reload(); // the address is that of the page that tells it
    return;
  }
  panel.hidden = false;
  const stop = stopOf(number);
  if (stop) {
    rove(stop);
    steer(stops.indexOf(stop));
    place(stop);
    stop.scrollIntoView({ block: "nearest" });
  }
  panel.scrollTop = 0;
  const title = told.querySelector("h2");
  if (focused) title.focus({ preventScroll: true });
  else status.textContent = title.textContent;
}

function steer(at) {
  for (const [link, to] of [[previous, stops[at - 1]], [following, stops[at + 1]]]) {
    if (to) link.href = address(numberOf(to));
    else link.removeAttribute("href");
  }
}

// Beside its sentence, as far as it is in view; below the text it is a sheet.
function place(stop) {
  panel.style.marginBlockStart = "";
  if (!wide.matches) return;
  const top = panel.parentElement.getBoundingClientRect().top;
  const lowest = innerHeight - top - panel.offsetHeight - 16;
  const beside = stop.getBoundingClientRect().top - top - 12;
  panel.style.marginBlockStart = `${Math.max(0, Math.min(beside, lowest))}px`;
}

function choose(number, focused = true) {
  if (isOpen()) history.replaceState(history.state, "", address(number));
  else {
    history.scrollRestoration = "manual"; // of the entry to which closing goes back
    history.pushState({ told: true }, "", address(number));
    history.scrollRestoration = "auto";
  }
  return tell(number, focused);
}

function close() {
  if (history.state?.told) history.back();
  else {
    history.replaceState(null, "", closed);
    hide();
  }
}

function hide() {
  const stop = stopOf(chosen);
  const inside = panel.contains(document.activeElement) || document.activeElement === document.body;
  mark(null);
  panel.hidden = true;
  history.scrollRestoration = "auto";
  if (inside) (stop ?? stops[0])?.focus({ preventScroll: true });
  stop?.scrollIntoView({ block: "nearest" });
}

// `focus`: whether the sentence takes the focus.
function step(from, by, focus) {
  const stop = stops[Math.max(0, Math.min(stops.length - 1, from + by))];
  rove(stop);
  if (focus) stop.focus();
  if (isOpen()) choose(numberOf(stop), false);
}

article.addEventListener("click", (event) => {
  const piece = event.target.closest("a.sentence");
  if (!piece || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  if (getSelection().isCollapsed) choose(numberOf(piece)); // else someone selects text
});

article.addEventListener("focusin", (event) => {
  const at = stops.indexOf(event.target);
  if (at < 0) return;
  rove(stops[at]);
  if (!explained && event.target.matches(":focus-visible")) {
    explained = true;
    status.textContent = status.dataset.position.replace("{number}", at + 1).replace("{total}", stops.length);
  }
});

panel.addEventListener("click", (event) => {
  const link = event.target.closest(".steer a[href]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  if (link === previous || link === following) step(stops.indexOf(stopOf(chosen)), link === following ? 1 : -1);
  else close();
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape" && isOpen()) { close(); return; }
  // Single letters are keys only where a sentence, or what is told of it, has the focus.
  const at = stops.indexOf(event.target);
  const inPanel = panel.contains(event.target);
  if (at < 0 && !inPanel) return;
  const forth = getComputedStyle(article).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
  const back = forth === "ArrowLeft" ? "ArrowRight" : "ArrowLeft";
  const keys = { n: 1, p: -1, ...(at < 0 ? {} : { ArrowDown: 1, ArrowUp: -1, [forth]: 1, [back]: -1, Home: -Infinity, End: Infinity }) };
  const by = keys[event.key];
  if (!by) return;
  event.preventDefault();
  step(at < 0 ? stops.indexOf(stopOf(chosen)) : at, by, at >= 0);
});

addEventListener("popstate", () => {
  const number = new URL(location.href).searchParams.get("sentence");
  if (number) tell(number, true);
  else if (isOpen()) hide();
});

const colours = document.querySelector(".colours");
const byAge = colours.elements.namedItem("colours");
colours.querySelector("button").hidden = true;
byAge.checked = article.classList.contains("by-age");
byAge.addEventListener("change", () => {
  article.classList.toggle("by-age", byAge.checked);
  document.querySelector(".ages").hidden = !byAge.checked;
  if (byAge.checked) closed.searchParams.set("colours", "age");
  else closed.searchParams.delete("colours");
  closed.searchParams.sort();
  history.replaceState(history.state, "", isOpen() ? address(chosen) : closed);
});

for (const each of pieces) {
  each.tabIndex = -1;
  each.draggable = false;
}
rove(stopOf(chosen) ?? stops[0]);
if (stopOf(chosen)) addEventListener("load", () => place(stopOf(chosen)));
