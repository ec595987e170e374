/** The day of `job.py`, played with openapi-fetch and the types that openapi-typescript makes. */

import createClient from "openapi-fetch";
import type { components, paths } from "./story-history.ts";

declare const process: { argv: string[] };

type Problem = components["schemas"]["Problem"];
type NewRevision = components["schemas"]["NewRevision"];

const [baseUrl, token] = process.argv.slice(2) as [string, string];
const open = createClient<paths>({ baseUrl });
const newsroom = createClient<paths>({
  baseUrl,
  headers: { Authorization: `Bearer ${token}` },
});
const story = "library";

const show = (...seen: unknown[]) => console.log(JSON.stringify(seen));

/** The answer; throws if there was a problem. */
function got<T>({ data, error }: { data?: T; error?: Problem }): T {
  if (data === undefined) throw new Error(`${error?.type}: ${error?.detail}`);
  return data;
}

/** The problem, of the type that was expected. */
function met<P extends Problem, U extends P["type"]>(
  { error }: { error?: P },
  name: U,
): Extract<P, { type: U }> {
  if (error?.type !== name) throw new Error(`${error?.type} instead of ${name}`);
  return error as Extract<P, { type: U }>;
}

const content = (
  cost: string,
  title = "Council keeps the library open",
): components["schemas"]["StoryContent"] => ({
  title,
  summary: "A vote of nine to six.",
  overview: [
    "The council voted nine to six.",
    `It will cost ${cost} million crowns a year.`,
  ],
  analysis: [],
  sources: [{ name: "Gazette", url: "https://gazette.example/library" }],
  faq: [{ question: "", answer: "At nine." }],
});

const record = (body: NewRevision, key?: string) =>
  newsroom.POST("/api/v1/stories/{story}/revisions", {
    params: { path: { story }, header: key ? { "Idempotency-Key": key } : {} },
    body,
  });

const published = (cost: string, base?: number | null): NewRevision => ({
  content: content(cost),
  state: "published",
  base_version: base,
});

const act = (revision: number, body: components["schemas"]["NewAction"]) =>
  newsroom.POST("/api/v1/stories/{story}/revisions/{revision}/actions", {
    params: { path: { story, revision } },
    body,
  });

async function problems() {
  const path = { story };
  const missing = met(
    await open.GET("/api/v1/stories/{story}", { params: { path } }),
    "urn:story-history:problem:not-found",
  );
  const refused = met(
    await open.POST("/api/v1/stories/{story}/revisions", { params: { path }, body: published("1.2") }),
    "urn:story-history:problem:unauthorized",
  );
  const invalid = met(
    await record({ content: content("1.2", " ") }),
    "urn:story-history:problem:invalid",
  );
  show(missing.status, refused.title, invalid.errors.map((each) => each.field));
}

async function publication() {
  const first = got(await record(published("1.2")));
  show("published", first.version, first.base_version, first.kind, first.author.name);

  const { error } = await record(published("1.4"));
  if (error?.type !== "urn:story-history:problem:stale-base") throw error;
  const live = error.live_version;
  const silent = met(await record(published("1.4", live)), "urn:story-history:problem:silent-edit");
  show("held", live, silent.facts.map((each) => [each.old, each.new]));

  const told: NewRevision = {
    ...published("1.4", live),
    note: silent.suggested_note,
    kind: "correction",
  };
  for (let time = 0; time < 2; time++) {
    const second = got(await record(told, "again"));
    show("corrected", second.revision, second.version, second.note);
  }
}

async function review() {
  const draft = got(await record({ content: content("1.5"), base_version: 2 }));
  const actions: components["schemas"]["NewAction"][] = [
    { action: "comment", note: "Is it?", section: "overview", block: 1 },
    { action: "approve" },
    { action: "publish", note: "The cost is 1.5 million.", kind: "correction" },
    { action: "explain", note: "The council had said so by mistake." },
  ];
  for (const each of actions) {
    const acted = got(await act(draft.revision, each));
    if (!("action" in acted)) throw new Error("it waits");
    show(acted.action.action, acted.action.note, acted.version);
  }
  const done = got(
    await newsroom.GET("/api/v1/stories/{story}/revisions/{revision}/actions", {
      params: { path: { story, revision: draft.revision } },
    }),
  );
  show(done.items.map((each) => each.action));
  const back = got(
    await newsroom.POST("/api/v1/stories/{story}/restore/{version}", {
      params: { path: { story, version: 2 } },
      body: { note: "1.4 was right.", base_version: 3 },
    }),
  );
  show(back.kind, back.version);
}

