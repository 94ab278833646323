// The list of conversations: a click opens, two clicks rename, the menu of a row does the rest, and the
// address follows what is shown. What is being typed, open or in focus outlives a new list.
const TWICE_MS = 450;
let pressed = { id: "", at: 0 };
let editing = null;
let focusNext = null;
let isArchiveOpen = false;

element.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button || button.closest("[role=menu]")) return;
  if (button.matches("[data-open]")) press(idOf(button));
  else if (button.matches(".clover-more")) showMenu(button);
  else if (button.matches("[data-restore]")) trigger("restore", { id: button.dataset.restore });
  else if (button.matches(".clover-older")) trigger("older", {});
});

element.addEventListener("keydown", (event) => {
  if (event.key === "F2" && event.target.closest("[data-id]")) edit(idOf(event.target));
});

element.addEventListener("toggle", (event) => {
  if (event.target.matches("details")) isArchiveOpen = event.target.open;
}, true);

function idOf(node) {
  return node.closest("[data-id]").dataset.id;
}

function rowOf(id) {
  return [...element.querySelectorAll("[data-id]")].find((row) => row.dataset.id === id);
}

function press(id) {
  const isSecond = pressed.id === id && performance.now() - pressed.at < TWICE_MS;
  pressed = { id, at: performance.now() };
  if (isSecond) return edit(id);
  trigger("select", { id });
  closeOnPhone();
}

function showMenu(button) {
  const row = button.closest("[data-id]");
  const menu = document.createElement("div");
  menu.className = "clover-menu";
  menu.setAttribute("role", "menu");
  menu.popover = "auto";
  menu.append(...actsOn(row).map(([name, words]) => itemOf(name, words)));
  row.append(menu);
  menu.addEventListener("click", (event) => {
    const item = event.target.closest("[data-act]");
    if (!item) return;
    menu.hidePopover();
    act(item.dataset.act, row);
  });
  menu.addEventListener("keydown", moveInMenu);
  menu.addEventListener("toggle", (event) => {
    button.setAttribute("aria-expanded", String(event.newState === "open"));
    if (event.newState === "closed") menu.remove();
  });
  menu.showPopover();
  placeBeside(menu, button);
  menu.firstElementChild.focus();
}

function actsOn(row) {
  return [
    ["rename", "Rename"],
    ["pin", "pinned" in row.dataset ? "Unpin" : "Pin"],
    ["archive", "kept" in row.dataset ? "Take out of the archive" : "Archive"],
    ["delete", "Delete"],
  ];
}

function itemOf(name, words) {
  const item = document.createElement("button");
  item.type = "button";
  item.setAttribute("role", "menuitem");
  item.dataset.act = name;
  item.textContent = words;
  return item;
}

function placeBeside(menu, button) {
  const place = button.getBoundingClientRect();
  const isLow = place.bottom + menu.offsetHeight > window.innerHeight - 8;
  menu.style.left = `${Math.max(8, place.right - menu.offsetWidth)}px`;
  menu.style.top = `${isLow ? place.top - menu.offsetHeight : place.bottom}px`;
}

function moveInMenu(event) {
  const items = [...event.currentTarget.children];
  const here = items.indexOf(document.activeElement);
  const places = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: -1 };
  if (event.key === "Tab") event.currentTarget.hidePopover();
  if (!(event.key in places)) return;
  event.preventDefault();
  items.at(places[event.key] % items.length).focus();
}

function act(name, row) {
  const id = row.dataset.id;
  focusNext = { id };
  if (name === "rename") edit(id);
  else if (name === "pin") trigger("pin", { id, isOn: !("pinned" in row.dataset) });
  else if (name === "archive") trigger("archive", { id, isOn: !("kept" in row.dataset) });
  else remove(id);
}

function remove(id) {
  focusNext = { isUndo: true };
  trigger("delete", { id });
}

function edit(id) {
  const title = rowOf(id)?.querySelector("[data-open]").textContent;
  if (title === undefined) return;
  editing = { id, text: title, range: null };
  showEditor();
}

function showEditor() {
  const row = editing && rowOf(editing.id);
  if (!row || row.querySelector("input")) return;
  const input = document.createElement("input");
  input.value = editing.text;
  input.maxLength = 120;
  input.setAttribute("aria-label", "Title of this conversation");
  input.addEventListener("input", () => {
    editing.text = input.value;
    editing.range = [input.selectionStart, input.selectionEnd];
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") finish(input, true);
    else if (event.key === "Escape") finish(input, false);
  });
  input.addEventListener("blur", () => setTimeout(() => input.isConnected && finish(input, true)));
  row.classList.add("is-edited");
  row.append(input);
  input.focus();
  if (editing.range) input.setSelectionRange(...editing.range);
  else input.select();
}

function finish(input, isKept) {
  if (!editing) return;
  const { id, text } = editing;
  const row = rowOf(id);
  const open = row.querySelector("[data-open]");
  const isNew = text.trim() && text.trim() !== open.textContent;
  editing = null;
  row.classList.remove("is-edited");
  if (isKept && isNew) {
    open.textContent = text.trim();
    trigger("rename", { id, title: text });
  }
  focusNext = { id };
  if (document.activeElement === input) open.focus();
  input.remove();
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
  const archive = list.querySelector("details");
  if (archive) archive.open = isArchiveOpen;
  const undo = list.querySelector(".clover-undo");
  if (undo) setTimeout(() => undo.remove(), 1000 * Number(undo.dataset.seconds));
  showEditor();
  focusAgain(list);
}

function focusAgain(list) {
  if (!focusNext || editing) return;
  const isLost = document.activeElement === document.body;
  if (focusNext.isUndo) list.querySelector("[data-restore]")?.focus();
  else if (isLost) rowOf(focusNext.id)?.querySelector("[data-open]").focus();
  focusNext = null;
}

// A connection that was lost takes the answer on screen along: fetch it again once there is one.
window.addEventListener("online", () => {
  const id = element.querySelector("nav")?.dataset.shown;
  if (id) trigger("select", { id });
});

watch("value", follow);
document.addEventListener("click", (event) => event.target.closest?.("#new") && closeOnPhone());
requestAnimationFrame(closeOnPhone);
