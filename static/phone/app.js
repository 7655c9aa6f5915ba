// The phone's pages: my households, a visit, the outbox, the policies, myself. Everything shown
// comes from the phone's own memory; the network only brings it up to date.
import { all, change, get, kept } from "./db.js";
import { h, said } from "./dom.js";
import { fieldPage } from "./field.js";
import { visitForm } from "./form.js";
import { anything, leave, leaving, state, sync, waiting } from "./sync.js";
import { rested } from "./vault.js";

const main = document.getElementById("main");
const bar = document.querySelector(".bar");
const line = document.getElementById("signal");
const tabs = document.getElementById("tabs");
const data = document.body.dataset;

const SAYS = {
  login: "登录已过期，记录都在手机上。",
  closed: "这个账号已停用；没送出的记录请交乡镇专干代收。",
  server: "服务器暂时没有应答，稍后自动再送。",
};

async function status() {
  const rows = await waiting();
  const ready = rows.filter((r) => r.state === "waiting").length;
  const stuck = rows.length - ready;
  const count = ready ? `（待发 ${ready} 条）` : "";
  line.replaceChildren();
  line.className = "signal";
  if (SAYS[state.trouble]) {
    line.classList.add("soon");
    line.append(SAYS[state.trouble] + count, " ");
    if (state.trouble === "login") line.append(h("a", { href: `${data.login}?next=/m/` }, "重新登录"));
  } else if (!state.signal || !navigator.onLine) {
    line.append(`没有信号，照常记录${count}`);
  } else if (state.busy && ready) {
    line.append(`正在送出${count}…`);
  } else if (stuck) {
    line.classList.add("soon");
    line.append(`${stuck} 条需要您处理 `, h("a", { href: "#/out" }, "查看"));
  } else if (ready) {
    line.append(`待发 ${ready} 条`);
  }
  line.hidden = !line.textContent;
  const badge = tabs.querySelector("[data-count]");
  badge.textContent = rows.length || "";
  badge.hidden = !rows.length;
}

function head(title, back, right) {
  bar.replaceChildren(back || h("span", {}), h("h1", {}, title), right || h("span", {}));
  document.title = title;
}

const PAGES = {
  "": homesPage, h: visitPage, out: outPage, policies: policiesPage, me: mePage, edit: editPage,
  w: (id) => fieldPage(id, { head, redraw: draw }),
};

// A page drawn late must not overwrite a newer one.
let turn = 0;
async function draw() {
  const mine = ++turn;
  const [, name = "", id = ""] = (location.hash || "#/").split("/");
  const page = PAGES[name] || homesPage;
  const nodes = await page(decodeURIComponent(id));
  if (mine !== turn) return;
  main.replaceChildren(...nodes);
  tabs.hidden = ["h", "edit"].includes(name) || name === "w" && Boolean(id);
  for (const tab of tabs.querySelectorAll("a")) {
    if (tab.hash === `#/${name}`) tab.setAttribute("aria-current", "page");
    else tab.removeAttribute("aria-current");
  }
  await status();
}

const back = () => h("a", { href: "#/" }, "‹ 返回");

// What was just done stays in sight until the next page is opened.
let lately = "";
const notice = () => (lately ? [h("div", { class: "say", role: "status" }, lately)] : []);

async function homesPage() {
  head("我的农户", null, h("a", { href: "/?desk" }, "办公版"));
  const [homes, rows, fetched] = [await all("homes"), await waiting(), await kept("fetched")];
  if (!homes.length) {
    return [...notice(), h("div", { class: "card empty" }, fetched
      ? "您名下还没有包保的农户。如有错误，请联系乡镇专干。"
      : "手机里还没有农户。请在有信号的地方登录一次，以后没有信号也能用。")];
  }
  const here = new Set(rows.map((r) => r.home));
  const month = county(new Date().toISOString()).slice(0, 7);
  const met = new Set(rows.filter(({ record }) => record.mode !== "NOBODY" && county(record.occurred_at).startsWith(month)).map((r) => r.home));
  const done = homes.filter((x) => x.talked || met.has(x.uid)).length;
  // longest without a visit first; who was seen this month last
  homes.sort((a, b) => (here.has(a.uid) - here.has(b.uid)) || (a.talked - b.talked)
    || (a.last || "").localeCompare(b.last || "") || a.py.localeCompare(b.py));
  const list = h("div", {}, homes.map((x) => homeCard(x, here.has(x.uid))));
  const find = h("input", { type: "search", placeholder: "户主、拼音首字母、村组", "aria-label": "找农户" });
  find.addEventListener("input", () => {
    const words = find.value.trim().toLowerCase();
    homes.forEach((x, i) => {
      const match = [x.head, x.py, x.place, ...x.members.map((m) => m.name)].some((t) => t.toLowerCase().includes(words));
      list.children[i].hidden = Boolean(words) && !match;
    });
  });
  return [...notice(), h("p", { class: "quiet" }, `${homes.length} 户，本月已走访 ${done} 户。久未走访的排在前面。`),
    homes.length > 8 ? h("div", { class: "field" }, find) : null, list].filter(Boolean);
}

