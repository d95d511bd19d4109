// What comes out: a document in a read-only editor, or an e-mail as its reader will see it.
import { createEditor } from "./editor.js";

// Nothing of an e-mail runs or loads here: its frame is sandboxed, and this forbids it the network.
const FRAME = "<!doctype html><meta charset=\"utf-8\"><meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:\"><base target=\"_blank\">";

export class DocumentOutput {
  constructor(box, format) {
    this.editor = createEditor(box, { label: "Output", format, readOnly: true });
  }

  set format(format) {
    this.editor.format = format;
  }

  show(outputs) {
    this.editor.setText(outputs.body || "", { quietly: true });
  }

  mark(problems) {
    this.editor.mark(problems);
  }

  goTo({ line, column }) {
    this.editor.goTo(line, column || 1);
  }
}

export class EmailOutput {
  constructor(box) {
    this.find = (name) => box.querySelector(`[data-email-${name}]`);
    this.tabs = [...box.querySelectorAll("[data-email-tab]")];
    this.tabs.forEach((tab) => tab.addEventListener("click", () => { this.chosen = tab.dataset.emailTab; this.draw(); }));
    this.source = createEditor(this.find("source"), { label: "HTML of the e-mail", format: "html", readOnly: true });
    this.outputs = {};
    this.chosen = "html";
  }

  set format(_) { /* an e-mail has one */ }

  show(outputs) {
    this.outputs = outputs;
    this.find("subject").textContent = outputs.subject || "";
    this.find("text").textContent = outputs.text || "";
    const page = outputs.html ? FRAME + outputs.html : "";
    if (this.find("html").srcdoc !== page) {
      this.find("html").srcdoc = page;
    }
    this.source.setText(outputs.html || "", { quietly: true });
    this.draw();
  }

  // HTML where there is some, else the text, unless somebody chose.
  draw() {
    const has = { html: Boolean(this.outputs.html), text: Boolean(this.outputs.text), source: Boolean(this.outputs.html) };
    const shown = has[this.chosen] ? this.chosen : ["html", "text"].find((name) => has[name]) || "html";
    this.tabs.forEach((tab) => {
      tab.setAttribute("aria-pressed", String(tab.dataset.emailTab === shown));
      tab.disabled = !has[tab.dataset.emailTab];
    });
    ["html", "text", "source"].forEach((name) => { this.find(name).hidden = name !== shown || !has[name]; });
  }

  mark(problems) {
    this.source.mark(problems.filter((problem) => problem.part === "html"));
  }

  goTo({ part, line, column }) {
    this.chosen = part === "html" ? "source" : "text";
    this.draw();
    if (part === "html") {
      this.source.goTo(line, column || 1);
    }
  }
}
