// Whatever was received is put on the page as text, never as markup.

const SHOWN = 200;
const byId = (id) => document.getElementById(id);
const narrow = matchMedia("(max-width: 899px)");
const rows = new Map(); // number → {entry, item, button}
let chosen = null; // the number of the request in the detail
let following = true; // the newest is chosen by itself until somebody picks another
let paused = false;
let held = []; // events that came while paused
let raw = false;
let helping = false;

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

// --- words

const SIGNATURES = {
  valid: ["Signature valid", "good"],
  invalid: ["Signature invalid", "bad"],
  stale: ["Signature stale", "warn"],
  none: ["Not signed", ""],
  unchecked: ["Signature not checked", "warn"],
};

function tone(entry) {
  if (entry.status === null) return "bad";
  if (entry.status < 300) return "good";
  return entry.status < 500 ? "warn" : "bad";
}

function marks(entry) {
  const line = element("div", "line marks");
  line.append(element("span", "mark " + tone(entry), entry.answer));
  const [words, shade] = SIGNATURES[entry.signature];
  line.append(element("span", "mark " + shade, words));
  if (entry.attempt > 1) line.append(element("span", "mark warn", "Attempt " + entry.attempt));
  return line;
}

const clock = (at) =>
  new Date(at).toLocaleTimeString(undefined, { hour12: false }) + "." + at.slice(20, 23);

function bytes(count) {
  if (count < 1024) return count + " bytes";
  if (count < 1048576) return (count / 1024).toFixed(1) + " KiB";
  return (count / 1048576).toFixed(1) + " MiB";
}

// --- the detail

function facts(entry) {
  const list = element("dl", "facts");
  const add = (name, value) => list.append(element("dt", "", name), element("dd", "", value));
  add("Arrived", entry.at);
  add("Answer", entry.answer);
  if (entry.webhook_id) {
    add("webhook-id", entry.webhook_id);
    add("Seen", entry.attempt === 1 ? "for the first time" : entry.attempt + " times up to this one");
  }
  return list;
}

function headers(entry) {
  const list = element("dl", "headers block");
  for (const [name, value] of entry.headers) {
    list.append(element("dt", "", name), element("dd", "", value));
  }
  return list;
}

function part(title, note) {
  const line = element("div", "part");
  line.append(element("h3", "", title), element("span", "", note));
  return line;
}

function body(entry, detail) {
  const laidOut = entry.body ? pretty(entry) : null;
  const cut = entry.body_bytes > new Blob([entry.body]).size ? ", the beginning is shown" : "";
  const title = part("Body", (laidOut ? laidOut.kind + ", " : "") + bytes(entry.body_bytes) + cut);
  if (laidOut) {
    const toggle = element("button", "", raw ? "Show formatted" : "Show as sent");
    toggle.type = "button";
    toggle.addEventListener("click", () => { raw = !raw; show(entry.n); });
    title.append(toggle);
  }
  detail.append(title);
  if (!entry.body_bytes) return;
  const block = element("pre", "body block");
  if (laidOut && !raw) {
    for (const [className, text] of laidOut.parts) {
      block.append(className ? element("span", className, text) : text);
    }
  } else {
    block.textContent = entry.body;
  }
  detail.append(block);
}

function place(detail) {
  const row = rows.get(chosen);
  if (narrow.matches && row) row.item.append(detail);
  else byId("work").append(detail);
}

const detail = byId("detail");

function show(number) {
  const before = rows.get(chosen);
  if (before) before.button.setAttribute("aria-current", "false");
  chosen = number;
  const row = rows.get(number);
  detail.replaceChildren();
  detail.hidden = !row;
  if (!row) return;
  row.button.setAttribute("aria-current", "true");
  const entry = row.entry;
  detail.append(element("h2", "", entry.method + " " + entry.path), marks(entry), facts(entry));
  detail.append(part("Headers", String(entry.headers.length)), headers(entry));
  body(entry, detail);
  place(detail);
}

narrow.addEventListener("change", () => show(chosen));

// --- the list

function choose(number) {
  if (narrow.matches && chosen === number) {
    show(null);
    return;
  }
  show(number);
  following = !narrow.matches && number === Math.max(...rows.keys());
}

