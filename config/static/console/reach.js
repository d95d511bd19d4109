"use strict";

// What the theme and Django's widgets leave out for those who use a keyboard or a screen reader.

// Select2 names its box after what is chosen, which is nothing while it is empty: here by the
// field's own label, followed by what is chosen.
function nameChoices() {
  document.querySelectorAll("select.select2-hidden-accessible").forEach((select) => {
    const [label] = select.labels;
    const box = select.nextElementSibling?.querySelector("[role=combobox]");
    if (!label || !box) {
      return;
    }
    label.id ||= `${select.id}-label`;
    const shown = box.querySelector("[role=textbox]");
    shown?.setAttribute("aria-labelledby", label.id);
    box.setAttribute("aria-labelledby", [label.id, shown?.id].filter(Boolean).join(" "));
  });
}

// A box that scrolls can be reached, so that arrow keys scroll it.
function reachScrolling() {
  document.querySelectorAll("pre.pb-code, .pb-diff").forEach((box) => {
    const scrolls = box.scrollHeight > box.clientHeight || box.scrollWidth > box.clientWidth;
    if (scrolls) {
      box.tabIndex = 0;
    } else {
      box.removeAttribute("tabindex");
    }
  });
}

// What the theme made for the mouse alone: a button to the keyboard too.
const FOR_THE_MOUSE = ["a:not([href])", "div", "span", "h2"].map((one) => `${one}.cursor-pointer[x-on\\:click]`).join();

function reachButtons() {
  document.querySelectorAll(FOR_THE_MOUSE).forEach((one) => {
    one.setAttribute("role", "button");
    one.tabIndex = 0;
  });
}

// An icon is a picture, and its letters no text: what has nothing else gets a name.
const ICON = ".material-symbols-outlined";
const NAMES = {
  close: "Close the menu", computer: "Light or dark", dark_mode: "Light or dark", light_mode: "Light or dark",
  more_horiz: "More", more_vert: "More", outgoing_mail: "Overview", search: "Search", unfold_more: "More",
};

function nameIcons() {
  document.querySelectorAll(`:is(a, button, [role=button]):has(> ${ICON}, > * > ${ICON}):not([aria-label], [title])`).forEach((one) => {
    const icons = [...one.querySelectorAll(ICON)].map((icon) => icon.textContent);
    const rest = icons.reduce((text, icon) => text.replace(icon, ""), one.textContent);
    const name = NAMES[icons[0].trim()];
    if (!rest.trim() && name) {
      one.setAttribute("aria-label", name);
    }
  });
  document.querySelectorAll(`${ICON}[role=button]:not([title])`).forEach((one) => {
    one.setAttribute("aria-label", NAMES[one.textContent.trim()] || "");
  });
  document.querySelectorAll(`${ICON}:not([aria-hidden], [role=button])`).forEach((icon) => {
    icon.setAttribute("aria-hidden", "true");
  });
}

// What such a button opens gets the focus, keeps it, and gives it back when Escape closes it.
const FOCUSABLE = "a[href], button:not([disabled]), input:not([type=hidden]), select, textarea, [tabindex='0']";
let opened = null;

const isShown = (one) => one.getClientRects().length > 0;
const panels = () => [...document.querySelectorAll("#changelist-filter, nav[x-show]")].filter(isShown);
const stops = (panel) => [...panel.querySelectorAll(FOCUSABLE)].filter(isShown);

function press(button) {
  const before = panels();
  button.click();
  setTimeout(() => {
    const panel = panels().find((one) => !before.includes(one));
    if (panel) {
      opened = { panel, button };
      stops(panel)[0]?.focus();
    }
  }, 100);
}

function shut({ panel, button }) {
  (panel.querySelector("#changelist-filter-close") || document.body).click();
  button.focus();
}

function keepInside(event, panel) {
  const all = stops(panel);
  const [from, to] = event.shiftKey ? [all[0], all.at(-1)] : [all.at(-1), all[0]];
  if (document.activeElement === from) {
    event.preventDefault();
    to.focus();
  }
}

document.addEventListener("keydown", (event) => {
  if (opened && !isShown(opened.panel)) {
    opened = null;
  }
  if (event.target.matches?.(FOR_THE_MOUSE) && ["Enter", " "].includes(event.key)) {
    event.preventDefault();
    press(event.target);
  } else if (opened && event.key === "Escape") {
    shut(opened);
  } else if (opened && event.key === "Tab") {
    keepInside(event, opened.panel);
  }
});

function reach() {
  nameChoices();
  reachScrolling();
  reachButtons();
  nameIcons();
  document.querySelectorAll("span.help-tooltip[aria-label]").forEach((one) => one.setAttribute("role", "img"));
}

window.addEventListener("load", () => {
  reach();
  if (document.activeElement === document.body) {
    document.querySelector("[autofocus]")?.focus(); // it was hidden when the browser tried
  }
  window.addEventListener("resize", reachScrolling);
  document.addEventListener("toggle", reachScrolling, true);
  new MutationObserver(reach).observe(document.body, { childList: true, subtree: true });
  window.django?.jQuery?.(document).on("select2:open", () => {
    document.querySelector(".select2-container--open .select2-search__field")?.setAttribute("aria-label", "Search");
  });
});
