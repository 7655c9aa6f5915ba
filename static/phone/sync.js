// Sends what waits, fetches what changed. A record leaves the outbox only with a receipt, in the
// same transaction that writes the receipt down; whatever is cut off is simply sent again.
import { carry } from "./carry.js";
import { all, change, get, kept, put, remove, wipeDay } from "./db.js";
import { isEmpty, lock } from "./vault.js";

const BATCH = 20;
const PIECE = 64 * 1024;
const PATIENCE_MS = 30_000;
const SENT_KEPT = 200;

export const state = { busy: false, trouble: "", signal: navigator.onLine };
const changed = () => document.dispatchEvent(new Event("outbox"));

class Stop extends Error {}

export async function ask(path, options = {}) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), PATIENCE_MS);
  const token = (document.cookie.match(/csrftoken=([^;]+)/) || [])[1] || "";
  try {
    const response = await fetch(path, {
      credentials: "same-origin", cache: "no-store", redirect: "manual", signal: abort.signal, ...options,
      headers: { "X-CSRFToken": token, ...(options.headers || {}) },
    });
    state.signal = true;
    if (response.type === "opaqueredirect") throw new Stop("login");
    const body = await response.json().catch(() => null);
    if (response.status === 401) throw new Stop(body && body.title === "account_closed" ? "closed" : "login");
    if (response.status === 403 && body && body.title === "csrf") throw new Stop("login");
    if (response.status === 500 && body && body.title === "server_error") throw new Stop("record");
    if (response.status >= 500 || response.status === 429 || body === null) throw new Stop("server");
    return { ok: response.ok, body };
  } catch (error) {
    if (error instanceof Stop) throw error;
    state.signal = false;
    throw new Stop("signal");
  } finally {
    clearTimeout(timer);
  }
}

// Log-out: the day goes at once; said without a signal, the session ends with the next one, and
// no day is fetched before that.
const mark = (on) => { try { localStorage.setItem("leaving", on ? "1" : ""); } catch (e) { /* then with a signal alone */ } };
export const leaving = () => { try { return localStorage.getItem("leaving") === "1"; } catch (e) { return false; } };

export async function leave() {
  mark(true);
  lock();
  await wipeDay();
  const token = (document.cookie.match(/csrftoken=([^;]+)/) || [])[1] || "";
  try {
    const answer = await fetch(document.body.dataset.logout, {
      method: "POST", credentials: "same-origin", redirect: "manual", body: new URLSearchParams({ csrfmiddlewaretoken: token }),
    });
    if (answer.status >= 500) return false;
  } catch (error) {
    return false;
  }
  mark(false);
  return true;
}

let again = false;
export async function sync() {
  if (leaving()) {
    state.signal = await leave();
    state.trouble = state.signal ? "login" : "signal";
    changed();
    return;
  }
  if (state.busy) { again = true; return; }
  state.busy = true;
  changed();
  try {
    do {
      again = false;
      await fetchDay(); // first: it says whose session this is, and so whose records may go
      if (await sendRecords()) await fetchDay();
      await sendPhotos();
      await carry(ask);
    } while (again);
    state.trouble = "";
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    state.trouble = error.message;
    if (error.message === "closed") { lock(); await wipeDay(); }
  } finally {
    state.busy = false;
    changed();
  }
}

// Only the owner's: another account's records wait for that account.
export async function waiting() {
  const owner = await kept("owner");
  const rows = (await all("outbox")).sort((a, b) => (a.uid < b.uid ? -1 : 1));
  return rows.filter((r) => owner && r.owner === owner.uid);
}

// Whether anything at all lies here that a signal could take along.
export const anything = async () => (await waiting()).some((r) => r.state === "waiting") || !(await isEmpty());

async function sendRecords() {
  let size = BATCH;
  for (let sent = false; ; sent = true) {
    const batch = (await waiting()).filter((r) => r.state === "waiting").slice(0, size);
    if (!batch.length) return sent;
    let body;
    try {
      body = await sendBatch(batch);
    } catch (error) {
      if (error.message !== "record") throw error;
      // One record that breaks the server must not hold up its neighbours: find it alone.
      if (batch.length > 1) { size = 1; continue; }
      body = { answers: [{ message: "服务器没能处理这一条；请稍后点“再送一次”，仍不行请联系管理员。" }] };
    }
    await change(["outbox", "sent"], (stores) => {
      body.answers.forEach((answer, n) => settle(stores, batch[n], answer));
    });
    changed();
  }
}

async function sendBatch(batch) {
  const { ok, body } = await ask("/api/v1/visits/sync", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      sent_at: new Date().toISOString(), owner: batch[0].owner, records: batch.map((r) => r.record),
    }),
  });
  if (!ok) throw new Stop(body.title === "batch_shape" ? "record" : "server");
  return body;
}

function settle({ outbox, sent }, row, answer) {
  if (answer.receipt) {
    sent.put({
      uid: row.uid, owner: row.owner, label: row.label, home: row.home, day: row.record.occurred_at, receipt: answer.receipt,
      status: answer.status, message: answer.message || "", flags: answer.flags || [], at: new Date().toISOString(),
    });
    outbox.delete(row.uid);
  } else {
    outbox.put({ ...row, state: "trouble", why: answer.message || "没有被收下，请打开核对。" });
  }
}

async function fetchDay() {
  const { ok, body } = await ask("/api/v1/phone/day?since=" + (await kept("cursor", "")));
  if (!ok) throw new Stop("server");
  const before = await kept("owner");
  const another = body.shared && before && before.uid !== body.shared.owner.uid;
  if (another) lock();
  await change(["homes", "kv"], ({ homes, kv }) => {
    if (body.whole) homes.clear();
    for (const home of body.households) homes.put(home);
    for (const key of body.gone) homes.delete(key);
    if (another) kv.delete("field");
    if (body.shared) {
      kv.put({ name: "shared", value: body.shared });
      kv.put({ name: "owner", value: body.shared.owner });
    }
    kv.put({ name: "cursor", value: body.cursor });
    kv.put({ name: "fetched", value: body.server_time });
  });
  await trimReceipts();
}

async function trimReceipts() {
  const rows = (await all("sent")).sort((a, b) => (a.at < b.at ? 1 : -1));
  for (const row of rows.slice(SENT_KEPT)) await remove("sent", row.uid);
}

// After the text is safe, piece by piece; the server says how far it is.
async function sendPhotos() {
  for (const photo of await all("photos")) {
    if (!(await get("sent", photo.uid))) continue;
    const path = `/api/v1/phone/visits/${photo.uid}/photos/${photo.sha}`;
    let { ok, body } = await ask(path);
    while (ok && body.received >= 0) {
      const from = body.received;
      ({ ok, body } = await ask(`${path}?offset=${from}&size=${photo.blob.size}`, {
        method: "PUT",
        headers: { "Content-Type": "application/octet-stream" },
        body: photo.blob.slice(from, from + PIECE),
      }));
    }
    if (ok) await remove("photos", photo.id);
    else await put("photos", { ...photo, why: (body && body.detail) || "照片没有送到，下次再送。" });
    changed();
  }
}

