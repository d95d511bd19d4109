// In the form of a trigger: opens the Mapper in another window, so that nothing typed here is lost,
// and takes over the template that is saved there.

function setUp(select) {
  const { form } = select;
  const bar = document.querySelector("[data-template-buttons]");
  const name = `template-for-${crypto.getRandomValues(new Uint32Array(2)).join("-")}`;
  const channel = new BroadcastChannel(name);
  const create = bar.querySelector("[data-template-create]");
  const edit = bar.querySelector("[data-template-edit]");
  const note = bar.querySelector("[data-template-note]");

  (select.closest(".relative") || select).after(bar);
  bar.hidden = false;

  const open = (url) => { window.open(url, name)?.focus(); };
  const offer = () => { edit.hidden = !select.value; };

  create.addEventListener("click", () => {
    const values = new URLSearchParams();
    for (const field of ["event", "format", "customer"]) {
      if (form.elements[field]?.value) {
        values.set(field, form.elements[field].value);
      }
    }
    if (form.elements.method_kind?.value === "email") {
      values.set("kind", "email");
      values.delete("format");
    }
    if (form.elements.name.value) {
      values.set("name", form.elements.name.value);
    }
    open(`${create.dataset.templateCreate}?${values}`);
  });
  edit.addEventListener("click", () => open(edit.dataset.templateEdit.replace("/0/", `/${select.value}/`)));

  channel.addEventListener("message", ({ data }) => {
    let option = [...select.options].find((each) => each.value === String(data.id));
    if (!option) {
      option = new Option("", String(data.id));
      select.append(option);
    }
    option.textContent = data.label;
    option.dataset.format = data.format;
    option.dataset.customer = data.customer;
    option.hidden = option.disabled = false;
    select.value = String(data.id);
    select.dispatchEvent(new Event("change", { bubbles: true }));
    note.textContent = `“${data.label}” is chosen. Save the trigger to keep that.`;
    offer();
  });
  select.addEventListener("change", offer);
  offer();
}

const choice = document.querySelector("#trigger_form select[name=template]");
if (choice && document.querySelector("[data-template-buttons]")) {
  setUp(choice);
}
