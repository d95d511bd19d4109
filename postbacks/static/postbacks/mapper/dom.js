// Elements made of texts: nothing of a payload, template or answer is ever read as markup.

export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "class") {
      element.className = value;
    } else if (name.startsWith("on")) {
      element.addEventListener(name.slice(2), value);
    } else if (name in element && typeof value === "boolean") {
      element[name] = value;
    } else {
      element.setAttribute(name, value);
    }
  }
  element.append(...children);
  return element;
}

export function icon(name) {
  return el("span", { class: "material-symbols-outlined", "aria-hidden": "true" }, name);
}

export function badge(element, tone, text) {
  element.className = `pb-badge pb-${tone}`;
  element.textContent = text;
}

// A sentence whose `names` are shown as code.
export function prose(text) {
  return text.split(/`([^`\n]+)`/).map((piece, index) => (index % 2 ? el("code", { class: "pb-name" }, piece) : piece));
}
