// Plays through the versions: the button or the space bar starts and stops, the arrow keys step. Each
// version is fetched from its own page and replaces the current one. Without scripts, links do the same.
const PAUSE = 3000;
let timer;

const stage = () => document.querySelector("[data-stage]");
const button = () => stage().querySelector("[data-play]");

async function go(rel) {
  const link = stage().querySelector(`a[rel=${rel}]`);
  if (!link) return false;
  const answer = await fetch(link.href);
  if (!answer.ok) return false;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const focused = document.activeElement?.rel || (document.activeElement === button() ? "play" : "");
  stage().replaceWith(page.querySelector("[data-stage]"));
  document.title = page.title;
  history.replaceState(null, "", link.href);
  show();
  if (focused) stage().querySelector(focused === "play" ? "[data-play]" : `a[rel=${focused}]`)?.focus();
  return true;
}

function show() {
  const last = !stage().querySelector("a[rel=next]");
  if (last) stop();
  button().hidden = last && !timer;
  button().textContent = timer ? "Pause" : "Play";
}

function stop() {
  clearTimeout(timer);
  timer = undefined;
}

async function next() {
  if (timer && await go("next") && timer) timer = setTimeout(next, PAUSE);
}

function toggle() {
  if (timer) stop();
  else timer = setTimeout(next, 0);
  show();
}

document.addEventListener("click", async (event) => {
  const link = event.target.closest("[data-stage] a[rel]");
  if (event.target.closest("[data-play]")) toggle();
  else if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    stop();
    if (!await go(link.rel)) location.href = link.href;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, textarea")) return;
  const rel = { ArrowRight: "next", ArrowLeft: "prev" }[event.key];
  if (rel) { stop(); show(); go(rel); }
  else if (event.key === " " && !event.target.matches("a, button, summary")) { event.preventDefault(); toggle(); }
});

show();
