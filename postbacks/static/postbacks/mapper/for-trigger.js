// A template that is written in a window of its own for the form of a trigger in another one.
// The windows know each other by this one's name, which stays while one moves about in it.

const PREFIX = "template-for-";
const CLOSE = "pb-use-and-close";

const banner = document.querySelector("[data-for-trigger]");
if (banner && window.name.startsWith(PREFIX)) {
  const isDone = sessionStorage.getItem(CLOSE) === "1";
  sessionStorage.removeItem(CLOSE);
  const { id, label, format, customer } = banner.dataset;
  if (id) {
    new BroadcastChannel(window.name).postMessage({ id, label, format, customer });
    if (isDone) {
      window.close();
    }
  }
  banner.hidden = false;
  banner.querySelector("[data-use]").addEventListener("click", () => sessionStorage.setItem(CLOSE, "1"));
}
