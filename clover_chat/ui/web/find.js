// The search box: asks as somebody types, and gives way to the list when it is empty.
const PAUSE_MS = 140;
const input = element.querySelector("input");
let timer = 0;

function side() {
  return document.getElementById("side");
}

function results() {
  return [...document.querySelectorAll("#found [data-found]")];
}

function look() {
  clearTimeout(timer);
  const query = input.value;
  side().classList.toggle("is-searching", query.trim() !== "");
  timer = setTimeout(() => trigger("search", { query }), PAUSE_MS);
}

input.addEventListener("input", look);
input.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && input.value) {
    event.preventDefault();
    input.value = "";
    look();
  } else if (event.key === "ArrowDown") {
    event.preventDefault();
    results()[0]?.focus();
  }
});
