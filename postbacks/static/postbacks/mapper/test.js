// Test: sends what is written, and shows the delivery's page until it has ended.
import { el, prose } from "./dom.js";

const INTERVAL = 1000;

export function setUpTest(mapper) {
  const card = mapper.form.parentElement.querySelector("[data-test]");
  if (!card) {
    return;
  }
  const find = (name) => card.querySelector(`[data-test-${name}]`);
  const target = find("target");
  const address = find("address");
  const result = find("result");
  const button = find("send");
  let turn = 0;

  const choose = () => { address.hidden = target.value !== ""; };
  const say = (words) => result.replaceChildren(...[].concat(words).map((text) => el("p", { class: "pb-note pb-bad" }, ...prose(text))));

  async function follow(url, mine) {
    while (mine === turn) {
      const answer = await fetch(url, { headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById("delivery");
      if (!answer.ok || !fresh) {
        say("The test was sent, but you may not see how it went.");
        return;
      }
      if (mine === turn) {
        show(fresh, url);
      }
      if (!fresh.dataset.refresh) {
        return;
      }
      await new Promise((resolve) => { setTimeout(resolve, INTERVAL); });
    }
  }

  function show(page, url) {
    const part = document.adoptNode(page);
    part.id = "test-delivery";
    part.querySelector(".pb-hero .pb-buttons")?.replaceWith(el("a", { class: "pb-button pb-small", href: url, target: "_blank" }, "Open its page"));
    part.querySelectorAll(".pb-facts").forEach((facts) => facts.closest(".pb-card").remove());
    part.querySelectorAll(".pb-grid").forEach((grid) => grid.classList.replace("pb-grid", "pb-test-grid"));
    // The request, then the answer; what is missing stands above already.
    const cards = [...part.querySelectorAll(".pb-test-grid > .pb-page > .pb-card")];
    const named = (title) => cards.find((each) => each.querySelector("h2").textContent === title);
    named("Missing fields")?.remove();
    named("Attempts")?.before(named("What is sent") || "");
    result.replaceChildren(part);
  }

  async function send() {
    const mine = ++turn;
    button.disabled = true;
    try {
      const answer = await mapper.ask(mapper.data.urls.test, {
        test_trigger: target.value,
        test_address: find("url").value,
        test_method: find("method")?.value || "",
      });
      if (answer.problems) {
        say(answer.problems);
      } else {
        follow(answer.url, mine).catch(() => say("How it went could not be loaded. Look under Deliveries."));
      }
    } catch (error) {
      say(error.message);
    } finally {
      button.disabled = false;
    }
  }

  target.addEventListener("change", choose);
  button.addEventListener("click", send);
  find("url").addEventListener("keydown", (event) => {
    if (event.key === "Enter") {
      event.preventDefault();
      send();
    }
  });
  mapper.find("to-test")?.addEventListener("click", () => {
    card.scrollIntoView({ behavior: "smooth", block: "start" });
    (target.value ? button : find("url")).focus({ preventScroll: true });
  });
  choose();
}
