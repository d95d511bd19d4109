"use strict";

// Before anything is drawn: dark or light, as chosen here or else as the system has it.
(() => {
  const root = document.documentElement;
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const chosen = () => {
    try {
      return window.localStorage.getItem("affiliatesTheme");
    } catch {
      return null;
    }
  };
  const apply = () => root.classList.toggle("dark", (chosen() || (system.matches ? "dark" : "light")) === "dark");
  root.classList.add("js");
  system.addEventListener("change", apply);
  window.switchTheme = () => {
    const next = root.classList.contains("dark") ? "light" : "dark";
    try {
      window.localStorage.setItem("affiliatesTheme", next);
    } catch {
      // it holds for this page only
    }
    root.classList.toggle("dark", next === "dark");
  };
  apply();
})();
