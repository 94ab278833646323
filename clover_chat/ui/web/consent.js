// Whether judgments may be used for training: one click changes it.
element.addEventListener("click", (event) => {
  const button = event.target.closest("[data-consent]");
  if (button) trigger("consent", { isGiven: button.dataset.consent === "yes" });
});
