// Steps through the changes of a difference, by the links and by the actions "next" and "previous".
// A step starts from where the reader is, and puts its change into the address. In a change that is
// higher than the window, each mark further down is a step of its own. Without scripts, the links
// lead to the first and the last change.
const all = (selector, part = document) => [...part.querySelectorAll(selector)];
// How far below the top of the window a change is, once it is stepped to.
const edge = (change) => parseFloat(getComputedStyle(change).scrollMarginTop);

// The address of a change. The History's own shows another comparison after the next publication.
function name(change) {
  const url = new URL(location.href), { lasting } = document.querySelector("[data-lasting]")?.dataset ?? {};
  if (lasting) {
    url.pathname = lasting;
    url.searchParams.delete("cursor");
  }
  url.hash = change.id;
  history.replaceState(history.state, "", url);
}

// What is stepped to: a change, or a mark in one.
function stops() {
  const found = [];
  for (const change of all("[data-change]")) {
    found.push({ change, at: change });
    if (change.offsetHeight < innerHeight * 0.7) continue;
    let last = change.getBoundingClientRect().top;
    for (const mark of all("ins, del", change)) {
      const { top } = mark.getBoundingClientRect();
      if (top - last > innerHeight * 0.4) found.push({ change, at: mark });
      if (top - last > innerHeight * 0.4) last = top;
    }
  }
  return found;
}

let last; // the stop that was stepped to, and where the page was then
const stands = (each) => last && each.at === last.at && Math.abs(scrollY - last.scrolled) < 4;

// `quietly`: without the focus, which stays where a reader put it.
function step(by, quietly) {
  const list = stops();
  if (!list.length) return;
  let index = list.findIndex(stands);
  if (index < 0) {
    // From where the reader is: what is above the edge of the bar has been passed.
    const below = list.findIndex((each) => each.at.getBoundingClientRect().top >= edge(each.change) - 12);
    index = by > 0 ? (below < 0 ? list.length : below) - 1 : below < 0 ? list.length : below;
  }
  show(list[(index + by + list.length) % list.length], quietly);
}

function show(stop, quietly) {
  stop.change.closest("details:not([open])")?.setAttribute("open", "");
  for (const each of all("[data-change]")) each.classList.toggle("on-show", quietly && each === stop.change);
  if (!quietly) stop.change.focus({ preventScroll: true });
  stop.at.scrollIntoView({ block: "start", behavior: "instant" });
  name(stop.change);
  last = { at: stop.at, scrolled: scrollY };
  say(stop.change);
  check();
}

// Says that there is no such change, where the address names one that is not on the page.
function check() {
  const note = document.querySelector("[data-no-change]"), named = location.hash.slice(1);
  if (note) note.hidden = !/^c[a-z\d]+(-\d+)?$/.test(named) || Boolean(document.getElementById(named));
}

function say(change) {
  const position = document.querySelector("[data-position]");
  if (!position) return; // a change by itself has no place among others
  const { position: words, total } = position.dataset;
  position.textContent = (words || "{number} of {total}")
    .replace("{number}", change.dataset.change)
    .replace("{total}", total || all("[data-change]").length);
}

// Long stretches of a paragraph in which nothing changed are folded; without scripts they are not.
function fold(stretch) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "unfold";
  button.textContent = "…";
  button.setAttribute("aria-label", document.querySelector("[data-unfold]")?.dataset.unfold ?? "Show the unchanged text");
  button.addEventListener("click", () => {
    stretch.hidden = false;
    button.remove();
  });
  stretch.hidden = true;
  stretch.before(button);
}

function prepare() {
  last = undefined;
  all("[data-change] .stretch:not([hidden])").forEach(fold);
  const named = document.getElementById(location.hash.slice(1) || null);
  if (named?.matches("[data-change]")) {
    last = { at: named, scrolled: scrollY };
    say(named);
    name(named);
  }
  check();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-step]");
  if (!link) return;
  event.preventDefault();
  step(Number(link.dataset.step));
});
document.addEventListener("history-action", ({ detail }) => {
  if (detail === "next") step(1);
  else if (detail === "previous") step(-1);
  else if (detail === "play") step(1, true);
});
addEventListener("hashchange", prepare);
document.addEventListener("history-shown", prepare);
prepare();
