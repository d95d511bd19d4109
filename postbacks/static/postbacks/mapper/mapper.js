// The Template Mapper: payload, template and output side by side.
import { badge, el, icon, prose } from "./dom.js";
import { completionSource } from "./completion.js";
import { DocumentOutput, EmailOutput } from "./output.js";
import { labelOf, Parts } from "./parts.js";
import { PayloadPane } from "./payload.js";
import { Schema } from "./schema.js";
import { insertionFor, loopFor } from "./scope.js";
import { setUpPast } from "./past.js";
import { setUpTest } from "./test.js";

const PAUSE = 120; // milliseconds without a key before the server is asked

class Mapper {
  constructor(root) {
    this.root = root;
    this.form = root.closest("form");
    this.data = JSON.parse(document.getElementById("mapper").textContent);
    this.isEmail = this.data.kind === "email";
    this.find = (name) => root.querySelector(`[data-${name}]`);
    this.turn = 0;
    this.setUpEditors();
    this.payload = new PayloadPane(this.find("payload"), this.data, this.form, {
      onChange: () => this.later(),
      onField: (path, node) => this.insertField(path, node),
      onLoop: (path) => this.insertLoop(path),
    });
    this.setUpStart();
    this.setUpForm();
    setUpTest(this);
    setUpPast(this);
    root.classList.add("pb-ready");
    this.render();
  }

  get format() {
    return this.isEmail ? "email" : this.form.elements.format.value || "json";
  }

  setUpEditors() {
    this.parts = new Parts(this.root, this.form, {
      format: () => this.format,
      complete: completionSource(this.data, () => this.payload.tree),
      onChange: () => this.later(),
    });
    this.form.elements.sample.closest(".pb-editor").hidden = true;
    const schema = this.find("schema");
    this.schema = schema && new Schema(schema, this.form.elements.schema, this.format, () => this.later());
    this.output = this.isEmail ? new EmailOutput(this.find("output-email")) : new DocumentOutput(this.find("output-box"), this.format);
  }

  setUpForm() {
    const { format, is_strict: strict, customer } = this.form.elements;
    format?.addEventListener("change", () => {
      this.parts.formatChanged();
      this.output.format = this.format;
      if (this.schema) {
        this.schema.format = this.format;
      }
      this.listReady();
      this.later();
    });
    strict.addEventListener("change", () => this.later());
    const owner = () => { this.payload.listEvents(); this.later(); };
    customer.addEventListener("change", owner);
    window.django?.jQuery?.(customer).on("select2:select select2:clear", owner);
    this.form.elements.event.addEventListener("change", () => this.listReady());
    this.find("activate")?.addEventListener("click", () => { this.form.elements.status.value = "active"; });
    document.addEventListener("keydown", (event) => {
      if (event.key === "s" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey) {
        event.preventDefault();
        this.find("save")?.click();
      }
    });
    this.find("status")?.addEventListener("click", () => this.toFirstProblem());
  }

  // --- ready templates ---

  setUpStart() {
    this.start = this.find("start");
    this.listReady();
    this.start.addEventListener("change", () => {
      const chosen = this.data.ready.find((one) => `${one.event}.${one.format}` === this.start.value);
      this.start.value = "";
      if (chosen) {
        this.take(chosen);
      }
    });
  }

  listReady() {
    const { event } = this.form.elements;
    const group = (label, rows) => el("optgroup", { label }, ...rows.map((one) => el("option", { value: `${one.event}.${one.format}` }, one.name)));
    const fits = this.data.ready.filter((one) => one.event === event.value);
    const others = this.data.ready.filter((one) => one.event !== event.value);
    this.start.replaceChildren(el("option", { value: "" }, "Start from…"), group("For this event", fits), group("For other events", others));
  }

  // The old text is one Ctrl+Z away.
  take(ready) {
    const { event, format, name } = this.form.elements;
    event.value = ready.event;
    if (format) {
      format.value = ready.format;
      format.dispatchEvent(new Event("change", { bubbles: true }));
    }
    event.dispatchEvent(new Event("change", { bubbles: true }));
    name.value ||= ready.name;
    this.parts.write(ready.parts);
  }

  // --- inserting ---

  insertField(path, node) {
    const editor = this.parts.current;
    editor.insert(insertionFor(path, node, editor.text, editor.position, this.parts.activeFormat));
  }

