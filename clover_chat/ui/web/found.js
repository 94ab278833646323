// What a search found: a click opens the conversation where the words are.
element.addEventListener("click", (event) => {
  const button = event.target.closest("[data-found]");
  if (!button) return;
  const message = Number(button.dataset.message ?? 0);
  trigger("select", { id: button.dataset.found, message });
  if (message) window.cloverHold?.(0);
  if (window.matchMedia("(max-width: 768px)").matches) {
    document.querySelector("#side.open .toggle-button")?.click();
  }
});

element.addEventListener("keydown", (event) => {
  const buttons = [...element.querySelectorAll("[data-found]")];
  const here = buttons.indexOf(document.activeElement);
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (event.key === "Escape" || (step === -1 && here === 0)) {
    document.querySelector("#find input")?.focus();
  } else if (step && here >= 0) {
    event.preventDefault();
    buttons[here + step]?.focus();
  }
});
