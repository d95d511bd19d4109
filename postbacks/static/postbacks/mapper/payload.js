// The payload: chosen or pasted, shown as fields that are inserted by a click.
import { el, icon } from "./dom.js";
import { createEditor, parseJson } from "./editor.js";

const STEP = 100; // rows of a list that are made at once

export class PayloadPane {
  // `events`: onChange(), onField(path, node), onLoop(path)
  constructor(root, data, form, events) {
    this.root = root;
    this.data = data;
    this.form = form;
    this.events = events;
    this.source = root.querySelector("[data-payload-source]");
    this.fields = root.querySelector("[data-payload-fields]");
    this.state = root.querySelector("[data-payload-state]");
    this.search = root.querySelector("[data-payload-search]");
    this.keepButton = root.querySelector("[data-payload-keep]");
    this.dropButton = root.querySelector("[data-payload-drop]");
    this.textBox = root.querySelector("[data-payload-text]");
    this.editor = createEditor(this.textBox, {
      label: "Payload as JSON", format: "json",
      onChange: () => { this.select("pasted"); this.refresh(); events.onChange(); },
    });
    this.open = new Map();
    this.setUp();
  }

  get sample() {
    return this.form.elements.sample;
  }

  get event() {
    return this.form.elements.event.value || "order_shipped";
  }

  get text() {
    return this.editor.text;
  }

  setUp() {
    this.source.addEventListener("change", () => this.choose(this.source.value));
    this.root.querySelectorAll("[data-payload-tab]").forEach((tab) => {
      tab.addEventListener("click", () => this.showTab(tab.dataset.payloadTab));
    });
    this.search.addEventListener("input", () => this.draw());
    this.keepButton.addEventListener("click", () => this.keep());
    this.dropButton.addEventListener("click", () => this.drop());
    this.form.elements.event.addEventListener("change", () => { this.nameSample(); this.listEvents(); this.choose(this.sample.value ? "own" : "sample"); });
    this.nameSample();
    this.choose(this.sample.value.trim() ? "own" : "sample");
    this.listEvents();
  }

  // Which event the built-in sample is of, also where none is chosen.
  nameSample() {
    const { event } = this.form.elements;
    const option = [...event.options].find((each) => each.value === this.event);
    this.source.querySelector("[value=sample]").textContent = `Sample: ${option.textContent}${event.value ? "" : " (no event is chosen)"}`;
  }

  select(value) {
    for (const option of this.source.options) {
      if (option.value === value) {
        option.hidden = false;
      }
    }
    this.source.value = value;
  }

  async choose(value) {
    this.select(value);
    if (value === "sample") {
      this.show(this.data.samples[this.event] || "{}");
    } else if (value === "own") {
      this.show(this.sample.value);
    } else if (value === "pasted") {
      this.showTab("text");
      this.editor.focus();
    } else {
      await this.fetchEvent(value);
    }
    this.events.onChange();
  }

  show(text) {
    this.editor.setText(text, { quietly: true });
    this.refresh();
  }

  async fetchEvent(id) {
    try {
      const answer = await fetch(`${this.data.urls.events}?id=${encodeURIComponent(id)}`);
      const { payload } = await answer.json();
      if (payload) {
        this.show(payload);
      } else {
        this.say("The payload of this event was deleted. Choose another one.", true);
      }
    } catch {
      this.say("This event could not be loaded. Try again.", true);
    }
  }

  async listEvents() {
    const group = this.source.querySelector("[data-payload-events]");
    group.replaceChildren();
    if (!this.data.maySeeEvents) {
      group.hidden = true;
      return;
    }
    const query = new URLSearchParams({ event: this.event, customer: this.form.elements.customer.value || "" });
    try {
      const answer = await fetch(`${this.data.urls.events}?${query}`);
      const { events } = await answer.json();
      group.append(...events.map((event) => el("option", { value: event.id }, event.label)));
      if (!events.length) {
        group.append(el("option", { disabled: true }, "None has happened yet"));
      }
    } catch {
      group.append(el("option", { disabled: true }, "They could not be loaded"));
    }
  }

  keep() {
    this.sample.value = this.text;
    this.select("own");
    this.note();
    this.form.dispatchEvent(new Event("input", { bubbles: true }));
  }

  drop() {
    this.sample.value = "";
    this.choose("sample");
    this.form.dispatchEvent(new Event("input", { bubbles: true }));
  }

  showTab(name) {
    this.root.querySelectorAll("[data-payload-tab]").forEach((tab) => tab.setAttribute("aria-pressed", String(tab.dataset.payloadTab === name)));
    this.textBox.hidden = name !== "text";
    this.fields.hidden = name !== "fields";
    this.search.hidden = name !== "fields";
    if (name === "text") {
      this.editor.view.requestMeasure();
    }
  }

  say(text, isBad = false) {
    this.state.textContent = text;
    this.state.classList.toggle("pb-bad", isBad);
    this.state.hidden = !text;
  }

