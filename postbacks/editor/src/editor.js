// What the Mapper needs of CodeMirror, and nothing else. Texts in, texts and marks out.
import { acceptCompletion, autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap, completionStatus, snippetCompletion, startCompletion } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentLess, indentMore } from "@codemirror/commands";
import { html } from "@codemirror/lang-html";
import { jinja } from "@codemirror/lang-jinja";
import { json, jsonLanguage } from "@codemirror/lang-json";
import { xml } from "@codemirror/lang-xml";
import { bracketMatching, foldGutter, foldKeymap, HighlightStyle, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { nextDiagnostic, previousDiagnostic, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { Compartment, EditorSelection, EditorState, RangeSet, RangeSetBuilder, StateEffect, StateField } from "@codemirror/state";
import { crosshairCursor, Decoration, drawSelection, EditorView, gutterLineClass, GutterMarker, highlightActiveLine, highlightActiveLineGutter, highlightSpecialChars, keymap, lineNumbers, placeholder, rectangularSelection, ViewPlugin } from "@codemirror/view";
import { tags } from "@lezer/highlight";

export { snippetCompletion, startCompletion };

const LANGUAGES = { json, xml, html };

// Colours are the page's own variables, so that light and dark follow its theme at once.
const colors = HighlightStyle.define([
  { tag: [tags.propertyName, tags.tagName], color: "var(--pb-code-name)" },
  { tag: [tags.string, tags.attributeValue], color: "var(--pb-code-text)" },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], color: "var(--pb-code-value)" },
  { tag: [tags.keyword, tags.controlKeyword, tags.definitionKeyword, tags.operatorKeyword], color: "var(--pb-code-tag)", fontWeight: "600" },
  { tag: [tags.variableName, tags.special(tags.variableName)], color: "var(--pb-code-variable)", fontWeight: "600" },
  { tag: tags.attributeName, color: "var(--pb-code-attribute)" },
  { tag: [tags.function(tags.variableName), tags.className], color: "var(--pb-code-helper)" },
  { tag: [tags.comment, tags.meta, tags.processingInstruction], color: "var(--pb-quiet)", fontStyle: "italic" },
  { tag: [tags.brace, tags.bracket, tags.paren, tags.squareBracket, tags.angleBracket, tags.separator, tags.punctuation], color: "var(--pb-code-mark)" },
  { tag: tags.invalid, color: "var(--pb-bad)" },
]);

const look = EditorView.theme({
  "&": { height: "100%", fontSize: "0.8125rem", color: "var(--pb-strong)", backgroundColor: "transparent" },
  "&.cm-focused": { outline: "2px solid var(--color-primary-600)", outlineOffset: "-2px" },
  ".cm-scroller": { fontFamily: "var(--pb-mono)", lineHeight: "1.55", overflow: "auto" },
  ".cm-content": { padding: "0.625rem 0", caretColor: "var(--pb-strong)" },
  ".cm-line": { padding: "0 0.75rem 0 0.375rem" },
  ".cm-gutters": { backgroundColor: "var(--pb-soft)", color: "var(--pb-quiet)", border: "0", borderRight: "1px solid var(--pb-line)" },
  ".cm-lineNumbers .cm-gutterElement": { padding: "0 0.375rem 0 0.5rem", minWidth: "1.75rem" },
  ".cm-gutterElement.cm-wrong": { color: "var(--pb-bad)", fontWeight: "700" },
  ".cm-gutterElement.cm-questionable": { color: "var(--pb-warn)", fontWeight: "700" },
  ".cm-foldGutter .cm-gutterElement": { padding: "0 0.125rem" },
  ".cm-activeLine": { backgroundColor: "color-mix(in oklab, var(--color-primary-500) 6%, transparent)" },
  ".cm-activeLineGutter": { backgroundColor: "color-mix(in oklab, var(--color-primary-500) 12%, transparent)", color: "var(--pb-strong)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { background: "color-mix(in oklab, var(--color-primary-500) 26%, transparent) !important" },
  ".cm-cursor": { borderLeftColor: "var(--pb-strong)", borderLeftWidth: "2px" },
  ".cm-matchingBracket, &.cm-focused .cm-matchingBracket": { backgroundColor: "color-mix(in oklab, var(--color-primary-500) 24%, transparent)", outline: "1px solid color-mix(in oklab, var(--color-primary-500) 50%, transparent)", borderRadius: "2px" },
  ".cm-nonmatchingBracket, &.cm-focused .cm-nonmatchingBracket": { backgroundColor: "var(--pb-bad-soft)" },
  ".cm-selectionMatch": { backgroundColor: "color-mix(in oklab, var(--color-primary-500) 14%, transparent)" },
  ".cm-placeholder": { color: "var(--pb-quiet)" },
  ".cm-foldPlaceholder": { backgroundColor: "var(--pb-idle-soft)", border: "0", color: "var(--pb-text)", padding: "0 0.375rem" },
  ".cm-tooltip": { backgroundColor: "var(--pb-card)", color: "var(--pb-text)", border: "1px solid var(--pb-line)", borderRadius: "8px", boxShadow: "0 8px 24px rgb(0 0 0 / .18)", overflow: "hidden" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--pb-mono)", maxHeight: "16rem" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "0.1875rem 0.625rem", color: "var(--pb-strong)" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--color-primary-600)", color: "#fff" },
  ".cm-completionDetail": { color: "inherit", opacity: ".7", fontStyle: "normal", marginLeft: "0.75rem" },
  ".cm-completionMatchedText": { textDecoration: "none", fontWeight: "700" },
  ".cm-completionInfo": { padding: "0.5rem 0.75rem", maxWidth: "22rem" },
  ".cm-diagnostic": { padding: "0.375rem 0.625rem", borderLeft: "4px solid var(--pb-bad)" },
  ".cm-diagnostic-warning": { borderLeftColor: "var(--pb-warn)" },
  ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--pb-bad)", textUnderlineOffset: "3px" },
  ".cm-lintRange-warning": { backgroundImage: "none", textDecoration: "underline wavy var(--pb-warn)", textUnderlineOffset: "3px" },
  ".cm-panels": { backgroundColor: "var(--pb-soft)", color: "var(--pb-text)", borderColor: "var(--pb-line) !important" },
  ".cm-textfield": { backgroundColor: "var(--pb-card)", color: "var(--pb-strong)", border: "1px solid var(--pb-line)", borderRadius: "4px" },
  ".cm-button": { backgroundImage: "none", backgroundColor: "var(--pb-card)", color: "var(--pb-strong)", border: "1px solid var(--pb-line)", borderRadius: "4px" },
  ".cm-searchMatch": { backgroundColor: "var(--pb-warn-soft)" },
});

