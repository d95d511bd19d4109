// A request as it stands on the wire, in coloured pieces.

function piece(className, text) {
  const span = document.createElement("span");
  span.className = className;
  span.textContent = text;
  return span;
}

// The nodes that show `{line, headers, body}`.
export function wireText({ line, headers, body }) {
  const [method, target, version] = line.split(" ");
  const nodes = [piece("of-verb", method), ` ${target} `, piece("of-faint", version)];
  headers.forEach(([name, value]) => {
    nodes.push("\n", piece("of-name", name), `: ${value}`);
  });
  if (body) {
    nodes.push("\n\n", piece("of-body", body));
  }
  return nodes;
}
