// A template that is written in a window of its own for the form of a trigger in another one.
// The windows know each other by this one's name, which stays while one moves about in it.

const PREFIX = "template-for-";

export function setUpTriggerWindow(mapper) {
  if (!window.name.startsWith(PREFIX)) {
    return;
  }
  const channel = new BroadcastChannel(window.name);
  const banner = mapper.form.parentElement.querySelector("[data-for-trigger]");
  const isDone = sessionStorage.getItem("pb-use-and-close") === "1";
  sessionStorage.removeItem("pb-use-and-close");
  const hasErrors = Boolean(mapper.form.querySelector("[data-errors]"));
  if (mapper.data.saved && !hasErrors) {
    channel.postMessage(mapper.data.saved);
    if (isDone) {
      window.close();
    }
  }
  banner.hidden = false;
  banner.querySelector("[data-use]").addEventListener("click", () => sessionStorage.setItem("pb-use-and-close", "1"));
}
