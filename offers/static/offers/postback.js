// The form of a postback: only the fields that apply, macros inserted at the cursor, and beside it
// the exact request, made by the server a moment after the last key.
import { wireText } from "./wire.js";

const DELAY = 300; // milliseconds after the last key
const POLL = 700;
const PATIENCE = 20_000;

function setUp(panel) {
  const form = panel.closest("form") || document.getElementById(panel.dataset.form);
  setUpFields(form, panel);
  setUpPicker(form, panel);
  const preview = setUpPreview(form, panel);
  setUpTest(form, panel, preview);
}

// --- only the fields that apply ---

function anchorOf(form, name) {
  return form.querySelector(`[data-rows-of="${name}"]`) || form.elements[name];
}

function rowOf(form, name) {
  return anchorOf(form, name)?.closest?.(`.field-${name}, [data-field="${name}"]`);
}

function show(form, name, isShown) {
  const row = rowOf(form, name);
  if (row) {
    row.hidden = !isShown;
    row.classList.toggle("of-hidden", !isShown);
  }
}

function setUpFields(form, panel) {
  const byAuth = () => {
    const kind = form.elements.auth_kind?.value || "none";
    show(form, "auth_login", kind === "basic");
    show(form, "password", kind === "basic");
    show(form, "token", kind === "basic_token" || kind === "bearer");
  };
  const goal = form.elements.goal;
  let known = goal?.dataset.offer || "";
  const goals = async () => {
    const offer = form.elements.offer?.value || "";
    if (!goal || offer === known) {
      return;
    }
    known = offer;
    if (!offer) {
      goal.replaceChildren(goal.options[0]);
      show(form, "goal", false);
      return;
    }
    const answer = await fetch(`${panel.dataset.goalsUrl}?offer=${encodeURIComponent(offer)}`);
    if (!answer.ok || known !== offer) {
      return;
    }
    const found = await answer.json();
    goal.replaceChildren(goal.options[0], ...found.goals.map((one) => new Option(one.name, one.id)));
    show(form, "goal", found.enabled_goals);
  };
  show(form, "goal", goal?.dataset.enabled === "yes");
  form.addEventListener("change", () => { byAuth(); goals(); });
  window.django?.jQuery?.(form.elements.offer)?.on("change", goals); // select2 tells nobody else
  byAuth();
}

// --- macros ---

function takesMacros(field) {
  return field?.matches?.("[name=url], [name=params-value], [name=headers-value]")
    && field.type !== "password";
}

function setUpPicker(form, panel) {
  const picker = panel.querySelector("[data-picker]");
  if (!picker) {
    return;
  }
  let target = form.elements.url;
  const words = picker.querySelector("[data-picker-target]");
  form.addEventListener("focusin", (event) => {
    if (takesMacros(event.target)) {
      target = event.target;
      const where = { url: "the URL", "params-value": "the parameter", "headers-value": "the header" };
      words.textContent = `Click one to insert it into ${where[target.name]}`;
    }
  });
  picker.addEventListener("click", (event) => {
    const button = event.target.closest("[data-macro]");
    if (button) {
      const field = target.isConnected && takesMacros(target) ? target : form.elements.url;
      insert(field, `{${button.dataset.macro}}`);
    }
  });
  picker.querySelector("[data-picker-search]").addEventListener("input", (event) => {
    event.stopPropagation();
    const wanted = event.target.value.trim().toLowerCase();
    picker.querySelectorAll("[data-picker-group]").forEach((group) => {
      const buttons = [...group.querySelectorAll("[data-macro]")];
      buttons.forEach((button) => {
        button.hidden = !`${button.dataset.macro} ${button.title}`.toLowerCase().includes(wanted);
      });
      group.hidden = buttons.every((button) => button.hidden);
    });
  });
}

