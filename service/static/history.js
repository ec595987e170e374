// The History without reloading: what a link of the view leads to is fetched and put in its place, and
// the address follows. Links, forms and pages do the same without scripts.
const find = (selector, part = document) => part.querySelector(selector);
const all = (selector, part = document) => [...part.querySelectorAll(selector)];
const view = () => find("[data-view]");
const rail = () => find(".rail");
const rowOf = (version) => find(`[data-rows] [data-version="${version}"]`);
const FILTER = ["corrections", "day", "facts", "section"];
const filterOf = (address) => FILTER.map((name) => new URL(address).searchParams.get(name) ?? "").join("\n");
// The parameters of the filter that is on.
function filterQuery() {
  const query = new URL(location.href).searchParams;
  for (const name of [...query.keys()]) if (!FILTER.includes(name)) query.delete(name);
  return query;
}
// What is on show, under its lasting address: a fragment alone changes nothing of it.
function shownAt() {
  const { lasting } = find("[data-lasting]")?.dataset ?? {}, { pathname, search } = location;
  return (lasting && pathname === view().dataset.address ? lasting : pathname) + search;
}
let shown = shownAt(), filterShown = filterOf(location.href);

async function fetched(address) {
  const answer = await fetch(address, { headers: { Accept: "text/html" } });
  const page = answer.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : undefined;
  return { address: answer.url, page: page && find("[data-view]", page) && page };
}

let sliding; // while the slider waits for its last place
let latest = 0; // the newest request: what an older one brings is too late

// Shows what is at an address. Returns whether it did; if not, the browser goes there itself.
async function go(wanted, { push = true, top = true, close = true, scroll } = {}) {
  const asked = ++latest;
  clearTimeout(sliding);
  sliding = undefined;
  view().setAttribute("aria-busy", "true");
  const { hash } = new URL(wanted, location.href);
  let answer;
  try { answer = await fetched(wanted); } catch { answer = {}; }
  if (asked !== latest) return false;
  if (!answer.page) { location.href = wanted; return false; }
  const focused = document.activeElement;
  if (push) {
    history.replaceState({ scroll: scrollY }, "");
    history.pushState(null, "", answer.address + hash);
  } else compare = new URL(location.href).searchParams.get("compare") ?? "";
  swap(answer.page, filterShown === filterOf(location.href), !close);
  shown = shownAt();
  filterShown = filterOf(location.href);
  if (close && rail()?.matches(":popover-open")) rail().hidePopover();
  keepFocus(focused);
  if (hash && document.getElementById(hash.slice(1))) document.getElementById(hash.slice(1)).scrollIntoView();
  else if (scroll !== undefined) scrollTo({ top: scroll, behavior: "instant" });
  else if (top && find("[data-stage]").getBoundingClientRect().top < 0) view().scrollIntoView({ behavior: "instant" });
  if (rail()?.contains(document.activeElement)) document.activeElement.scrollIntoView({ block: "nearest", behavior: "instant" });
  find("[data-announce]").textContent = [".what-changed", ".about .kind", ".facts .fact"]
    .map((each) => find(each, find("[data-stage]"))?.textContent.trim() ?? "").filter(Boolean).join(". ");
  document.dispatchEvent(new Event("history-shown"));
  return true;
}

function swap(page, sameFilter, ofForm) {
  document.title = page.title;
  document.body.className = page.body.className;
  const next = find("[data-view]", page);
  for (const name of ["old", "new", "live"]) view().dataset[name] = next.dataset[name];
  view().removeAttribute("aria-busy");
  for (const selector of ["link[rel=canonical]", "[data-swap=head]", "[data-swap=pager]", "[data-stage]"]) {
    const found = find(selector, page);
    if (found) find(selector)?.replaceWith(found);
  }
  if (!sameFilter || !rowOf(view().dataset.new)) {
    find("[data-rows]")?.replaceWith(find("[data-rows]", page));
    observe();
  }
  // The form that was sent shows its filter already, and keeps its focus.
  if (!sameFilter && !ofForm) find("[data-swap=rail-head]").replaceWith(find("[data-swap=rail-head]", page));
  for (const [selector, name] of [["[data-filter]", "action"], ["[data-filter] a", "href"]]) {
    const address = find(selector, page)?.getAttribute(name);
    if (address) find(selector)?.setAttribute(name, address);
  }
  mark();
  reveal();
}

