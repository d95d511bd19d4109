// The texts that are written, each in an editor of its own: a webhook's document; an e-mail's
// subject, and its text and HTML behind tabs.
import { createEditor } from "./editor.js";

const LABELS = { body: "Template", subject: "Subject", text: "Text", html: "HTML" };
const HINTS = {
  body: "Start from a ready template above, or click fields of the payload.",
  subject: "What the e-mail is about",
  text: "For programs that show no HTML. Leave it empty to send HTML alone.",
  html: "Leave it empty to send text alone.",
};

export const labelOf = (part) => LABELS[part] || part;

export class Parts {
  // `options`: format() of a document, complete, onChange()
  constructor(root, form, options) {
    this.root = root;
    this.form = form;
    this.options = options;
    this.editors = {};
    root.querySelectorAll("[data-editor-box]").forEach((box) => this.setUp(box));
    this.tabs = [...root.querySelectorAll("[data-part-tab]")];
    this.tabs.forEach((tab) => tab.addEventListener("click", () => { this.showTab(tab.dataset.partTab); this.current.focus(); }));
    this.active = "body" in this.editors ? "body" : "html";
    if (this.tabs.length) {
      this.showTab(this.form.elements.html.value.trim() || !this.form.elements.text.value.trim() ? "html" : "text");
    }
  }

  setUp(box) {
    const name = box.dataset.part;
    const field = this.form.elements[name];
    const editor = createEditor(box, {
      label: LABELS[name], format: this.formatOf(name), templated: true, text: field.value.replace(/\r\n/g, "\n"),
      placeholder: HINTS[name], complete: this.options.complete,
      onChange: (text) => this.changed(name, field, text),
    });
    this.editors[name] = editor;
    (field.closest(".pb-editor") || field).hidden = true;
    box.addEventListener("focusin", () => { this.active = name; });
    if (name === "subject") {
      box.addEventListener("keydown", (event) => this.leaveSubject(event, box), true);
    }
  }

  changed(name, field, text) {
    if (name === "subject" && text.includes("\n")) {
      this.editors.subject.setText(text.replace(/\s*\n\s*/g, " ")); // it is one line; this comes back here
      return;
    }
    field.value = text;
    field.dispatchEvent(new Event("change", { bubbles: true }));
    this.options.onChange();
  }

  leaveSubject(event, box) {
    if (event.key === "Enter" && !box.querySelector(".cm-tooltip-autocomplete")) {
      event.preventDefault();
      event.stopPropagation();
      this.editors[this.tab].focus();
    } else if (event.key === "Tab" && !box.querySelector(".cm-tooltip-autocomplete")) {
      event.stopPropagation(); // on to the next field: one line has nothing to indent
    }
  }

  formatOf(name) {
    return { subject: "text", text: "text", html: "html" }[name] || this.options.format();
  }

  formatChanged() {
    Object.entries(this.editors).forEach(([name, editor]) => { editor.format = this.formatOf(name); });
  }

  showTab(name) {
    this.tab = name;
    this.tabs.forEach((tab) => tab.setAttribute("aria-pressed", String(tab.dataset.partTab === name)));
    this.tabs.forEach((tab) => { this.root.querySelector(`[data-part="${tab.dataset.partTab}"]`).hidden = tab.dataset.partTab !== name; });
    this.active = name;
    this.editors[name].view.requestMeasure();
  }

  get current() {
    return this.editors[this.active];
  }

  get activeFormat() {
    return this.formatOf(this.active);
  }

  get isEmpty() {
    return Object.values(this.editors).every((editor) => !editor.text.trim());
  }

  write(texts) {
    Object.entries(texts).forEach(([name, text]) => this.editors[name].setText(text));
    if (this.tabs.length) {
      this.showTab(texts.html ? "html" : "text");
    }
    this.current.focus();
  }

  putInto(data) {
    Object.entries(this.editors).forEach(([name, editor]) => data.set(name, editor.text));
  }

  mark(problems) {
    Object.entries(this.editors).forEach(([name, editor]) => editor.mark(problems.filter((problem) => (problem.part || "body") === name)));
    this.tabs.forEach((tab) => {
      const isWrong = problems.some((problem) => problem.part === tab.dataset.partTab && problem.severity === "error");
      tab.classList.toggle("pb-tab-wrong", isWrong);
    });
  }

  goTo({ part = "body", line, column }) {
    if (this.tabs.some((tab) => tab.dataset.partTab === part)) {
      this.showTab(part);
    }
    this.active = part;
    this.editors[part].goTo(line, column || 1);
  }
}
