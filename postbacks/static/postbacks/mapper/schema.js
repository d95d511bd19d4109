// What the output has to fit: a JSON Schema or an XSD, folded away until it is wanted.
import { createEditor } from "./editor.js";

const NAMES = { json: "JSON Schema", xml: "XSD" };

export class Schema {
  constructor(root, field, format, onChange) {
    this.root = root;
    this.state = root.querySelector("[data-schema-state]");
    this.field = field;
    this.editor = createEditor(root.querySelector("[data-schema-box]"), {
      label: "Schema", format, text: field.value.replace(/\r\n/g, "\n"), placeholder: "Paste the schema that your receiver has given you.",
      onChange: (text) => { field.value = text; this.show(); onChange(); },
    });
    field.closest(".pb-editor").hidden = true;
    root.addEventListener("toggle", () => this.editor.view.requestMeasure());
    this.format = format;
  }

  set format(format) {
    this.editor.format = format;
    this.name = NAMES[format] || "";
    this.show();
  }

  show() {
    this.state.textContent = this.field.value.trim() ? this.name : "";
  }

  mark(problems) {
    this.editor.mark(problems);
    if (problems.length) {
      this.root.open = true;
    }
  }

  goTo({ line, column }) {
    this.root.open = true;
    this.editor.goTo(line, column || 1);
  }
}
