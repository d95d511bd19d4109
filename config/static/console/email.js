// The preview beside an e-mail template: rendered by the server a moment after the last key.
function setUp(panel) {
  const form = panel.closest("form");
  const state = panel.querySelector("[data-email-state]");
  const problems = panel.querySelector("[data-email-problems]");
  const parts = [...panel.querySelectorAll("[data-email-part]")];
  let timer = 0;
  let turn = 0;

  const tell = (tone, text) => {
    state.className = `pb-badge pb-${tone}`;
    state.textContent = text;
  };
  const item = (tone, problem) => {
    const line = document.createElement("li");
    line.className = `pb-${tone}`;
    if (problem.part && problem.line) {
      const place = document.createElement("b");
      const name = { subject: "Subject", text: "Text", html: "HTML", payload: "Payload" }[problem.part];
      place.textContent = `${name}, line ${problem.line}`;
      line.append(place);
    }
    line.append(problem.message);
    return line;
  };
  const show = (result) => {
    for (const part of parts) {
      const text = result.parts[part.dataset.emailPart] || "";
      if (part.tagName === "IFRAME") {
        part.srcdoc = text; // sandboxed: no script runs, no form is sent
        part.hidden = part.previousElementSibling.hidden = !text;
      } else {
        part.textContent = text;
        part.hidden = part.previousElementSibling.hidden = !text;
      }
    }
    problems.replaceChildren(
      ...result.errors.map((problem) => item("bad", problem)),
      ...result.warnings.map((problem) => item("warn", problem)),
    );
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
    try {
      const answer = await fetch(panel.dataset.emailPreview, { method: "POST", body: new FormData(form) });
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
    timer = setTimeout(render, 200);
  });
  form.addEventListener("change", render);
  render();
}

document.querySelectorAll("[data-email-preview]").forEach(setUp);
