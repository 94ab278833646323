// The operator's page. It shows counts, asks again every few seconds, and sends a change only after a confirmation.
const EVERY_MS = 10_000;
const problem = document.querySelector("#problem");
const dialog = document.querySelector("#confirm");

function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

function fill(id, ...children) {
  document.querySelector(`#${id}`).replaceChildren(...children);
}

function bytes(number) {
  const steps = ["B", "KiB", "MiB", "GiB", "TiB"];
  const step = Math.min(Math.floor(Math.log2(Math.max(number, 1)) / 10), steps.length - 1);
  return `${(number / 1024 ** step).toFixed(step > 1 ? 1 : 0)} ${steps[step]}`;
}

function moment(text) {
  return text ? new Date(text).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" }) : "";
}

function pair(name, value, state = "") {
  return [make("dt", { textContent: name }), make("dd", { textContent: value, className: state })];
}

function check(name, isGood, yes, no) {
  return pair(name, isGood ? yes : no, isGood ? "is-good" : "is-bad");
}

function showNow({ model, readiness, line }) {
  fill(
    "now",
    ...check("Model", readiness.is_model_ready, "ready", model.stage),
    ...check("Database", readiness.is_database_writable, "writable", "cannot be written"),
    ...check("Disk", readiness.has_room, "has room", "full"),
    ...pair("Answers being written", line.writing),
    ...pair("Answers that wait", line.waiting),
    ...(model.detail ? [make("dt", { textContent: model.detail })] : []),
  );
}

function showKept({ counts }) {
  const ended = Object.entries(counts.answers).map(([status, number]) => pair(`Answers, ${status}`, number));
  fill(
    "kept",
    ...pair("People and browsers", counts.people),
    ...pair("Conversations", counts.conversations),
    ...ended.flat(),
    ...pair("Pictures", counts.pictures),
    ...pair("Uploaded slides", counts.uploaded_slides),
    ...pair("Judgments", counts.judgments),
  );
}

function showRoom({ places, freeBytes }) {
  const most = Math.max(...places.map((place) => place.size), 1);
  const lines = places.map((place) => {
    const bar = make("i");
    bar.style.width = `${(100 * place.size) / most}%`;
    return [...pair(place.name, bytes(place.size)), make("div", { className: "bar" }, bar)];
  });
  fill("room", ...lines.flat(), ...pair("Left on the disk", bytes(freeBytes)));
}

function showRetention({ retention }) {
  const { days, last } = retention;
  if (days === null) {
    return fill("retention", make("p", { textContent: "Everything is kept. CLOVER_RETENTION_DAYS sets after how many days untouched things are deleted." }));
  }
  const rule = make("p", { textContent: `What nobody touched for ${days} days is deleted, once a day.` });
  const kept = make("p", { className: "quiet", textContent: "Conversations with a judgment that may be used for training are kept until that is withdrawn." });
  if (!last) return fill("retention", rule, kept);
  const list = make("dl", {},
    ...pair("Last time", moment(last.at)),
    ...pair("Conversations deleted", last.conversations),
    ...pair("Slides deleted", last.slides),
    ...pair("Pictures deleted", last.pictures),
    ...pair("Conversations kept for judgments", last.kept),
  );
  return fill("retention", rule, kept, list);
}

function table(heads, rows) {
  const head = make("tr", {}, ...heads.map((textContent) => make("th", { textContent })));
  return make("table", {}, make("thead", {}, head), make("tbody", {}, ...rows));
}

function showFailures({ failures }) {
  if (!failures.length) return fill("failures", make("p", { className: "quiet", textContent: "None." }));
  const rows = failures.map((each) =>
    make("tr", {}, make("td", {}, make("code", { textContent: each.kind })), make("td", { textContent: each.number }), make("td", { textContent: moment(each.at) })));
  return fill("failures", table(["what", "how often", "last"], rows));
}

function showBridges({ bridges, isBridgeNamed }) {
  const active = bridges.find((bridge) => bridge.is_active)?.name ?? "";
  const rows = bridges.map((bridge) => {
    const name = make("td", { className: bridge.is_active ? "answers" : "" }, bridge.name);
    if (bridge.is_active) name.append(make("span", { className: "mark", textContent: "answers" }));
    if (bridge.problem) name.append(make("p", { className: "problem", textContent: bridge.problem }));
    const change = make("td");
    if (!bridge.is_active && !bridge.problem && !isBridgeNamed) {
      const order = { bridge: bridge.name, before: active };
      const question = `Have the bridge ${bridge.name} answer in place of ${active}?`;
      change.append(make("button", { textContent: "Promote", onclick: () => decide(question, "promote", order) }));
    }
    return make("tr", {}, name, make("td", { textContent: bridge.version }),
      make("td", {}, make("code", { textContent: bridge.sha256 })), make("td", { textContent: moment(bridge.promoted_at) }), change);
  });
  const list = table(["name", "version", "SHA-256", "promoted", ""], rows);
  if (isBridgeNamed) {
    return fill("bridges", list, make("p", { className: "quiet below", textContent: "CLOVER_BRIDGE names the bridge that answers, whatever is promoted." }));
  }
  const back = make("button", { className: "below", textContent: "Go back one step", onclick: () =>
    decide(`Go back to the bridge that answered before ${active}?`, "rollback", { before: active }) });
  return fill("bridges", list, back);
}

function show(state) {
  showNow(state);
  showKept(state);
  showRoom(state);
  showRetention(state);
  showFailures(state);
  showBridges(state);
}

async function ask(address, options) {
  const answer = await fetch(address, options);
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(body.sentence ?? body.detail ?? "The server cannot be reached; try again.");
  return body;
}

async function told(work) {
  try {
    show(await work());
    problem.textContent = "";
  } catch (error) {
    problem.textContent = error.message;
  }
}

function decide(question, change, order) {
  document.querySelector("#confirm-question").textContent = question;
  dialog.returnValue = "no";
  dialog.onclose = () => {
    if (dialog.returnValue !== "yes") return;
    told(() => ask(`bridges/${change}`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(order) }));
  };
  dialog.showModal();
}

function refresh() {
  if (!document.hidden && !dialog.open) told(() => ask("state"));
}

refresh();
setInterval(refresh, EVERY_MS);
document.addEventListener("visibilitychange", refresh);
