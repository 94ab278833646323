// The regions that the next question is about: one click leaves one out.
element.addEventListener("click", (event) => {
  const button = event.target.closest("[data-drop]");
  if (button) trigger("drop", { region: button.dataset.drop });
});
