// What may stand where the cursor is: fields of the payload, filters, tests, functions, tags.
import { snippetCompletion } from "./editor.js";
import { brief } from "./payload.js";
import { pathOf, placeAt, scopesAt, valueAt } from "./scope.js";

const TAGS = [
  ["for", "for ${item} in ${items} %}\n  ${}\n{% endfor", "repeat for each item of a list"],
  ["if", "if ${condition} %}\n  ${}\n{% endif", "only when something is so"],
  ["else", "else", "otherwise"],
  ["elif", "elif ${condition}", "otherwise, if"],
  ["set", "set ${name} = ${value}", "give a value a name"],
  ["endfor", "endfor", "the end of a loop"],
  ["endif", "endif", "the end of a condition"],
  ["macro", "macro ${name}(${value}) %}${}{% endmacro", "a piece to use several times"],
  ["raw", "raw %}${}{% endraw", "braces that are only text"],
];
const LOOP = {
  index: "1, 2, 3 …", index0: "0, 1, 2 …", first: "true for the first item", last: "true for the last item",
  length: "how many items", revindex: "how many are left, with this one", previtem: "the item before", nextitem: "the item after",
};
const PATH = String.raw`[A-Za-z_]\w*(?:\.\w+|\[\s*\d+\s*\]|\["[^"\]]*"\]|\['[^'\]]*'\])*`;
const MEMBER = new RegExp(`(${PATH})\\.(\\w*)$`);

const TABLE = /lookups\(\s*\{(?:[^{}]*,)?\s*(["']?)[\w{} -]*$/; // where a key of lookups({…}) stands

// `data`: helpers and lookups of the page
export function completionSource({ helpers, lookups }, payload) {
  const byKind = (kind) => helpers.filter((one) => one.kind === kind);
  const named = (kind, type) => byKind(kind).map((one) => ({ label: one.name, type, detail: kind, info: `${one.summary}\n${one.example}` }));
  const filters = named("filter", "function");
  const tests = named("test", "keyword");
  const functions = byKind("function").map((one) => snippetCompletion(`${one.name}(\${})`, { label: one.name, type: "function", detail: "function", info: `${one.summary}\n${one.example}` }));

  return (context) => {
    const text = context.state.doc.toString();
    const place = placeAt(text, context.pos);
    if (!place.isInside) {
      return null;
    }
    const inside = text.slice(place.opening + 2, context.pos);
    const word = /\w*$/.exec(inside)[0];
    const from = context.pos - word.length;
    const ahead = inside.slice(0, inside.length - word.length);
    const answer = (options) => (options.length ? { from, options, validFor: /^\w*$/ } : null);
    if (/\|\s*$/.test(ahead)) {
      return answer(filters);
    }
    if (/\bis\s+(?:not\s+)?$/.test(ahead)) {
      return answer(tests);
    }
    const table = TABLE.exec(inside);
    if (table) {
      return tables(lookups, table[1], context, text);
    }
    const scopes = scopesAt(text, place.opening);
    const member = MEMBER.exec(inside);
    if (member) {
      return answer(membersOf(member[1], scopes, payload()));
    }
    if (place.isStatement && /^[-+]?\s*$/.test(ahead)) {
      return answer(TAGS.map(([label, snippet, info]) => snippetCompletion(snippet, { label, type: "keyword", detail: "tag", info })));
    }
    if (!word && !context.explicit && !/[{%(\s,]$/.test(ahead)) {
      return null;
    }
    return answer([...variables(scopes, payload()), ...functions]);
  };
}

// The template fields of lookup tables, with their quotes where they are not written yet.
function tables(lookups, quote, context, text) {
  const from = context.pos - /[\w-]*$/.exec(text.slice(0, context.pos))[0].length;
  const isClosed = quote && text[context.pos] === quote;
  const end = isClosed ? `${quote}: ` : `${quote || '"'}: `;
  const options = lookups.map(({ field, name, customer }) => ({
    label: field, type: "property", detail: name, info: `Lookup table “${name}”${customer ? ` of ${customer}` : ""}`,
    apply: (view, _, start, stop) => {
      const insert = `${quote ? "" : '"'}${field}${end}`;
      view.dispatch({ changes: { from: start, to: isClosed ? stop + 1 : stop, insert }, selection: { anchor: start + insert.length }, userEvent: "input.complete" });
    },
  }));
  return options.length ? { from, options, validFor: /^[\w-]*$/ } : null;
}

function membersOf(expression, scopes, tree) {
  if (expression === "loop") {
    return Object.entries(LOOP).map(([label, info]) => ({ label, type: "property", info }));
  }
  const path = pathOf(expression, scopes);
  const value = tree && path && valueAt(tree, path);
  return value?.kind === "object" ? fields(value) : [];
}

function variables(scopes, tree) {
  const names = [...new Set(scopes.map((scope) => scope.name))];
  const own = names.map((label) => ({ label, type: "variable", detail: label === "loop" ? "about the loop" : "of the loop", boost: 20 }));
  return [...own, ...(tree ? fields(tree) : []), { label: "payload", type: "variable", detail: "the whole payload" }];
}

function fields(node) {
  return node.fields
    .filter(([name]) => /^[A-Za-z_]\w*$/.test(name))
    .map(([label, value]) => ({ label, type: "property", detail: brief(value).slice(0, 32), boost: 10 }));
}