function homeCard(x, pending) {
  return h("a", { class: "card house", href: `#/h/${x.uid}` },
    h("b", {}, `${x.head}户`), " ", h("span", { class: x.kind === "LIFTED" ? "tag green" : "tag" }, x.kind_label),
    pending ? h("span", { class: "tag blue" }, "已记，待发送") : x.talked ? h("span", { class: "tag" }, "本月已走访") : null,
    h("div", { class: "quiet" }, `${x.place} · ${x.last ? `上次 ${said(x.last)}` : "还没有走访"}`),
    x.promise ? h("div", {}, `上次承诺：${x.promise}`) : null,
    (x.items || []).length ? h("div", { class: "quiet" }, `整改 ${x.items.length} 件在办`) : null);
}

function homeTop(x) {
  const lines = (x.items || []).map((i) => h("li", {}, i.uid ? h("a", { href: `/items/${i.uid}/` }, i.number) : i.number,
    ` ${i.text}`, h("div", { class: "quiet" }, `${i.waiting}，${said(i.deadline)}前`)));
  return h("section", { class: "card" },
    h("b", { class: "who-name" }, `${x.head}户`), " ", h("span", { class: x.kind === "LIFTED" ? "tag green" : "tag" }, x.kind_label),
    h("div", { class: "quiet" }, [x.place, `${x.members.length} 人`, x.last ? `上次 ${said(x.last)}` : "还没有走访"].join(" · ")),
    x.promise ? h("div", {}, "上次承诺：", h("b", {}, x.promise)) : null,
    lines.length ? h("ul", { class: "plain" }, lines) : null,
    h("details", {}, h("summary", {}, "家里人和近几次走访"),
      h("ul", { class: "plain" }, x.members.map((m) => h("li", {}, `${m.name} `, h("span", { class: "quiet" }, [m.relation, m.work].filter(Boolean).join("，"))))),
      x.visits.length ? h("ul", { class: "plain" }, x.visits.map((v) => h("li", {}, `${said(v.day)} ${v.mode}，${v.by}`,
        h("div", { class: "quiet" }, [v.met && `见到${v.met}`, v.done, v.promise && `答应：${v.promise}`].filter(Boolean).join("；"))))) : h("p", { class: "quiet" }, "还没有走访记录。")));
}

function savedThen(row) {
  lately = navigator.onLine
    ? `已保存到手机：${row.label}，正在送出。`
    : `已保存到手机：${row.label}。有信号时自动送出。`;
  location.hash = "#/";
  sync();
}

async function visitPage(uid) {
  const home = (await all("homes")).find((x) => x.uid === uid);
  head("记走访", back(), home ? h("a", { href: `/households/${uid}/` }, "农户档案") : null);
  const [owner, shared] = [await kept("owner"), await kept("shared")];
  if (!home || !owner) {
    return [h("div", { class: "card empty" }, "这一户不在手机里。", h("p", {},
      h("a", { href: `/m/households/${uid}/visit/?plain` }, "用网页版打开（要有信号）")))];
  }
  const form = await visitForm(home, owner, shared, savedThen);
  return [homeTop(home), form];
}

async function editPage(uid) {
  head("核对走访", h("a", { href: "#/out" }, "‹ 返回"));
  const row = await get("outbox", uid);
  if (!row) return [h("div", { class: "card empty" }, "这一条已经送达。")];
  const home = (await all("homes")).find((x) => x.uid === row.home)
    || { uid: row.home, head: row.label.replace(/户$/, ""), members: [], facts: {} };
  const [owner, shared] = [await kept("owner"), await kept("shared", { facts: {}, policies: [] })];
  const why = row.why ? [h("div", { class: "say warning", role: "alert" }, row.why)] : [];
  return [...why, await visitForm(home, owner || { uid: row.owner }, shared, savedThen, row)];
}

const moment = (iso) => said(county(iso).slice(0, 10)) + county(iso).slice(10, 16).replace("T", " ");
const county = (iso) => new Date(new Date(iso).getTime() + 8 * 3_600_000).toISOString();
const RESULT = { accepted: "已送达", duplicate: "已送达", held: "已送达，待核定", conflict: "已送达，待核定" };