  insertLoop(path) {
    const editor = this.parts.current;
    const loop = loopFor(path, editor.text, editor.position, this.parts.activeFormat, editor.indentation);
    editor.insert(loop.text, loop.cursor);
  }

  // --- output ---

  // What the server is asked about: the form as it is, with the payload that is shown.
  question() {
    const data = new FormData(this.form);
    this.parts.putInto(data);
    data.set("kind", this.data.kind);
    data.set("payload", this.payload.text);
    data.set("id", this.data.saved ? this.data.saved.id : "");
    return data;
  }

  async ask(url, more = {}) {
    const data = this.question();
    Object.entries(more).forEach(([name, value]) => data.set(name, value));
    const answer = await fetch(url, { method: "POST", body: data, signal: this.asking?.signal });
    if (!answer.ok) {
      throw new Error(answer.status === 403 ? "You may not do this." : `The server answered ${answer.status}.`);
    }
    return answer.json();
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.render(), PAUSE);
  }

  async render() {
    if (!this.payload) {
      return;
    }
    const mine = ++this.turn;
    try {
      const result = await this.ask(this.data.urls.preview);
      if (mine === this.turn) {
        this.show(result);
      }
    } catch {
      if (mine === this.turn) {
        badge(this.find("status"), "bad", "The server does not answer");
      }
    }
  }

  show(result) {
    this.result = result;
    const { errors, warnings } = result;
    const { isEmpty } = this.parts;
    this.output.show(isEmpty ? {} : result.outputs);
    const marked = [
      ...errors.map((problem) => ({ ...problem, severity: "error" })),
      ...warnings.map((problem) => ({ ...problem, severity: "warning" })),
    ].filter(() => !isEmpty);
    this.parts.mark(marked.filter((problem) => (problem.where || "template") === "template"));
    this.output.mark(marked.filter((problem) => problem.where === "output"));
    this.schema?.mark(marked.filter((problem) => problem.where === "schema"));
    this.payload.editor.mark(marked.filter((problem) => problem.where === "payload"));
    this.listProblems(marked);
    const status = this.find("status");
    if (isEmpty) {
      badge(status, "idle", "Nothing written yet");
    } else if (errors.length) {
      badge(status, "bad", "Would not be sent");
    } else if (warnings.length) {
      badge(status, "warn", warnings.length === 1 ? "Valid, 1 warning" : `Valid, ${warnings.length} warnings`);
    } else {
      badge(status, "good", "Valid");
    }
    this.root.dataset.rendered = String(this.turn);
  }

  // What has not changed stays as it is: who is about to press it, or has come to it by Tab, keeps it.
  listProblems(problems) {
    const said = JSON.stringify(problems);
    if (said === this.said) {
      return;
    }
    this.said = said;
    this.find("problems").replaceChildren(...problems.map((problem) => {
      const tone = problem.severity === "error" ? "bad" : "warn";
      const mark = icon(problem.severity === "error" ? "error" : "warning");
      const words = el("span", {}, ...prose(problem.message));
      if (!problem.line) {
        return el("li", { class: `pb-${tone}` }, mark, words);
      }
      const button = el("button", { type: "button", title: "Go there" }, mark, el("b", {}, this.placeOf(problem)), words);
      button.addEventListener("click", () => this.goTo(problem));
      return el("li", { class: `pb-${tone}` }, button);
    }));
  }

  placeOf({ where, part, line }) {
    if (where === "payload") {
      return `Payload line ${line}`;
    }
    if (where === "schema") {
      return `Schema line ${line}`;
    }
    const word = where === "output" ? "output line" : "line";
    const place = this.isEmail ? `${labelOf(part)}, ${word}` : word[0].toUpperCase() + word.slice(1);
    return this.isEmail && part === "subject" ? labelOf(part) : `${place} ${line}`;
  }

  goTo(problem) {
    if (problem.where === "payload") {
      this.payload.showTab("text");
      this.payload.editor.goTo(problem.line, problem.column || 1);
    } else if (problem.where === "schema") {
      this.schema.goTo(problem);
    } else {
      (problem.where === "output" ? this.output : this.parts).goTo(problem);
    }
  }

  toFirstProblem() {
    this.find("problems").querySelector("button")?.click();
  }
}

const root = document.querySelector("[data-mapper]");
if (root) {
  new Mapper(root);
}
