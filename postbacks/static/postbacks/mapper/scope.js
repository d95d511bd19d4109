// Which names a template knows at a place, and how a field of the payload is written there.

const TAG = /\{#[\s\S]*?#\}|\{%[-+]?\s*(raw)\s*[-+]?%\}[\s\S]*?\{%[-+]?\s*endraw\s*[-+]?%\}|\{%[-+]?\s*(\w+)([\s\S]*?)[-+]?%\}/g;
const NAME = /^[A-Za-z_]\w*$/;
const RESERVED = new Set(["and", "or", "not", "in", "is", "if", "else", "elif", "true", "false", "none", "True", "False", "None", "for", "set", "loop", "import", "as", "recursive"]);

// `{name, path}` of the variables of loops, `set` and `with` around a position; the innermost last.
// A path holds names, numbers, and "*" for any item of a list.
export function scopesAt(text, position) {
  const frames = [[]];
  for (const match of text.slice(0, position).matchAll(TAG)) {
    const [, , keyword, rest] = match;
    if (keyword === "for") {
      frames.push(loopNames(rest, frames.flat()));
    } else if (keyword === "with") {
      frames.push([]);
      frames.at(-1).push(...assigned(rest, frames.flat()));
    } else if (keyword === "set") {
      frames.at(-1).push(...assigned(rest, frames.flat()));
    } else if ((keyword === "endfor" || keyword === "endwith") && frames.length > 1) {
      frames.pop();
    }
  }
  return frames.flat();
}

function loopNames(rest, scopes) {
  const match = /^\s*(\w+)\s*(?:,\s*(\w+)\s*)?in\s+([\s\S]+)$/.exec(rest);
  if (!match) {
    return [];
  }
  const [, first, second, source] = match;
  const path = pathOf(source, scopes);
  const names = [{ name: "loop", path: null }];
  if (second) {
    names.push({ name: first, path: null }, { name: second, path: null });
  } else {
    names.push({ name: first, path: path && [...path, "*"] });
  }
  return names;
}

function assigned(rest, scopes) {
  const match = /^\s*(\w+)\s*=\s*([\s\S]+)$/.exec(rest);
  return match ? [{ name: match[1], path: pathOf(match[2], scopes) }] : [];
}

// The payload's path of the expression at the start of a text, as `item.fulfillments | sort`.
export function pathOf(expression, scopes) {
  const match = /^\s*([A-Za-z_]\w*)((?:\.\w+|\[\s*\d+\s*\]|\[\s*(?:"[^"]*"|'[^']*')\s*\])*)\s*(?:$|\||-|if\b|recursive\b)/.exec(expression);
  if (!match) {
    return null;
  }
  const steps = [];
  for (const step of match[2].matchAll(/\.(\w+)|\[\s*(\d+)\s*\]|\[\s*(?:"([^"]*)"|'([^']*)')\s*\]/g)) {
    steps.push(step[2] === undefined ? step[1] ?? step[3] ?? step[4] : Number(step[2]));
  }
  const scope = scopes.findLast((each) => each.name === match[1]);
  if (scope) {
    return scope.path && [...scope.path, ...steps];
  }
  return match[1] === "payload" ? steps : [match[1], ...steps];
}

// The part of a payload that a path leads to; of a list's items, all their fields together.
export function valueAt(tree, path) {
  let found = tree;
  for (const step of path) {
    if (!found) {
      return null;
    }
    if (found.kind === "object") {
      found = found.fields.find(([name]) => name === step)?.[1];
    } else if (found.kind === "list") {
      found = step === "*" ? together(found.items) : found.items[step];
    } else {
      return null;
    }
  }
  return found || null;
}

function together(items) {
  const objects = items.filter((item) => item.kind === "object");
  if (!objects.length) {
    return items[0];
  }
  const fields = new Map();
  objects.forEach((object) => object.fields.forEach(([name, value]) => {
    if (!fields.has(name) || fields.get(name).kind === "null") {
      fields.set(name, value);
    }
  }));
  return { kind: "object", fields: [...fields] };
}

// How a field is written at this place: by the innermost loop that goes over it, else in full.
export function expressionFor(path, scopes) {
  let best = null;
  scopes.forEach((scope, index) => {
    const isHidden = scopes.slice(index + 1).some((later) => later.name === scope.name);
    if (scope.path?.length && !isHidden && leadsTo(scope.path, path) && (!best || scope.path.length >= best.path.length)) {
      best = scope;
    }
  });
  if (best) {
    return best.name + steps(path.slice(best.path.length));
  }
  const [first, ...rest] = path;
  const isTaken = scopes.some((scope) => scope.name === first);
  const isName = NAME.test(first) && !RESERVED.has(first) && !isTaken;
  return (isName ? first : `payload[${quoted(first)}]`) + steps(rest);
}

function leadsTo(pattern, path) {
  return pattern.length <= path.length && pattern.every((step, index) => step === path[index] || (step === "*" && typeof path[index] === "number"));
}

function steps(path) {
  return path.map((step) => {
    if (typeof step === "number") {
      return `[${step}]`;
    }
    return NAME.test(step) ? `.${step}` : `[${quoted(step)}]`;
  }).join("");
}

function quoted(text) {
  return JSON.stringify(text);
}

// Where a position stands: inside `{{ }}` or `{% %}`, in a text of the JSON, or between.
export function placeAt(text, position) {
  const before = text.slice(0, position);
  const opening = Math.max(before.lastIndexOf("{{"), before.lastIndexOf("{%"));
  const closing = Math.max(before.lastIndexOf("}}"), before.lastIndexOf("%}"));
  const isInside = opening > closing;
  const plain = before.replace(TAG, "").replace(/\{\{[\s\S]*?\}\}/g, "");
  let isQuoted = false;
  for (let index = 0; index < plain.length; index += 1) {
    if (isQuoted && plain[index] === "\\") {
      index += 1;
    } else if (plain[index] === '"') {
      isQuoted = !isQuoted;
    }
  }
  return { isInside, opening, isStatement: isInside && before[opening + 1] === "%", isQuoted };
}

// The text to insert for a field that was clicked.
export function insertionFor(path, value, text, position, format) {
  const expression = expressionFor(path, scopesAt(text, position));
  const place = placeAt(text, position);
  if (place.isInside) {
    return expression;
  }
  const isWhole = value.kind === "object" || value.kind === "list" || (format === "json" && !place.isQuoted);
  return isWhole ? `{{ ${expression} | tojson }}` : `{{ ${expression} }}`;
}

// A loop over a list, and where in it the cursor goes.
export function loopFor(path, text, position, format, indentation) {
  const scopes = scopesAt(text, position);
  const list = expressionFor(path, scopes);
  const name = itemName(path.at(-1), scopes);
  const comma = format === "json" ? "{% if not loop.last %},{% endif %}" : "";
  const start = `{% for ${name} in ${list} %}\n${indentation}  `;
  return { text: `${start}${comma}\n${indentation}{% endfor %}`, cursor: start.length };
}

function itemName(step, scopes) {
  const plural = typeof step === "string" && NAME.test(step) ? step : "entry";
  let name = plural.replace(/ies$/, "y").replace(/(x|ch|sh|ss)es$/, "$1").replace(/([^s])s$/, "$1");
  if (name === plural || RESERVED.has(name)) {
    name = plural === "entry" ? "entry" : `one_${plural}`;
  }
  const taken = new Set(scopes.map((scope) => scope.name));
  let free = name;
  for (let number = 2; taken.has(free); number += 1) {
    free = `${name}${number}`;
  }
  return free;
}