async function outPage() {
  head("发送", null, h("button", { class: "btn link", onclick: () => sync() }, "立即发送"));
  const owner = await kept("owner");
  const everything = await all("outbox");
  const rows = (await waiting()).sort((a, b) => (a.state < b.state ? -1 : 1));
  const others = everything.length - rows.length;
  const photos = await all("photos");
  const sent = (await all("sent")).filter((r) => owner && r.owner === owner.uid).sort((a, b) => (a.at < b.at ? 1 : -1));
  const held = (await kept("shared", {})).held || [];
  const fate = (uid) => {
    const f = held.find((x) => x.uid === uid && x.said);
    return f && `${f.accepted ? "已收下" : "没有收下"}：${f.said}`;
  };
  const pieces = (uid) => photos.filter((p) => p.uid === uid).length;
  return [
    ...notice(),
    h("h2", {}, `待发送 ${rows.length} 条`),
    ...rows.map((r) => h("section", { class: "card", "data-state": r.state },
      h("div", { class: "row" }, h("b", {}, r.label), h("span", { class: r.state === "trouble" ? "tag red" : "tag amber" }, r.state === "trouble" ? "需处理" : "待发送")),
      h("div", { class: "quiet" }, moment(r.record.occurred_at) + (pieces(r.uid) ? ` · ${pieces(r.uid)} 张照片` : "")),
      r.why ? h("p", {}, r.why) : null,
      r.state === "trouble" ? h("div", { class: "inline" },
        h("a", { class: "btn primary", href: `#/edit/${r.uid}` }, "打开核对"),
        h("button", { class: "btn", onclick: () => retry(r) }, "再送一次"),
        h("button", { class: "btn", onclick: () => giveUp(r) }, "不送了")) : null)),
    rows.length ? h("p", {}, h("button", { class: "btn", onclick: () => handOver(rows) }, "导出交专干代收")) : h("p", { class: "quiet" }, "没有等着发送的记录。"),
    others ? h("p", { class: "quiet" }, owner ? `另有 ${others} 条是别的账号记的，由本人登录后发送。` : `这部手机上有 ${others} 条没送出的记录，由记录的人登录后发送；账号停用了的，导出交专干代收。`) : null,
    ...(owner ? [] : [...new Set(everything.map((r) => r.owner))].map((one) => everything.filter((r) => r.owner === one)).map((theirs) => h("p", {},
      h("button", { class: "btn", onclick: () => handOver(theirs) }, "导出交专干代收"), ` ${theirs[0].work_no || ""} ${theirs.length} 条`))),
    h("h2", {}, "已送达"),
    sent.length ? h("ul", { class: "card plain receipts" }, sent.slice(0, 50).map((r) => h("li", {},
      h("div", { class: "row" }, h("b", {}, r.label), h("span", { class: r.message ? "tag amber" : "tag green" }, RESULT[r.status] || "已送达")),
      h("div", { class: "quiet" }, `${moment(r.day)} · 收据 ${r.receipt}` + (pieces(r.uid) ? ` · ${pieces(r.uid)} 张照片待送` : "")),
      r.message ? h("div", {}, fate(r.uid) || r.message) : null,
      r.flags.includes("CLOCK") ? h("div", {}, "手机时间不准，系统已改正；请到设置里打开“自动确定日期和时间”。") : null,
      r.flags.includes("CLOSED") ? h("div", {}, "这一户已销户，记录已收下。") : null))) : h("p", { class: "quiet" }, "送达后在这里看收据。"),
  ].filter(Boolean);
}

async function retry(row) {
  await change(["outbox"], (s) => { s.outbox.put({ ...row, state: "waiting", why: "" }); });
  sync();
}

async function giveUp(row) {
  if (!window.confirm(`${row.label}这条走访不再发送，并从手机上删除。确定吗？`)) return;
  const photos = (await all("photos")).filter((p) => p.uid === row.uid);
  await change(["outbox", "photos"], (s) => {
    s.outbox.delete(row.uid);
    for (const p of photos) s.photos.delete(p.id);
  });
  draw();
}

// For a closed account or a broken phone: the records as a file, for the clerk to take in. A closed
// account has lost its day, so each record knows the work number of its owner itself.
async function handOver(rows) {
  const owner = await kept("owner");
  const body = { sent_at: new Date().toISOString(), visitor: (owner && owner.work_no) || rows[0].work_no || "", records: rows.map((r) => r.record) };
  const link = h("a", {
    href: URL.createObjectURL(new Blob([JSON.stringify(body)], { type: "application/json" })),
    download: `走访记录-${county(new Date().toISOString()).slice(0, 10)}.json`,
  });
  document.body.append(link);
  link.click();
  link.remove();
}

