// Try it on the past: what saving would change for the last real events.
import { el, prose } from "./dom.js";

const VERDICTS = {
  same: ["idle", "Same"],
  changed: ["info", "Changes"],
  fails: ["bad", "Would fail"],
  still_fails: ["warn", "Still fails"],
  mended: ["good", "Works now"],
};

export function setUpPast(mapper) {
  const card = mapper.form.parentElement.querySelector("[data-past]");
  if (!card) {
    return;
  }
  const button = card.querySelector("[data-past-start]");
  const count = card.querySelector("[data-past-count]");
  const result = card.querySelector("[data-past-result]");

  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      const answer = await mapper.ask(mapper.data.urls.past, { past_count: count.value });
      result.replaceChildren(...(answer.problems ? answer.problems.map(note) : list(answer.results, Boolean(mapper.data.saved))));
    } catch (error) {
      result.replaceChildren(note(error.message));
    } finally {
      button.disabled = false;
    }
  });
}

function note(text) {
  return el("p", { class: "pb-note pb-bad" }, ...prose(text));
}

function list(results, hasSaved) {
  if (!results.length) {
    return [el("p", { class: "pb-empty" }, "No such event has happened yet, so there is nothing to try it on.")];
  }
  const counts = {};
  results.forEach((one) => { counts[one.verdict] = (counts[one.verdict] || 0) + 1; });
  const summary = el("div", { class: "pb-badges" }, ...Object.entries(VERDICTS).filter(([key]) => counts[key]).map(
    ([key, [tone, label]]) => el("span", { class: `pb-badge pb-${tone}` }, `${key === "changed" && !hasSaved ? "Works" : label}: ${counts[key]}`)));
  return [summary, el("div", { class: "pb-past-rows" }, ...results.map((one) => row(one, hasSaved)))];
}

function row(one, hasSaved) {
  const [tone, label] = VERDICTS[one.verdict] || ["idle", one.verdict];
  const title = [
    el("span", { class: "pb-two" }, el("span", { class: "pb-title" }, one.about), el("span", { class: "pb-quiet" }, one.at)),
    el("span", { class: `pb-badge pb-${tone}` }, one.verdict === "changed" && !hasSaved ? "Works" : label),
  ];
  if (!one.diff.length && !one.problems.length) {
    return el("div", { class: "pb-past-row" }, ...title);
  }
  const isOpen = one.verdict === "fails";
  return el("details", { class: "pb-past-row", open: isOpen }, el("summary", {}, ...title),
    ...one.problems.map((problem) => note(problem)),
    ...(one.diff.length ? [el("div", { class: "pb-diff" }, ...one.diff.map(([mark, text]) => line(mark, text)))] : []),
    el("a", { class: "pb-link", href: one.url, target: "_blank" }, "Open the event"));
}

function line(mark, text) {
  const kind = { "+": "added", "-": "removed" }[mark] || "same";
  return el("div", { class: `pb-diff-${kind}` }, el("span", {}, mark.trim()), el("code", {}, text));
}
