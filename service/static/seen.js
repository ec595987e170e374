// Remembers, in this browser only, the version of a story that was read last, and offers the diff.
// Nothing is sent anywhere. The offer stays, even after a reload, until it is followed or dismissed.
const offer = document.querySelector("[data-seen]");
const key = `story-history:${offer.dataset.seen}`;
const live = Number(offer.dataset.live);

function kept() {
  try { return Number(localStorage.getItem(key)); } catch { return NaN; }
}

function keep() {
  try { localStorage.setItem(key, live); } catch { /* no storage, so nothing is remembered */ }
}

const seen = kept();
if (seen >= 1 && seen < live) {
  const link = document.createElement("a");
  link.href = offer.dataset.diff.replace(/1(?=\.\.\d+$)/, seen);
  link.textContent = offer.dataset.see;
  const away = document.createElement("button");
  away.type = "button";
  away.textContent = offer.dataset.dismiss;
  for (const each of [link, away]) each.addEventListener("click", keep);
  away.addEventListener("click", () => { offer.hidden = true; });
  offer.append(`${offer.dataset.read.replace("{number}", seen)} `, link, " ", away);
  offer.hidden = false;
} else {
  keep();
}