function add(entry, isNew) {
  const item = element("li");
  const button = element("button", isNew ? "row new" : "row");
  button.type = "button";
  const line = element("div", "line");
  const path = element("span", "path", entry.path);
  path.title = entry.path;
  line.append(element("span", "method", entry.method), path, element("span", "time", clock(entry.at)));
  button.append(line, marks(entry));
  button.addEventListener("click", () => choose(entry.n));
  item.append(button);
  rows.set(entry.n, { entry, item, button });
  byId("list").prepend(item);
}

function forgetOldest() {
  for (const number of rows.keys()) {
    if (rows.size <= SHOWN) return;
    if (number === chosen) continue; // what somebody reads stays
    rows.get(number).item.remove();
    rows.delete(number);
  }
}

function totals(data) {
  byId("requests").textContent = data.requests.toLocaleString();
  byId("ids").textContent = data.webhook_ids.toLocaleString();
  guide();
  const skipped = byId("skipped");
  skipped.hidden = data.requests <= rows.size;
  skipped.textContent = "The newest " + rows.size + " of " + data.requests.toLocaleString() +
    " are shown here; the ledger has more.";
}

// The guide is the whole page while nothing arrived; afterwards it is there on demand.
function guide() {
  const empty = rows.size === 0;
  byId("help").hidden = empty;
  byId("help").setAttribute("aria-expanded", String(helping));
  byId("help").setAttribute("aria-pressed", String(helping));
  byId("guide-title").textContent = empty ? "Nothing has arrived yet" : "What the paths do";
  byId("guide").hidden = !empty && !helping;
  byId("work").hidden = empty || helping;
}

function arrive(data) {
  for (const entry of data.entries) add(entry, true);
  forgetOldest();
  totals(data);
  const newest = data.entries.at(-1);
  if (newest && following && !narrow.matches) show(newest.n);
}

function start(data) {
  const was = chosen;
  rows.clear();
  byId("list").replaceChildren();
  for (const entry of data.entries) add(entry, false);
  byId("secret-note").className = "note";
  byId("secret-note").textContent = data.has_secret
    ? "Set. Signatures are checked as of each request's arrival."
    : "Not set: signatures are shown, but not checked.";
  paths(data.paths);
  totals(data);
  const newest = data.entries.at(-1);
  if (rows.has(was) && !following) show(was);
  else show(newest && !narrow.matches ? newest.n : null);
}

function paths(known) {
  byId("paths").replaceChildren(...Object.entries(known).map(([path, what]) => {
    const line = element("tr");
    const description = element("td");
    what.split(/(\?\w+=\w+|\/\w+)/).forEach((words, i) => {
      description.append(i % 2 ? element("code", "", words) : words);
    });
    line.append(element("td", "", path), description);
    return line;
  }));
  byId("example").textContent = "curl -i " + location.origin + "/ok/printshop \\\n" +
    "  -H 'Content-Type: application/json' \\\n" +
    "  -H 'webhook-id: msg_1' \\\n  -d '{\"hello\": \"world\"}'";
}

// --- events and buttons

function state(live, words) {
  byId("dot").className = live ? "dot live" : "dot";
  byId("state").textContent = words;
}

const listening = () => state(true, "Listening at " + location.host);

function handle(apply) {
  return (event) => {
    const data = JSON.parse(event.data);
    if (!paused) apply(data);
    else if (apply === start) held = [[apply, data]];
    else held = [...held, [apply, data]].slice(-50);
  };
}

const events = new EventSource("/events");
events.addEventListener("open", () => { if (!paused) listening(); });
events.addEventListener("error", () => state(false, "Not connected; trying again"));
events.addEventListener("start", handle(start));
events.addEventListener("requests", handle(arrive));

byId("help").addEventListener("click", () => {
  helping = !helping;
  guide();
});

byId("pause").addEventListener("click", () => {
  paused = !paused;
  byId("pause").setAttribute("aria-pressed", String(paused));
  byId("pause").textContent = paused ? "Resume" : "Pause";
  if (paused) {
    state(false, "Paused; requests are still answered");
    return;
  }
  listening();
  for (const [apply, data] of held) apply(data);
  held = [];
});

byId("clear").addEventListener("click", () => fetch("/ledger", { method: "DELETE" }));

byId("secret-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const input = byId("secret");
  const response = await fetch("/secret", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ secret: input.value.trim() }),
  });
  if (response.ok) {
    input.value = "";
    return;
  }
  byId("secret-note").className = "note bad";
  byId("secret-note").textContent = (await response.json()).error;
});
