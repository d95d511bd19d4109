"use strict";

// Dialogs: a button with data-dialog="id" opens <dialog id="id">; one with data-close closes it.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener) {
    document.getElementById(opener.dataset.dialog)?.showModal();
    return;
  }
  const closer = event.target.closest("[data-close]");
  if (closer) {
    closer.closest("dialog")?.close();
    return;
  }
  const copier = event.target.closest("[data-copy]");
  if (copier) {
    copy(copier);
  }
});

async function copy(button) {
  const source = document.getElementById(button.dataset.copy);
  const label = button.querySelector("[data-copy-label]") || button;
  const before = label.textContent;
  try {
    await navigator.clipboard.writeText(source.textContent.trim());
    label.textContent = "Copied";
  } catch {
    const range = document.createRange();
    range.selectNodeContents(source);
    const selection = window.getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
    label.textContent = "Press Ctrl+C";
  }
  setTimeout(() => { label.textContent = before; }, 2000);
}

// A part of a page that looks for news: <div id="…" data-refresh="2"> replaces itself every two
// seconds until the server's answer no longer asks for it.
function refreshLater(part) {
  const seconds = Number(part?.dataset.refresh || 0);
  if (seconds > 0) {
    setTimeout(() => refresh(part.id), seconds * 1000);
  }
}

const focusable = (part) => [...part.querySelectorAll("a[href], button, summary, input, select")];

async function refresh(id) {
  const present = document.getElementById(id);
  const isBusy = document.hidden || document.querySelector("dialog[open]");
  if (isBusy) {
    refreshLater(present);
    return;
  }
  try {
    const answer = await fetch(window.location.href, { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById(id);
    if (!answer.ok || !fresh) {
      return;
    }
    const at = focusable(present).indexOf(document.activeElement);
    present.replaceWith(document.adoptNode(fresh));
    focusable(fresh)[at]?.focus(); // whoever is here by keyboard stays where they are
    refreshLater(fresh);
  } catch {
    refreshLater(present);
  }
}

document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll("[data-refresh]").forEach(refreshLater);
});

// Editors: line numbers beside a text area; Tab indents, Esc then Tab moves on.
function setUpEditor(editor) {
  const gutter = editor.querySelector(".pb-gutter");
  const area = editor.querySelector("textarea");
  let mayLeave = false;
  const number = () => {
    const count = area.value.split("\n").length;
    if (gutter.childElementCount !== count) {
      gutter.replaceChildren(...Array.from({ length: count }, (_, index) => {
        const line = document.createElement("div");
        line.textContent = String(index + 1);
        return line;
      }));
    }
    gutter.style.height = `${area.offsetHeight}px`;
    gutter.scrollTop = area.scrollTop;
  };
  area.addEventListener("input", number);
  area.addEventListener("scroll", () => { gutter.scrollTop = area.scrollTop; });
  area.addEventListener("keydown", (event) => {
    if (event.key === "Tab" && !mayLeave && !event.shiftKey && !area.readOnly) {
      event.preventDefault();
      area.setRangeText("  ", area.selectionStart, area.selectionEnd, "end");
      area.dispatchEvent(new Event("input", { bubbles: true }));
    }
    mayLeave = event.key === "Escape";
  });
  new ResizeObserver(number).observe(area);
  number();
}

// The preview beside a template: rendered by the server a moment after the last key.
function setUpPreview(panel) {
  const form = panel.closest("form");
  const output = panel.querySelector("[data-preview-output]");
  const state = panel.querySelector("[data-preview-state]");
  const problems = panel.querySelector("[data-preview-problems]");
  const gutter = panel.querySelector(".pb-gutter");
  let timer = 0;
  let turn = 0;

  const tell = (tone, text) => {
    state.className = `pb-badge pb-${tone}`;
    state.textContent = text;
  };
  const item = (tone, problem) => {
    const line = document.createElement("li");
    line.className = `pb-${tone}`;
    if (problem.line) {
      const place = document.createElement("b");
      const column = problem.column ? `, column ${problem.column}` : "";
      const whole = problem.where === "output" ? "Preview line" : problem.where === "payload" ? "Payload line" : "Line";
      place.textContent = `${whole} ${problem.line}${column}`;
      line.append(place);
    }
    line.append(problem.message);
    return line;
  };
  const mark = (errors) => {
    const wrong = new Set(errors.filter((error) => error.where === "template").map((error) => error.line));
    [...gutter.children].forEach((line, index) => line.classList.toggle("pb-wrong", wrong.has(index + 1)));
  };
  const show = (result) => {
    output.textContent = result.output;
    output.classList.remove("pb-stale");
    problems.replaceChildren(
      ...result.errors.map((problem) => item("bad", problem)),
      ...result.warnings.map((problem) => item("warn", problem)),
    );
    mark(result.errors);
    if (result.errors.length) {
      tell("bad", "Not valid: it would not be sent");
    } else if (result.warnings.length) {
      tell("warn", "Valid, with fields missing");
    } else {
      tell("good", "Valid");
    }
  };
  const render = async () => {
    const mine = ++turn;
    output.classList.add("pb-stale");
    try {
      const answer = await fetch(panel.dataset.preview, { method: "POST", body: new FormData(form) });
      if (!answer.ok) {
        throw new Error(String(answer.status));
      }
      const result = await answer.json();
      if (mine === turn) {
        show(result);
      }
    } catch {
      if (mine === turn) {
        tell("bad", "The preview does not answer");
      }
    }
  };
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(render, 400);
  });
  form.addEventListener("change", () => {
    clearTimeout(timer);
    timer = setTimeout(render, 100);
  });
  panel.querySelector("[data-preview-now]").addEventListener("click", render);
  render();
}