async function policiesPage() {
  head("政策");
  const shared = await kept("shared", { policies: [] });
  if (!shared.policies.length) return [h("div", { class: "card empty" }, "手机里还没有政策，有信号时打开一次就有了。")];
  return shared.policies.map((p) => h("section", { class: "card" }, h("b", {}, p.title),
    p.what ? h("p", {}, p.what) : null,
    [["适用", p.who], ["标准", p.amount], ["办理", p.unit]].filter(([, v]) => v).map(([k, v]) => h("div", {}, h("span", { class: "quiet" }, `${k}：`), v))));
}

async function mePage() {
  head("我的");
  const owner = await kept("owner");
  const fetched = await kept("fetched");
  const big = h("input", { type: "checkbox", checked: document.documentElement.classList.contains("big") });
  big.addEventListener("change", () => { size(big.checked); });
  const form = h("form", { method: "post", action: data.logout },
    h("input", { type: "hidden", name: "csrfmiddlewaretoken", value: (document.cookie.match(/csrftoken=([^;]+)/) || [])[1] || "" }),
    h("button", { class: "btn" }, "退出登录"));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const rows = await waiting();
    if (rows.length && !window.confirm(`还有 ${rows.length} 条没有送出。退出后它们仍留在这部手机上，您下次登录时接着送。要退出吗？`)) return;
    if (await leave()) location.assign(data.login);
    else await draw();
  });
  return [
    h("section", { class: "card" }, owner ? [h("b", {}, owner.name), h("div", { class: "quiet" }, owner.unit)] : "还没有登录。",
      fetched ? h("div", { class: "quiet" }, `农户资料更新于 ${moment(fetched)}`) : null),
    owner && owner.inspects ? h("a", { class: "card house", href: "#/w" }, h("b", {}, "督查"), h("div", { class: "quiet" }, "检查组成员入户记录")) : null,
    h("section", { class: "card" }, h("label", {}, big, " 大字版")),
    h("section", { class: "card" }, h("a", { href: "/inspections/handbook/mine/?phone" }, "我的手册和签收")),
    window.isSecureContext ? null : h("section", { class: "card" }, "当前网址不是 https：关掉页面后没有信号就打不开，也不能附照片和位置。请向县里索要 https 网址。"),
    h("section", { class: "card" }, h("p", { class: "quiet" }, "照片和位置都是自愿的；系统不打卡、不排名、不统计在线时间。"), owner ? form
      : leaving() ? h("p", {}, "这部手机上的农户资料已清除。现在没有信号，有信号时自动退出登录。")
        : h("a", { class: "btn primary", href: `${data.login}?next=/m/` }, "登录")),
  ].filter(Boolean);
}

function size(big) {
  document.documentElement.classList.toggle("big", big);
  try { localStorage.setItem("big", big ? "1" : ""); } catch (e) { /* for this visit only */ }
}

async function start() {
  size((() => { try { return localStorage.getItem("big") === "1"; } catch (e) { return false; } })());
  if ("serviceWorker" in navigator) navigator.serviceWorker.register("/m/sw.js", { scope: "/m/" }).catch(() => {});
  const scanned = location.pathname.match(/^\/m\/households\/([0-9a-f-]{36})\/visit\//);
  if (scanned) history.replaceState(null, "", `/m/#/h/${scanned[1]}`);
  tabs.hidden = false;
  window.addEventListener("hashchange", (event) => {
    if (new URL(event.newURL).hash !== "#/") lately = "";
    draw();
    window.scrollTo(0, 0);
  });
  window.addEventListener("online", () => { state.signal = true; sync(); });
  window.addEventListener("offline", () => { state.signal = false; status(); });
  document.addEventListener("visibilitychange", () => {
    if (rested(document.hidden) && location.hash.startsWith("#/w")) draw();
    if (!document.hidden) sync();
  });
  document.addEventListener("outbox", async () => {
    const [, page = "", id = ""] = location.hash.split("/");
    if (!state.busy && ["", "out", "policies", "me", "w"].includes(page) && !(page === "w" && id) && !main.querySelector("input:focus, [data-stay]")) await draw();
    else await status();
  });
  // While something waits, try again; where nothing does, the phone is left in peace.
  setInterval(async () => { if (!document.hidden && await anything()) sync(); }, 60_000);
  await draw();
  await sync();
}

start();