// What had the focus is gone: what took its place has it now, or else what is on show.
function keepFocus(had) {
  const { activeElement: has } = document;
  if (had === document.body || (has !== document.body && has?.checkVisibility())) return;
  const selector = had.dataset.stepVersion ? `a[data-step-version="${had.dataset.stepVersion}"]`
    : had.matches("[data-layout]") ? "[data-layout]" : "";
  const next = (selector && find(selector)) || find(".what-changed, [data-stage]");
  if (!next.matches("a, input, select")) next.tabIndex = -1;
  next.focus({ preventScroll: true });
}

// Which row is on show, which is chosen to be compared, where the slider is.
function mark() {
  const { new: version } = view().dataset;
  for (const row of all("[data-rows] [data-version]")) {
    row.toggleAttribute("aria-current", row.dataset.version === version);
    if (row.dataset.version === version) row.setAttribute("aria-current", "true");
    const chosen = row.dataset.version === compare;
    row.classList.toggle("compared", chosen);
    find("[data-compare]", row)?.setAttribute("aria-pressed", String(chosen));
  }
  const chosen = find("[data-chosen]");
  if (chosen) chosen.textContent = compare ? chosen.dataset.chosen.replace("{number}", compare) : "";
  const slider = find("[data-timeline] input[type=range]");
  if (slider && version && sliding === undefined) { slider.value = version; say(slider); }
  if (player()) player().hidden = !version;
}

// Brings the row of what is shown into view within the list, without scrolling the page: when that
// changes, and not while a reader is in the list.
function reveal() {
  const row = rowOf(view().dataset.new), list = rail();
  if (!row || !list?.offsetHeight || list.contains(document.activeElement)) return;
  const { top, bottom } = row.getBoundingClientRect(), box = list.getBoundingClientRect();
  const from = box.top + parseFloat(getComputedStyle(list).scrollPaddingTop), to = Math.min(box.bottom, innerHeight);
  // What of the list is below the window can be scrolled into it.
  list.style.setProperty("--below", `${box.bottom - to}px`);
  if (top < from || bottom > to) list.scrollTop += top - from - (to - from) / 3;
}

// --- Choosing two versions

let compare = new URL(location.href).searchParams.get("compare") ?? "";

function choose(version) {
  const { address } = view().dataset;
  if (compare && compare !== version) {
    const [old, now] = [compare, version].map(Number).sort((a, b) => a - b);
    compare = "";
    const query = filterQuery();
    go(`${address.replace(/history$/, "diff/")}${old}..${now}${query.size ? `?${query}` : ""}`);
    return;
  }
  compare = compare === version ? "" : version;
  const url = new URL(location.href);
  url.searchParams.delete("compare");
  if (compare) url.searchParams.set("compare", compare);
  url.searchParams.sort();
  history.replaceState(null, "", url);
  shown = shownAt();
  mark();
}

// --- The list, a page at a time as it is scrolled

const observer = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) if (isIntersecting) more(target);
});
const observe = () => all("[data-rows] .further a").forEach((link) => observer.observe(link));

async function more(link) {
  observer.unobserve(link);
  let answer;
  try { answer = await fetched(link.href); } catch { return; }
  const rows = answer.page && find("[data-rows]", answer.page);
  if (!rows || !link.isConnected) return;
  const list = find("[data-rows]"), earlier = link.rel === "next", height = list.offsetHeight;
  const { activeElement: focused } = document;
  const came = all("[data-version]", rows).filter((row) => !rowOf(row.dataset.version));
  for (const day of earlier ? all(".day", rows) : all(".day", rows).reverse()) {
    const same = find(`[data-day="${day.dataset.day}"] ol`, list);
    const fresh = all("[data-version]", day).filter((row) => !rowOf(row.dataset.version));
    if (same) same[earlier ? "append" : "prepend"](...fresh);
    else if (fresh.length) list[earlier ? "append" : "prepend"](day);
  }
  link.parentElement.remove();
  const next = find(`.further a[rel=${link.rel}]`, rows)?.parentElement;
  if (next) list[earlier ? "append" : "prepend"](next);
  // What is above the list stays in view while it has the focus.
  if (!earlier && (list.contains(focused) || !rail().contains(focused))) rail().scrollTop += list.offsetHeight - height;
  if (focused === link && came.length) find(".number", earlier ? came[0] : came.at(-1)).focus();
  mark();
  observe();
}

// --- The slider, and playing

const addressOf = (version) => {
  const query = filterQuery();
  query.set("version", version);
  query.sort();
  return `${view().dataset.address}?${query}`;
};

