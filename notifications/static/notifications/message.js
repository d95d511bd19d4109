// The preview beside an event's message: rendered by the server a moment after the last key.
function setUp(form) {
  const state = form.querySelector("[data-message-state]");
  const problems = form.querySelector("[data-message-problems]");
  const parts = [...form.querySelectorAll("[data-message-part]")];
  const payload = form.querySelector("[data-message-payload]");
  const past = form.querySelector("[data-message-past]");
  const sample = payload.value;
  const names = { title: "Title", text: "Text", html: "HTML", payload: "Payload" };
  let timer = 0;
  let turn = 0;

  const tell = (tone, text) => {
    state.className = `pb-badge pb-${tone}`;
    state.textContent = text;
  };
  const item = (tone, problem) => {
    const line = document.createElement("li");
    line.className = `pb-${tone}`;
    const place = document.createElement("b");
    place.textContent = names[problem.part] + (problem.line ? `, line ${problem.line}` : "");
    line.append(place, problem.message);
    return line;
  };
  const show = (result) => {
    for (const part of parts) {
      const text = result.parts[part.dataset.messagePart] || "";
      if (part.tagName === "IFRAME") {
        part.srcdoc = text; // sandboxed: no script runs, no form is sent
      } else {
        part.textContent = text.trim();
      }
    }
    problems.replaceChildren(
      ...result.errors.map((problem) => item("bad", problem)),
      ...result.warnings.map((problem) => item("warn", problem)),
    );
    if (result.errors.length) {
      tell("bad", "Not valid: it would not be sent");
    } else if (result.warnings.length) {
      tell("warn", "Valid, with members missing");
    } else {
      tell("good", "Valid");
    }
  };
  const render = async () => {
    const mine = ++turn;
    try {
      const answer = await fetch(form.dataset.message, { method: "POST", body: new FormData(form) });
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
  past?.addEventListener("change", async () => {
    let text = sample;
    if (past.value) {
      const answer = await fetch(`${form.dataset.messageSample}?id=${encodeURIComponent(past.value)}`);
      text = answer.ok ? (await answer.json()).payload || sample : sample;
    }
    payload.value = text;
    payload.dispatchEvent(new Event("input", { bubbles: true }));
  });
  render();
}

document.querySelectorAll("[data-message]").forEach(setUp);
