// The list of conversations: a click opens, two clicks on the bin delete, and the address follows what is shown.
element.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.dataset.open) {
    trigger("select", { id: button.dataset.open });
    closeOnPhone();
  } else if (button.classList.contains("is-armed")) {
    trigger("delete", { id: button.dataset.delete });
  } else {
    arm(button);
  }
});

function arm(button) {
  button.classList.add("is-armed");
  button.setAttribute("aria-label", "Press again to delete this conversation");
  setTimeout(() => {
    button.classList.remove("is-armed");
    button.setAttribute("aria-label", "Delete this conversation");
  }, 3000);
}

function closeOnPhone() {
  const isNarrow = window.matchMedia("(max-width: 768px)").matches;
  if (isNarrow) document.querySelector("#side.open .toggle-button")?.click();
}

function follow() {
  const list = element.querySelector("nav");
  if (!list) return;
  const address = new URL(window.location.href);
  if (list.dataset.shown) address.searchParams.set("c", list.dataset.shown);
  else address.searchParams.delete("c");
  window.history.replaceState(window.history.state, "", address);
  document.documentElement.classList.remove("clover-restoring");
  document.title = list.dataset.title ? `${list.dataset.title} · CLOVER Chat` : "CLOVER Chat";
}

watch("value", follow);
document.addEventListener("click", (event) => event.target.closest?.("#new") && closeOnPhone());
requestAnimationFrame(closeOnPhone);