// Line numbers of lines with problems are marked.
const wrongLine = new (class extends GutterMarker { get elementClass() { return "cm-wrong"; } })();
const questionableLine = new (class extends GutterMarker { get elementClass() { return "cm-questionable"; } })();
const setWrongLines = StateEffect.define();
const wrongLines = StateField.define({
  create: () => RangeSet.empty,
  update(marks, transaction) {
    const fresh = transaction.effects.find((effect) => effect.is(setWrongLines));
    return fresh ? fresh.value : marks.map(transaction.changes);
  },
  provide: (field) => gutterLineClass.from(field),
});

// A wrapped line goes on under its own indentation, two characters further in.
const hangingIndent = ViewPlugin.fromClass(class {
  constructor(view) { this.decorations = hung(view); }
  update(update) {
    if (update.docChanged || update.viewportChanged) {
      this.decorations = hung(update.view);
    }
  }
}, { decorations: (plugin) => plugin.decorations });

function hung(view) {
  const builder = new RangeSetBuilder();
  for (const { from, to } of view.visibleRanges) {
    for (let position = from; position <= to;) {
      const line = view.state.doc.lineAt(position);
      const indent = Math.min(/^[ \t]*/.exec(line.text)[0].length, 24) + 2;
      builder.add(line.from, line.from, Decoration.line({ attributes: { style: `padding-left: calc(${indent}ch + .375rem); text-indent: -${indent}ch` } }));
      position = line.to + 1;
    }
  }
  return builder.finish();
}

const shared = [
  hangingIndent, wrongLines,
  lineNumbers(), foldGutter({ openText: "▾", closedText: "▸" }), highlightSpecialChars(), drawSelection(), bracketMatching(),
  syntaxHighlighting(colors), look, EditorView.lineWrapping, search({ top: true }), highlightSelectionMatches(),
];

// Tab indents, or takes the completion that is open. Escape and then Tab moves on (CodeMirror's own).
const indentation = [
  { key: "Tab", run: (view) => (completionStatus(view.state) === "active" ? acceptCompletion(view) : indentMore(view)), shift: indentLess },
];

class Editor {
  constructor(parent, options) {
    this.language = new Compartment();
    this.templated = Boolean(options.templated);
    const extensions = [
      shared,
      this.language.of(this.languageOf(options.format)),
      EditorView.contentAttributes.of({ "aria-label": options.label, tabindex: "0" }),
      indentUnit.of("  "),
      EditorState.tabSize.of(2),
    ];
    if (options.readOnly) {
      extensions.push(EditorState.readOnly.of(true), keymap.of([...defaultKeymap, ...searchKeymap, ...foldKeymap]));
    } else {
      extensions.push(
        history(), indentOnInput(), closeBrackets(), rectangularSelection(), crosshairCursor(), highlightActiveLine(), highlightActiveLineGutter(),
        EditorState.allowMultipleSelections.of(true), placeholder(options.placeholder || ""),
        autocompletion(options.complete ? { override: [options.complete], icons: false, maxRenderedOptions: 60 } : {}),
        keymap.of([
          { key: "F8", run: nextDiagnostic }, { key: "Shift-F8", run: previousDiagnostic },
          ...indentation, ...closeBracketsKeymap, ...completionKeymap, ...historyKeymap, ...searchKeymap, ...foldKeymap, ...defaultKeymap,
        ]),
      );
    }
    if (options.onChange) {
      extensions.push(EditorView.updateListener.of((update) => {
        if (update.docChanged && !this.isQuiet) {
          options.onChange(this.text);
        }
      }));
    }
    this.view = new EditorView({ parent, state: EditorState.create({ doc: options.text || "", extensions }) });
  }