  note() {
    const isOwn = this.sample.value.trim() !== "" && this.sample.value === this.text;
    this.keepButton.hidden = isOwn || !this.tree || this.source.value === "sample";
    this.dropButton.hidden = !isOwn;
    this.source.querySelector("[value=own]").hidden = !this.sample.value.trim();
  }

  // After every change of the text.
  refresh() {
    this.tree = parseJson(this.text);
    if (this.tree && this.tree.kind !== "object") {
      this.tree = null;
      this.say("A payload is an object: it starts with { and ends with }.", true);
    } else {
      this.say(this.tree ? "" : "This is not valid JSON yet. Look at it under Text.", !this.tree);
    }
    this.note();
    this.draw();
  }

  draw() {
    if (!this.tree) {
      this.fields.replaceChildren();
      return;
    }
    const wanted = this.search.value.trim().toLowerCase();
    const list = this.branch(this.tree, [], wanted);
    this.fields.replaceChildren(list.childElementCount ? list : el("p", { class: "pb-empty" }, wanted ? "No field of this name." : "The payload is empty."));
  }

  branch(node, path, wanted) {
    const list = el("ul", { class: "pb-tree" });
    const children = node.kind === "object" ? node.fields : node.items.map((item, index) => [index, item]);
    const found = wanted ? children.filter(([name, child]) => matches(name, child, wanted)) : children;
    this.append(list, found, path, wanted, 0);
    return list;
  }

  append(list, children, path, wanted, start) {
    list.append(...children.slice(start, start + STEP).map(([name, child]) => this.row(name, child, [...path, name], wanted)));
    if (children.length > start + STEP) {
      const more = el("button", { type: "button", class: "pb-tree-more" }, `${children.length - start - STEP} more`);
      more.addEventListener("click", () => { more.parentElement.remove(); this.append(list, children, path, wanted, start + STEP); });
      list.append(el("li", {}, more));
    }
  }

  row(name, node, path, wanted) {
    const isBranch = node.kind === "object" || node.kind === "list";
    const title = typeof name === "number" ? `item ${name + 1}` : name;
    const field = el("button", { type: "button", class: "pb-tree-field", title: "Insert this field" },
      el("span", { class: "pb-tree-name" }, title), el("span", { class: `pb-tree-value pb-tree-${node.kind}` }, brief(node)));
    field.addEventListener("mousedown", (event) => event.preventDefault());
    field.addEventListener("click", () => this.events.onField(path, node));
    const line = el("div", { class: "pb-tree-line" });
    const item = el("li", {}, line);
    if (isBranch) {
      line.append(this.toggle(item, node, path, wanted));
    }
    line.append(field);
    if (node.kind === "list") {
      const loop = el("button", { type: "button", class: "pb-tree-loop", title: `Insert a loop over ${title}`, "aria-label": `Insert a loop over ${title}` }, icon("repeat"), "Loop");
      loop.addEventListener("mousedown", (event) => event.preventDefault());
      loop.addEventListener("click", () => this.events.onLoop(path));
      line.append(loop);
    }
    return item;
  }

  toggle(item, node, path, wanted) {
    const key = JSON.stringify(path);
    const isOpen = Boolean(wanted) || (this.open.get(key) ?? opensByItself(node, path));
    const button = el("button", { type: "button", class: "pb-tree-toggle", "aria-expanded": String(isOpen), "aria-label": "Show what is in it" }, icon("chevron_right"));
    const show = (visible) => {
      button.setAttribute("aria-expanded", String(visible));
      item.querySelector(":scope > ul")?.remove();
      if (visible) {
        item.append(this.branch(node, path, wanted && matches(path.at(-1), { kind: "null" }, wanted) ? "" : wanted));
      }
    };
    button.addEventListener("click", () => {
      const visible = button.getAttribute("aria-expanded") !== "true";
      this.open.set(key, visible);
      show(visible);
    });
    if (isOpen) {
      queueMicrotask(() => show(true));
    }
    return button;
  }
}

// The first item of a list shows what all of them are like.
function opensByItself(node, path) {
  const last = path.at(-1);
  if (typeof last === "number") {
    return last === 0;
  }
  return path.length < (node.kind === "list" ? 5 : 3);
}

function matches(name, node, wanted) {
  if (typeof name === "string" && name.toLowerCase().includes(wanted)) {
    return true;
  }
  if (node.kind === "object") {
    return node.fields.some(([each, child]) => matches(each, child, wanted));
  }
  return node.kind === "list" && node.items.some((child) => matches("", child, wanted));
}

function brief(node) {
  if (node.kind === "object") {
    return `{${node.fields.length}}`;
  }
  if (node.kind === "list") {
    return node.items.length === 1 ? "1 item" : `${node.items.length} items`;
  }
  const text = node.kind === "text" ? JSON.parse(node.raw) : node.raw;
  return text.length > 60 ? `${text.slice(0, 60)}…` : text || "“”";
}

export { brief };