// Rows of headers: add, remove, hide secret values while they are typed.
function setUpRows(rows) {
  const list = rows.querySelector("[data-rows-list]");
  rows.addEventListener("click", (event) => {
    if (event.target.closest("[data-rows-add]")) {
      list.append(rows.querySelector("template").content.cloneNode(true));
      list.lastElementChild.querySelector("input").focus();
    }
    const remover = event.target.closest("[data-row-remove]");
    if (remover) {
      remover.closest("[data-row]").remove();
    }
  });
  rows.addEventListener("change", (event) => {
    if (event.target.matches("[data-row-secret]")) {
      const row = event.target.closest("[data-row]");
      row.querySelector("[name$='-secret']").value = event.target.checked ? "yes" : "no";
      row.querySelector("[data-row-value]").type = event.target.checked ? "password" : "text";
    }
  });
}

// A plain file input shows the name of its file itself. The theme's script, which runs later, wants
// to write it into a text field of the theme's own widget; it passes over inputs with this mark.
function keepBrowsersOwn(input) {
  input.hasChangeListener = true;
}

// Templates that fit a trigger: of its format, and shared or of its customer.
function setUpTemplateChoice(select) {
  const form = select.form;
  const limit = () => {
    const isEmail = form.elements.method_kind?.value === "email";
    const format = isEmail ? "email" : form.elements.format?.value;
    const customer = form.elements.customer?.value || "";
    [...select.options].forEach((option) => {
      if (!option.dataset.format) {
        return;
      }
      const fits = option.dataset.format === format && ["", customer].includes(option.dataset.customer);
      option.hidden = option.disabled = !fits && !option.selected;
    });
  };
  form.addEventListener("change", limit);
  window.django?.jQuery?.(form.elements.customer)?.on("change", limit);
  limit();
}

document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll("[data-editor]").forEach(setUpEditor);
  document.querySelectorAll("[data-preview]").forEach(setUpPreview);
  document.querySelectorAll("[data-rows]").forEach(setUpRows);
  document.querySelectorAll("input[type=file]").forEach(keepBrowsersOwn);
  document.querySelectorAll("#trigger_form select[name=template]").forEach(setUpTemplateChoice);
});

// Rows of a lookup table: the save button stands out when there is something to save.
document.addEventListener("input", (event) => {
  const row = event.target.closest("[data-lookup-row]");
  if (row) {
    const isAsBefore = row.elements.key.value === row.elements.old_key.value
      && row.elements.value.value === row.elements.old_value.value;
    row.classList.toggle("pb-edited", !isAsBefore);
  }
});

// Enter in the key of a new row adds it, as the button beside it does.
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches("[data-lookup-new] input")) {
    event.preventDefault();
    event.target.closest("[data-lookup-new]").querySelector("button").click();
  }
});

// Saving one of them would lose what was typed into the others: the browser asks first. What is
// typed as a new row is part of the page's own form, and saved with that.
let sentRow = null;
document.addEventListener("submit", (event) => { sentRow = event.target; });
window.addEventListener("beforeunload", (event) => {
  const edited = [...document.querySelectorAll("[data-lookup-row].pb-edited")];
  const typed = [...document.querySelectorAll("[data-lookup-new] :is(input, textarea)")];
  if (edited.some((row) => row !== sentRow) || typed.some((one) => one.value.trim() && one.form !== sentRow)) {
    event.preventDefault();
  }
});