function insert(field, text) {
  field.focus();
  const end = field.selectionEnd ?? field.value.length;
  field.setRangeText(text, field.selectionStart ?? end, end, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

// --- the request ---

function setUpPreview(form, panel) {
  const wire = panel.querySelector("[data-wire]");
  const state = panel.querySelector("[data-state]");
  const list = panel.querySelector("[data-problems]");
  let timer = 0;
  let turn = 0;
  const tell = (tone, text) => {
    state.className = `pb-badge pb-${tone} of-push`;
    state.textContent = text;
  };
  const showResult = (result) => {
    const problems = Object.entries(result.problems);
    const isBad = problems.length > 0;
    wire.classList.toggle("pb-stale", isBad);
    if (!isBad) {
      wire.replaceChildren(...wireText(result));
    }
    showProblems(form, list, result.problems);
    tell(isBad ? "bad" : "good", isBad ? "Cannot be sent like this" : "As it would be sent");
  };
  const render = async () => {
    const mine = ++turn;
    if (!form.elements.url.value.trim()) {
      wire.textContent = "Enter a URL to see the request.";
      showProblems(form, list, {});
      tell("idle", "No URL yet");
      return;
    }
    try {
      const answer = await fetch(panel.dataset.previewUrl, { method: "POST", body: new FormData(form) });
      if (!answer.ok) {
        throw new Error(String(answer.status));
      }
      const result = await answer.json();
      if (mine === turn) {
        showResult(result);
      }
    } catch {
      if (mine === turn) {
        tell("bad", "The preview does not answer");
      }
    }
  };
  const soon = (milliseconds) => {
    clearTimeout(timer);
    timer = setTimeout(render, milliseconds);
  };
  form.addEventListener("input", () => soon(DELAY));
  form.addEventListener("change", () => soon(50));
  form.addEventListener("click", (event) => {
    if (event.target.closest("[data-row-remove]")) {
      soon(50);
    }
  });
  render();
  return { showProblems: (problems) => showProblems(form, list, problems) };
}

// Each problem stands at its field; what has no field on this page stands under the request.
function showProblems(form, list, problems) {
  form.querySelectorAll("[data-live-problem]").forEach((one) => one.remove());
  const rest = [];
  Object.entries(problems).forEach(([name, messages]) => {
    const row = rowOf(form, name);
    messages.forEach((message) => {
      if (!row || row.hidden) {
        rest.push(message);
        return;
      }
      if (row.textContent.includes(message)) {
        return; // the server said so when the page was made
      }
      const line = document.createElement("p");
      line.className = "of-problem";
      line.dataset.liveProblem = name;
      line.textContent = message;
      const told = row.querySelectorAll("[data-live-problem]");
      (told[told.length - 1] || anchorOf(form, name)).after(line);
    });
  });
  list.replaceChildren(...rest.map((message) => {
    const item = document.createElement("li");
    item.textContent = message;
    return item;
  }));
  list.hidden = rest.length === 0;
}

// --- the test ---

function setUpTest(form, panel, preview) {
  const button = panel.querySelector("[data-test]");
  const place = panel.querySelector("[data-test-result]");
  if (!button) {
    return;
  }
  const say = (text) => {
    const line = document.createElement("p");
    line.className = "pb-note pb-bad";
    line.textContent = text;
    place.replaceChildren(line);
  };
  const watch = async (delivery, since) => {
    const answer = await fetch(panel.dataset.resultUrl.replace("00000000-0000-0000-0000-000000000000", delivery));
    if (!answer.ok) {
      throw new Error(String(answer.status));
    }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const result = page.querySelector("[data-result]");
    place.replaceChildren(document.adoptNode(result));
    if ("finished" in result.dataset) {
      return;
    }
    if (Date.now() - since > PATIENCE) {
      const line = document.createElement("p");
      line.className = "pb-note pb-warn";
      line.textContent = "It still waits to be sent. Are the workers running? Its page shows the result later.";
      place.append(line);
      return;
    }
    await new Promise((resolve) => { setTimeout(resolve, POLL); });
    await watch(delivery, since);
  };
  button.addEventListener("click", async () => {
    button.disabled = true;
    place.textContent = "Sending…";
    try {
      const answer = await fetch(panel.dataset.testUrl, { method: "POST", body: new FormData(form) });
      if (!answer.ok) {
        throw new Error(String(answer.status));
      }
      const result = await answer.json();
      if (result.problems) {
        preview.showProblems(result.problems);
        say("Nothing was sent: correct what is marked, then try again.");
      } else {
        await watch(result.delivery, Date.now());
      }
    } catch {
      say("The test could not be sent. Load the page again and try once more.");
    } finally {
      button.disabled = false;
    }
  });
}

document.querySelectorAll("[data-postback-panel]").forEach(setUp);