  languageOf(format) {
    const base = (LANGUAGES[format] || html)();
    return this.templated ? jinja({ base }) : LANGUAGES[format] ? base : [];
  }

  set format(format) {
    this.view.dispatch({ effects: this.language.reconfigure(this.languageOf(format)) });
  }

  get text() {
    return this.view.state.doc.toString();
  }

  get position() {
    return this.view.state.selection.main.head;
  }

  // Replace everything; `quietly` does not count as a change by the user.
  setText(text, { quietly = false } = {}) {
    if (text === this.text) {
      return;
    }
    this.isQuiet = quietly;
    this.view.dispatch({ changes: { from: 0, to: this.view.state.doc.length, insert: text } });
    this.isQuiet = false;
  }

  // Put text in place of the selection; the cursor goes to `cursor` characters into it, else behind it.
  insert(text, cursor = text.length) {
    const { from, to } = this.view.state.selection.main;
    this.view.dispatch({
      changes: { from, to, insert: text },
      selection: EditorSelection.cursor(from + cursor),
      scrollIntoView: true,
      userEvent: "input",
    });
    this.view.focus();
  }

  // The white space in front of the line with the cursor.
  get indentation() {
    return this.view.state.doc.lineAt(this.position).text.match(/^[ \t]*/)[0];
  }

  // Marks: `{line, column, message, severity}`, counted from 1.
  mark(problems) {
    const { doc } = this.view.state;
    const diagnostics = problems.filter((problem) => problem.line).map((problem) => {
      const line = doc.line(Math.min(problem.line, doc.lines));
      let from = Math.min(line.from + Math.max((problem.column || 1) - 1, 0), line.to);
      let to = line.to;
      if (problem.column) {
        const word = /^[\w.]+/.exec(doc.sliceString(from, line.to));
        to = Math.min(from + (word ? word[0].length : 1), line.to);
      }
      from = to === from && from > line.from ? from - 1 : from;
      return { from, to, severity: problem.severity, message: problem.message };
    });
    const lines = new Map(); // by the start of the line; an error outweighs a warning
    diagnostics.forEach(({ from, severity }) => {
      const start = doc.lineAt(from).from;
      lines.set(start, severity === "error" || !lines.has(start) ? severity : lines.get(start));
    });
    const marks = [...lines].map(([start, severity]) => (severity === "error" ? wrongLine : questionableLine).range(start));
    this.view.dispatch(setDiagnostics(this.view.state, diagnostics), { effects: setWrongLines.of(RangeSet.of(marks, true)) });
  }

  goTo(lineNumber, column = 1) {
    const line = this.view.state.doc.line(Math.min(Math.max(lineNumber, 1), this.view.state.doc.lines));
    const position = Math.min(line.from + Math.max(column - 1, 0), line.to);
    this.view.dispatch({ selection: EditorSelection.cursor(position), effects: EditorView.scrollIntoView(position, { y: "center" }) });
    this.view.focus();
  }

  focus() {
    this.view.focus();
  }
}

export function createEditor(parent, options) {
  return new Editor(parent, options);
}

// JSON as a tree that keeps numbers as they are written; null when it is not valid.
export function parseJson(text) {
  try {
    JSON.parse(text);
  } catch {
    return null;
  }
  const top = jsonLanguage.parser.parse(text).topNode.firstChild;
  return top ? node(top, text) : null;
}

const KINDS = { String: "text", Number: "number", True: "boolean", False: "boolean", Null: "null" };

function node(syntax, text) {
  if (syntax.name === "Object") {
    const fields = [];
    for (const property of syntax.getChildren("Property")) {
      const name = property.firstChild;
      fields.push([JSON.parse(text.slice(name.from, name.to)), node(property.lastChild, text)]);
    }
    return { kind: "object", fields };
  }
  if (syntax.name === "Array") {
    const items = [];
    for (let child = syntax.firstChild; child; child = child.nextSibling) {
      if (!["[", "]", ","].includes(child.name)) {
        items.push(node(child, text));
      }
    }
    return { kind: "list", items };
  }
  return { kind: KINDS[syntax.name] || "text", raw: text.slice(syntax.from, syntax.to) };
}