async function reading() {
  const seen: (number | null)[] = [];
  let cursor: string | undefined;
  do {
    const page = got(
      await open.GET("/api/v1/stories/{story}/versions", {
        params: { path: { story }, query: { cursor, limit: 2 } },
      }),
    );
    seen.push(...page.items.map((each) => each.version));
    cursor = page.next ?? undefined;
  } while (cursor);
  show("versions", seen);

  const path = { story, version: 3 };
  const version = got(await open.GET("/api/v1/stories/{story}/versions/{version}", { params: { path } }));
  const more = got(await newsroom.GET("/api/v1/stories/{story}/versions/{version}", { params: { path } }));
  if (!("revision" in more)) throw new Error("a token sees the revision");
  if (version.content.shape === "article") throw new Error("it is a story");
  show(version.content.overview[1], more.revision, more.explanations.map((each) => each.note));

  const ends = { story, old: "1", new: "2" };
  const diff = got(await open.GET("/api/v1/stories/{story}/diff/{old}..{new}", { params: { path: ends } }));
  const changed = diff.sections.flatMap(({ section, blocks }) =>
    blocks.flatMap(({ spans = [] }) =>
      spans.filter(({ op }) => op !== "equal").map(({ op, text }) => [section, op, text]),
    ),
  );
  show(changed, diff.stats.words_added, diff.facts.map((each) => each.kind));
  const patch = got(
    await open.GET("/api/v1/stories/{story}/diff/{old}..{new}/text", {
      params: { path: ends },
      parseAs: "text",
    }),
  );
  show(patch.trimEnd().split("\n").filter((line) => /^[-+]/.test(line)));

  const found = got(await open.GET("/api/v1/search", { params: { query: { q: "crowns" } } }));
  show(found.items.map((each) => [each.story, each.title]));
}

async function article() {
  const path = { story: "bridge" };
  const send = (body: NewRevision) =>
    newsroom.POST("/api/v1/stories/{story}/revisions", { params: { path }, body });
  const sent: NewRevision["content"] = {
    shape: "article",
    title: "The bridge is open",
    authors: ["Dara Voss"],
    url: "https://paper.example/bridge",
    body: ["## What changed", "It opened **on Monday**."],
  };
  got(await send({ content: sent, state: "published" }));
  const read = got(await open.GET("/api/v1/stories/{story}", { params: { path } }));
  if (read.content.shape !== "article") throw new Error("it is an article");
  show("article", read.content.authors, read.content.body);
  // What was read can be changed and sent again as it is.
  const changed = { ...read.content, body: ["It opened on Monday."] };
  const draft = got(await send({ content: changed, base_version: read.version }));
  show(draft.state, draft.changes.sections);
}

async function exported() {
  const bag = got(
    await newsroom.GET("/api/v1/stories/{story}/export", {
      params: { path: { story } },
      parseAs: "arrayBuffer",
    }),
  );
  const bytes = new TextDecoder("latin1").decode(bag);
  show("export", bytes.startsWith("PK") && bytes.includes("/VERIFY.txt"));
}

async function end() {
  got(await act(4, { action: "alias", alias: "old-library" }));
  got(await act(4, { action: "withdraw", note: "The vote was annulled." }));
  const gone = met(
    await open.GET("/api/v1/stories/{story}", { params: { path: { story: "old-library" } } }),
    "urn:story-history:problem:withdrawn",
  );
  show(gone.type, gone.note);

  const seen: [string, number][] = [];
  let since: string | undefined;
  for (;;) {
    const page = got(await open.GET("/api/v1/changes", { params: { query: { since, limit: 3 } } }));
    if (!page.items.length) break;
    seen.push(...page.items.map((each): [string, number] => [each.event, each.version]));
    since = page.next;
  }
  show(seen);
}

for (const step of [problems, publication, review, reading, exported, end, article]) await step();
