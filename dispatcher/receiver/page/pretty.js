"use strict";
// Bodies are laid out token by token, so that numbers and repeated keys stay as they were sent.

const JSON_TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\]:,]|[^\s{}[\]:,"]+/g;

function prettyJson(text) {
  const out = [];
  const tokens = text.match(JSON_TOKENS) || [];
  let depth = 0;
  const newline = () => out.push(["", "\n" + "  ".repeat(Math.min(depth, 100))]);
  tokens.forEach((token, i) => {
    const next = tokens[i + 1];
    if (token === "{" || token === "[") {
      depth += 1;
      out.push(["", token]);
      if (next !== "}" && next !== "]") newline();
    } else if (token === "}" || token === "]") {
      depth -= 1;
      if (tokens[i - 1] !== "{" && tokens[i - 1] !== "[") newline();
      out.push(["", token]);
    } else if (token === ",") {
      out.push(["", ","]);
      newline();
    } else if (token === ":") {
      out.push(["", ": "]);
    } else if (token[0] === '"') {
      out.push([next === ":" ? "key" : "string", token]);
    } else {
      out.push([/^[-\d]/.test(token) ? "number" : "word", token]);
    }
  });
  return out;
}

const XML_TOKENS = /<!--[\s\S]*?-->|<!\[CDATA\[[\s\S]*?\]\]>|<\?[\s\S]*?\?>|<[^>]*>|[^<]+/g;

function prettyXml(text) {
  const out = [];
  const tokens = (text.match(XML_TOKENS) || []).filter((token) => token.trim());
  let depth = 0;
  const opens = (token) => /^<[^!?/]/.test(token) && !token.endsWith("/>");
  tokens.forEach((token, i) => {
    const closing = token.startsWith("</");
    if (closing) depth -= 1;
    const inline = i > 0 && ((closing && !tokens[i - 1].startsWith("</") && !tokens[i - 1].endsWith("/>")) || token[0] !== "<");
    if (i > 0 && !inline) out.push(["", "\n" + "  ".repeat(Math.min(Math.max(depth, 0), 100))]);
    out.push([token[0] === "<" ? "key" : "string", token]);
    if (opens(token)) depth += 1;
  });
  return out;
}

// Not DOMParser: it would make a page of what was received, and complain about it in the console.
function wellFormed(tokens) {
  const open = [];
  for (const token of tokens) {
    const tag = /^<(\/?)([^\s<>/!?]+)(?:"[^"]*"|'[^']*'|[^"'<>])*>$/.exec(token);
    if (!tag) {
      if (/^<(?![!?])/.test(token)) return false;
    } else if (tag[1]) {
      if (open.pop() !== tag[2]) return false;
    } else if (!token.endsWith("/>")) {
      open.push(tag[2]);
    }
  }
  return open.length === 0;
}

function pretty(entry) {
  const text = entry.body.trim();
  try {
    JSON.parse(text);
    return { kind: "JSON", parts: prettyJson(text) };
  } catch { /* not JSON */ }
  const isXml = text.startsWith("<") && wellFormed(text.match(XML_TOKENS) || []);
  return isXml ? { kind: "XML", parts: prettyXml(text) } : null;
}
