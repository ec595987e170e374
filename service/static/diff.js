// Steps through the changes of a diff page by the keys n and p (or j and k) and by the two links.
// Without scripts, the links lead to the first and the last change.
const changes = [...document.querySelectorAll("[data-change]")];
const position = document.querySelector("[data-position]");
let current = -1;

function step(by) {
  if (!changes.length) return;
  current = current < 0 ? (by > 0 ? 0 : changes.length - 1)
    : (current + by + changes.length) % changes.length;
  const change = changes[current];
  change.focus({ preventScroll: true });
  change.scrollIntoView({ block: "start" });
  position.textContent = `${current + 1} of ${changes.length}`;
}

for (const link of document.querySelectorAll("[data-step]")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    step(Number(link.dataset.step));
  });
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, textarea")) return;
  const by = { n: 1, j: 1, p: -1, k: -1 }[event.key];
  if (by) step(by);
});