function say(slider) {
  const words = slider.dataset.say.replace("{number}", slider.value).replace("{live}", slider.max);
  const lead = find(".lead", rowOf(slider.value) ?? document.createElement("p"))?.textContent ?? "";
  slider.setAttribute("aria-valuetext", words);
  const slid = find("[data-slid]");
  slid.textContent = lead ? `${words}: ${lead}` : words;
  // What changed is said as a whole or not at all.
  if (slid.scrollHeight > slid.clientHeight + 1) slid.textContent = words;
}

document.addEventListener("input", ({ target }) => {
  if (!target.matches("[data-timeline] input[type=range]")) return;
  say(target);
  stop();
  clearTimeout(sliding);
  const wanted = addressOf(target.value);
  sliding = setTimeout(() => go(wanted, { top: false }), 250);
});

const PAUSE = 2500;
const player = () => find("[data-play]");
const wait = (time) => new Promise((done) => setTimeout(done, time));
let playing = 0;

function stop() {
  playing = 0;
  find(".on-show")?.classList.remove("on-show");
  if (player()) player().textContent = player().dataset.words;
}

async function play() {
  const turn = (playing = Date.now());
  player().textContent = player().dataset.pause;
  if (view().dataset.new === view().dataset.live) await go(addressOf(1));
  while (playing === turn) {
    for (const _ of all("[data-change]")) {
      document.dispatchEvent(new CustomEvent("history-action", { detail: "play" }));
      await wait(PAUSE);
      if (playing !== turn) return;
    }
    if (!all("[data-change]").length) await wait(PAUSE);
    const newer = find('.pager a[data-step-version="newer"]');
    if (playing !== turn || !newer || !(await go(newer.href))) break;
  }
  if (playing === turn) stop();
}

// --- What the reader does

const ours = (link) => {
  const url = new URL(link.href, location.href), base = view().dataset.address.replace(/history$/, "");
  return url.origin === location.origin && url.pathname.startsWith(base)
    && /^(history$|diff\/|versions\/|play\/)/.test(url.pathname.slice(base.length))
    && !link.hasAttribute("download") && !link.hasAttribute("data-share") && !link.target;
};

document.addEventListener("click", (event) => {
  const { target } = event;
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  const button = target.closest("[data-compare]"), link = target.closest("[data-view] a[href]");
  if (button) { event.preventDefault(); choose(button.dataset.compare); }
  else if (target.closest("[data-play]")) (playing ? stop() : play());
  else if (link?.closest(".further")) { event.preventDefault(); more(link); }
  else if (link && !link.getAttribute("href").startsWith("#") && ours(link)) {
    event.preventDefault();
    stop();
    // Side by side, or back: the same change stays in view.
    const kept = link.matches("[data-layout]") ? location.hash : "";
    go(link.href + kept);
  }
});

// A day or a section is chosen key by key, so these wait for the button.
document.addEventListener("change", ({ target }) => {
  if (target.matches("[data-filter] input[type=checkbox]")) target.form.requestSubmit();
});
document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-filter]");
  if (!form) return;
  event.preventDefault();
  stop();
  const query = new URLSearchParams(new FormData(form));
  for (const [name, value] of [...query]) if (!value || name === "view") query.delete(name);
  const layout = new URL(location.href).searchParams.get("view");
  if (layout) query.set("view", layout);
  query.sort();
  go(`${form.action}${query.size ? `?${query}` : ""}`, { close: false });
});

document.addEventListener("history-action", ({ detail }) => {
  const link = { older: '.pager a[data-step-version="older"]', newer: '.pager a[data-step-version="newer"]', sides: "[data-layout]" }[detail];
  if (link && view()) find(link)?.click();
});

addEventListener("popstate", ({ state }) => {
  if (view() && shownAt() !== shown) go(location.href, { push: false, top: false, scroll: state?.scroll ?? 0 });
});
document.addEventListener("keydown", ({ key, target }) => {
  // Pause is pressed by these two.
  if (playing && !(target.closest("[data-play]") && (key === "Enter" || key === " "))) stop();
});

if (view()) {
  history.scrollRestoration = "manual";
  if (history.state?.scroll && !location.hash) scrollTo({ top: history.state.scroll, behavior: "instant" });
  if (player()) player().dataset.words = player().textContent;
  for (const plain of all("[data-plain]")) plain.hidden = true;
  observe();
  mark();
  reveal();
  rail()?.addEventListener("toggle", ({ newState }) => {
    reveal();
    const row = find("[aria-current=true] .number", rail()) ?? find("a, button", rail());
    if (newState === "open") row.focus({ preventScroll: true });
  });
}
