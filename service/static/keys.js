// Single keys, as actions that other scripts listen to. They can be switched off and changed in the
// dialog that "?" opens (WCAG 2.1.4); this browser remembers it, and nothing is sent anywhere.
const KEPT = "story-history-keys";
const usual = { next: "n", previous: "p", sides: "s", help: "?" };
const also = { j: "next", k: "previous" };
const arrows = { ArrowLeft: "older", ArrowRight: "newer" };
const dialog = document.getElementById("keys");

function kept() {
  try { return JSON.parse(localStorage.getItem(KEPT)) ?? {}; } catch { return {}; }
}
let { off = false, keys = {} } = kept();

function keep() {
  try { localStorage.setItem(KEPT, JSON.stringify({ off, keys })); } catch { /* for this page only */ }
}

const keyOf = (action) => keys[action] ?? usual[action];
const act = (action) => document.dispatchEvent(new CustomEvent("history-action", { detail: action }));

function actionOf(key) {
  if (off) return undefined;
  return Object.keys(usual).find((action) => keyOf(action) === key)
    ?? (Object.values(keys).includes(key) ? undefined : also[key]);
}

document.addEventListener("keydown", (event) => {
  const { target, key } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  // Just after the dialog was closed, its field may have the focus still.
  const typing = target.matches("input:not([type=checkbox]), textarea, select, [contenteditable]");
  if (typing && !target.closest("dialog:not([open])")) return;
  const rtl = getComputedStyle(document.documentElement).direction === "rtl";
  const arrow = target.closest(".scroll") || event.shiftKey ? undefined : arrows[key];
  const action = arrow ? (rtl ? { older: "newer", newer: "older" }[arrow] : arrow) : actionOf(key);
  if (!action) return;
  if (action !== "help") act(action);
  else if (dialog) {
    event.preventDefault();
    dialog.showModal();
  }
});

if (dialog) {
  const single = dialog.querySelector("[data-single]");
  const inputs = [...dialog.querySelectorAll("[data-action]")];
  const show = () => {
    single.checked = !off;
    for (const input of inputs) {
      input.value = keyOf(input.dataset.action);
      input.disabled = off;
    }
  };
  single.addEventListener("change", () => { off = !single.checked; keep(); show(); });
  for (const input of inputs) {
    input.addEventListener("focus", () => input.select());
    input.addEventListener("input", () => {
      const key = [...input.value.trim()].at(-1);
      const taken = inputs.some((other) => other !== input && keyOf(other.dataset.action) === key);
      dialog.querySelector("[data-taken]").hidden = !taken;
      if (key && !taken) { keys[input.dataset.action] = key; keep(); }
      show();
      input.select();
    });
  }
  dialog.querySelector("[data-usual]").addEventListener("click", () => { keys = {}; off = false; keep(); show(); });
  for (const opener of document.querySelectorAll("[data-open-keys]")) {
    opener.hidden = false;
    opener.addEventListener("click", () => dialog.showModal());
  }
  show();
}
