// The empty page: a sample question is asked by one click.
element.addEventListener("click", (event) => {
  const chip = event.target.closest("[data-place]");
  if (chip) trigger("select", { place: chip.dataset.place });
});
