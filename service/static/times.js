// Says beside each time how long ago it was, and in its title when that was in the reader's own time
// zone. A tap on a time shows all of them in that zone, and a second one as they were; so does, for
// who uses no pointer, the one button at the end of the page. Times of the same zone are left alone.
(() => {
  const { zone, said, mine, theirs } = document.currentScript.dataset;
  const language = { en: "en-GB", zh: "zh-Hans" }[document.documentElement.lang] ?? document.documentElement.lang;
  const units = [["year", 31557600], ["month", 2629800], ["week", 604800], ["day", 86400], ["hour", 3600], ["minute", 60]];
  const words = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  const parts = { year: "numeric", month: "long", day: "numeric", hour: "numeric", minute: "2-digit" };
  const here = new Intl.DateTimeFormat(language, { ...parts, timeZoneName: "short" });
  const own = new Intl.DateTimeFormat(language, parts);
  const paper = new Intl.DateTimeFormat(language, { ...parts, timeZone: zone || "UTC" });
  const asWritten = new Map();
  let isOwn = false;
  let button;

  function ago(time, date) {
    const seconds = (date - Date.now()) / 1000;
    const [unit, size] = units.find(([, each]) => Math.abs(seconds) >= each) ?? ["minute", 60];
    const span = document.createElement("span");
    span.className = "ago";
    span.textContent = ` (${words.format(Math.round(seconds / size), unit)})`;
    time.after(span);
  }

  function show(time) {
    const written = asWritten.get(time);
    time.textContent = isOwn ? written.here : written.there;
    time.title = isOwn ? written.there : written.here;
  }

  function swap() {
    if (String(getSelection())) return; // a time is being copied
    isOwn = !isOwn;
    for (const time of asWritten.keys()) show(time);
    if (button) button.textContent = isOwn ? theirs : mine;
  }

  function offer() {
    button = document.createElement("button");
    button.type = "button";
    button.textContent = isOwn ? theirs : mine;
    button.addEventListener("click", swap);
    const note = document.createElement("p");
    note.className = "line";
    note.append(`${said} `, button);
    document.querySelector("main").append(note);
  }

  function read() {
    for (const time of document.querySelectorAll("time[datetime]:not([data-read])")) {
      time.dataset.read = "";
      const date = new Date(time.dateTime);
      if (!time.closest(".recorded")) ago(time, date);
      if (own.format(date) === paper.format(date)) continue;
      asWritten.set(time, { here: here.format(date), there: time.textContent });
      show(time);
      if (!time.closest("a, button, label, summary")) time.addEventListener("click", swap);
      if (mine && !button) offer();
    }
  }

  read();
  new MutationObserver(read).observe(document.querySelector("main"), { childList: true, subtree: true });
})();
