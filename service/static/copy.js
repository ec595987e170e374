// Honest copies of a difference: where marks get lost, signs stand for them, as in [-old-]{+new+}.
// What a reader selects and copies has them, and so has what the buttons copy, which are made here.
// Without scripts there are no buttons, and a copy has the words that a screen reader says.
const SIGNS = { DEL: ["[-", "-]"], INS: ["{+", "+}"] };
// The lasting address of what the page shows, on a page whose own is not.
const lasting = () => document.querySelector("[data-lasting]")?.dataset.lasting;
const TEXTS = "p[class^=text-], p[class^=field-], .rich :is(p, li, tr, figcaption, .heading):not(.said, .said *, .above *)";

// A copied part of the page, with signs in place of what is only heard.
function signed(part) {
  for (const each of part.querySelectorAll("[data-spoken], form, button, .share")) each.remove();
  for (const each of part.querySelectorAll(".heard")) each.replaceWith(...each.childNodes);
  for (const mark of part.querySelectorAll("del, ins")) {
    const [before, after] = SIGNS[mark.tagName];
    if (mark.matches(".break")) mark.textContent = mark.textContent.replaceAll("\n", " ¶ ");
    mark.before(before);
    mark.after(after);
  }
  // An address that is relative to this page would lead nowhere from another.
  for (const link of part.querySelectorAll("a[href]")) link.href = new URL(link.getAttribute("href"), new URL(lasting() ?? "", location.href));
  return part;
}

document.addEventListener("copy", (event) => {
  if (event.target.closest?.("input, textarea")) return;
  const selection = getSelection();
  const part = document.createElement("div");
  for (let at = 0; at < selection.rangeCount; at++) part.append(selection.getRangeAt(at).cloneContents());
  if (!part.querySelector("del, ins")) return;
  document.body.append(signed(part)); // outside the page it would have no lines
  event.clipboardData.setData("text/plain", part.innerText.trim());
  event.clipboardData.setData("text/html", part.innerHTML);
  part.remove();
  event.preventDefault();
});

const all = (part, selector) => [...part.querySelectorAll(selector)];
const plain = (element) => signed(element.cloneNode(true)).textContent;

// A copy of a text without the lists and the page's words in it, its cells apart and its quotations marked.
function alone(element) {
  const text = element.cloneNode(true);
  for (const other of all(text, "ul, ol, .embed > .quiet")) other.remove();
  for (const cell of all(text, "td + td, th + th")) cell.prepend("\t");
  for (const quoted of all(text, "q")) quoted.replaceWith("“", ...quoted.childNodes, "”");
  return text;
}

// As it is stored, a paragraph or field a line.
function newText(part) {
  const texts = all(part, TEXTS).filter((each) => !each.closest(".old")).map((each) => {
    const text = alone(each);
    for (const other of all(text, "[data-spoken], del")) other.remove();
    return text.textContent;
  });
  return texts.filter((each) => each.trim()).join("\n"); // of a removed row, tabs would be left
}

// What happened, then each text with its signs and what changed under its words; side by side, each text as it was and as it is.
function change(part) {
  const side = (each) => each.closest(".side")?.querySelector(".side-name").textContent ?? "";
  const texts = all(part, TEXTS).map((each) => side(each) + plain(alone(each)));
  const formatting = all(part, ".formatting li").map((each) => plain(alone(each)));
  return [plain(part.querySelector(".label")).trim(), ...texts, ...formatting].join("\n");
}

const wholeNewText = () => all(document, ".part").map(newText).filter(Boolean).join("\n\n");

function wholeChange() {
  const sections = all(document, "section.part").map((section) =>
    [plain(section.querySelector("h2")), ...all(section, "[data-change]").map(change)].join("\n\n"));
  const title = document.querySelector("h1").textContent;
  const canonical = document.querySelector("link[rel=canonical]").href;
  const address = new URL(lasting() ?? "", canonical);
  return [`${title}\n${address}`, ...sections].join("\n\n");
}

// The page says them in its own language; the desk's are English.
const words = () => ({
  text: "Copy the new text", change: "Copy the change", wholeText: "Copy the new text", wholeChange: "Copy the change",
  copied: "Copied", refused: "Not copied: the browser refused.", ...JSON.parse(document.querySelector("[data-copies]")?.dataset.copies || "{}"),
});

const status = document.createElement("span");
status.className = "heard";
status.setAttribute("aria-live", "polite");
status.dataset.copied = "";
let silence;

// `about`: the rest of its name, which is only heard. `text` makes what is copied.
function button(label, about, text) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "copy";
  const name = document.createTextNode(label);
  const rest = document.createElement("span");
  rest.className = "heard";
  rest.textContent = about;
  made.append(name, rest);
  let renamed;
  made.addEventListener("click", async () => {
    const copied = await navigator.clipboard.writeText(text()).then(() => true, () => false);
    made.style.minWidth = `${made.offsetWidth}px`;
    status.textContent = copied ? words().copied : words().refused;
    name.data = status.textContent;
    // Of what was pressed last: an earlier press takes nothing back.
    clearTimeout(renamed);
    clearTimeout(silence);
    renamed = setTimeout(() => (name.data = label), 2000);
    silence = setTimeout(() => (status.textContent = ""), 2000);
  });
  return made;
}

function prepare() {
  const copies = document.querySelector("[data-copies]");
  const { text, change: said, wholeText, wholeChange: saidOfAll } = words();
  copies?.append(button(wholeText, "", wholeNewText), button(saidOfAll, "", wholeChange));
  for (const part of all(document, "[data-change]")) {
    const label = part.querySelector(".label");
    const about = ` (${label.querySelector("span").textContent})`;
    const made = [button(said, about, () => change(part))];
    if (newText(part)) made.unshift(button(text, about, () => newText(part)));
    const group = document.createElement("span");
    group.className = "copies";
    group.append(...made);
    label.insertBefore(group, label.querySelector(".share"));
  }
}

// A link to one change: shared where a phone offers that, else copied.
async function share(link) {
  const text = link.textContent;
  if (navigator.share && matchMedia("(pointer: coarse)").matches) {
    await navigator.share({ title: document.title, url: link.href }).catch(() => {});
    return;
  }
  const copied = await navigator.clipboard.writeText(link.href).then(() => true, () => false);
  if (!copied) { location.href = link.href; return; }
  status.textContent = link.textContent = link.dataset.share;
  setTimeout(() => { link.textContent = text; status.textContent = ""; }, 2000);
}

// Browsers have no clipboard for a page without TLS.
if (navigator.clipboard) {
  document.body.append(status);
  prepare();
  document.addEventListener("history-shown", prepare);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-share]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    share(link);
  });
}
