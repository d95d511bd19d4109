// A new trigger in two steps: when and how, then what that way of sending needs. One form, so
// nothing is lost on the way; with errors, and on the page of a saved one, everything is shown.
const stepper = document.querySelector("[data-stepper]");
const form = document.getElementById("trigger_form");

if (stepper && form && !form.querySelector(".errorlist, .errornote")) {
  const [first, ...later] = [...form.querySelectorAll("fieldset.module")];
  const marks = [...stepper.children];
  const submit = document.querySelector(".submit-row, #submit-row") || form.querySelector("[name=_save]")?.closest("div");
  const next = document.createElement("button");
  next.type = "button";
  next.className = "pb-button pb-primary pb-next";
  next.dataset.next = "";
  next.textContent = "Next: where to, and what";
  const back = document.createElement("button");
  back.type = "button";
  back.className = "pb-button pb-next";
  back.textContent = "Back";
  first.after(next);
  later.at(-1).after(back);

  const show = (number) => {
    first.hidden = next.hidden = number !== 1;
    later.forEach((part) => { part.hidden = number === 1; });
    back.hidden = number === 1;
    if (submit) {
      submit.style.display = number === 1 ? "none" : "";
    }
    marks.forEach((mark, index) => mark.toggleAttribute("aria-current", index === number - 1));
  };
  next.addEventListener("click", () => {
    const missing = ["name", "event"].map((name) => form.elements[name]).find((field) => !field.value.trim());
    if (missing) {
      missing.setCustomValidity("Fill this in first.");
      missing.reportValidity();
      missing.addEventListener("input", () => missing.setCustomValidity(""), { once: true });
      return;
    }
    show(2);
    [...form.elements].find((field) => field.offsetParent && later[0].contains(field))?.focus();
  });
  back.addEventListener("click", () => { show(1); form.elements.name.focus(); });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !next.hidden && event.target.matches("input:not([type=search])")) {
      event.preventDefault();
      next.click();
    }
  });
  stepper.hidden = false;
  show(1);
}
