// The menu that exports the conversation on screen and imports one from a file.
const menu = element.querySelector("details");
const said = element.querySelector("[role=status]");
const file = element.querySelector("input[type=file]");
const base = new URL("./", window.location.href.split(/[?#]/)[0]);

element.addEventListener("click", (event) => {
  const button = event.target.closest("[data-kind]");
  if (button) save(button.dataset.kind);
});
file.addEventListener("change", () => file.files[0] && bring(file.files[0]));
menu.addEventListener("toggle", () => { said.textContent = ""; });
document.addEventListener("click", (event) => { if (!element.contains(event.target)) menu.open = false; });
element.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !menu.open) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

function address(path) {
  const found = new URL(path, base);
  if (props.page) found.searchParams.set("page", props.page);
  return found;
}

async function save(kind) {
  const shown = document.querySelector("#listing nav")?.dataset.shown;
  if (!shown) return say("There is nothing to export yet.");
  say("Writing the file …");
  const answer = await ask(address(`conversations/${shown}/export.${kind}`));
  if (!answer) return;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await answer.blob());
  link.download = /filename="([^"]+)"/.exec(answer.headers.get("content-disposition"))[1];
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  say(`Saved as ${link.download}.`);
}

async function bring(chosen) {
  say("Importing …");
  const answer = await ask(address("conversations/import"), {
    method: "POST", headers: { "content-type": "application/json" }, body: chosen,
  });
  file.value = "";
  if (!answer) return;
  const kept = await answer.json();
  say(kept.sentence);
  trigger("select", { id: kept.id });
}

async function ask(where, options) {
  try {
    const answer = await fetch(where, options);
    if (answer.ok) return answer;
    say((await answer.json()).sentence);
  } catch {
    say("The server cannot be reached; try again.");
  }
  return null;
}

function say(sentence) {
  said.textContent = sentence;
}
