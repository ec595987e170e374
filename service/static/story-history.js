// <story-history story="harbour-bridge-closure"></story-history>: a story's History on any page, or
// one change of it with `versions="3..4" change="c…"`. From where this file came from, or `server`.
// Look: --story-history-{font,text,quiet,rule,link,old,new} and ::part(title|versions|version|lead|
// kind|by|line|note|changes|story|change|old|new|source|empty|message).
// Events: `story-history-load`, `story-history-error`.
const home = new URL("../", import.meta.url).href;
// What stands there if nothing can be loaded, by language; the server fills it in.
const failures = {};
const style = new CSSStyleSheet();
style.replaceSync(`
:host { display: block; font: var(--story-history-font, inherit); color: var(--story-history-text, inherit); }
:host([hidden]) { display: none; }
h2 { font-size: 1.15em; margin: 0 0 .75em; }
ol { list-style: none; margin: 0; padding: 0; }
li { padding: .6em 0; border-block-start: 1px solid var(--story-history-rule, color-mix(in srgb, currentcolor 25%, transparent)); }
p, blockquote { margin: 0 0 .25em; overflow-wrap: anywhere; }
blockquote { margin-block: .5em; padding-inline-start: .8em; border-inline-start: 3px solid var(--story-history-rule, currentcolor); white-space: pre-line; }
.what, [part~=kind] { font-weight: 600; }
.was, del { color: var(--story-history-old, inherit); text-decoration: line-through; }
.now, ins { color: var(--story-history-new, inherit); font-weight: 600; text-decoration: underline; }
del, ins { unicode-bidi: isolate; }
del + .heard + .heard + ins { margin-inline-start: .2em; }
.unseen::before { content: "⟨" attr(data-tag) "⟩"; font-size: .75em; }
.heard { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: pre; }
[part~=line], [part~=source], [part~=story] { font-size: .9em; color: var(--story-history-quiet, inherit); }
a { color: var(--story-history-link, inherit); }
:focus-visible { outline: 3px solid currentcolor; outline-offset: 2px; }
`);

class StoryHistory extends HTMLElement {
  static observedAttributes = ["story", "server", "versions", "change"];
  #asked;

  constructor() {
    super();
    this.attachShadow({ mode: "open" }).adoptedStyleSheets = [style];
  }

  connectedCallback() { this.#load(); }
  attributeChangedCallback() { if (this.isConnected) this.#load(); }
  disconnectedCallback() { this.#asked?.abort(); }

  async #load() {
    this.#asked?.abort();
    const asked = this.#asked = new AbortController();
    await null; // several attributes that are set at once are one request
    if (asked.signal.aborted) return;
    const story = encodeURIComponent(this.getAttribute("story") ?? "");
    const server = new URL(this.getAttribute("server") ?? home, document.baseURI);
    if (!server.pathname.endsWith("/")) server.pathname += "/"; // under a path, it is a folder
    const address = new URL(`stories/${story}/`, server);
    const wanted = new URL("history/embed", address);
    const [change, versions] = ["change", "versions"].map(name => this.getAttribute(name) ?? "");
    if (change) wanted.search = new URLSearchParams({ change, versions });
    this.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(wanted, { signal: asked.signal, credentials: "omit" });
      if (!answer.ok) throw new Error(`${answer.status} from ${address.origin}`);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      this.shadowRoot.replaceChildren(page.querySelector("section.story-history"));
      this.dispatchEvent(new CustomEvent("story-history-load"));
    } catch (error) {
      if (asked.signal.aborted) return;
      const message = document.createElement("p");
      const link = document.createElement("a");
      link.href = new URL(change && /^\d+\.\.\d+$/.test(versions) ? `diff/${versions}` : "history", address);
      const language = (this.closest("[lang]")?.lang || navigator.language).toLowerCase().split("-")[0];
      const [noHistory, noChange, elsewhere] = failures[language] ?? failures.en;
      link.textContent = elsewhere;
      message.setAttribute("part", "message");
      message.setAttribute("role", "status");
      message.append(`${change ? noChange : noHistory} `, link);
      this.shadowRoot.replaceChildren(message);
      this.dispatchEvent(new CustomEvent("story-history-error", { detail: error }));
    } finally {
      if (this.#asked === asked) this.removeAttribute("aria-busy");
    }
  }
}

customElements.get("story-history") ?? customElements.define("story-history", StoryHistory);
