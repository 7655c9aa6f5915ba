// Sends what a member of a team wrote down at the doors, and fetches the list. With a signal the key
// comes from the server, so it goes without his word; a phone that keeps nothing of the kind asks
// for nothing.
import { hasDay, forget, isEmpty, keyOf, mine, setDay, write } from "./vault.js";

const BATCH = 20;
const PIECE = 64 * 1024;
const ENDED = "检查已经公开或作废，这一条没有收；要紧的内容请抄下来另行登记，再删去。";
export const ADDRESS = "/api/v1/phone/field";

export async function carry(ask) {
  if (await isEmpty() && !(await hasDay())) return;
  const { ok, body } = await ask(ADDRESS);
  if (!ok) return;
  if (!body.key) {
    // In no team any more. What was not sent can still be read here under the owner's word.
    if (await isEmpty()) await forget();
    else await setDay(null, null);
    return;
  }
  const key = await keyOf(body.key);
  const changed = (await sendRecords(ask, key, body.owner)) + (await sendPhotos(ask, key));
  let now = body;
  if (changed) {
    const again = await ask(ADDRESS);
    if (!again.ok || !again.body.key) return;
    now = again.body;
  }
  await setDay(key, now);
  const done = (await mine(key)).filter((r) => r.head.state === "sent" || idle(r.head, now.plans)).map((r) => r.id);
  if (done.length) await write([], { drop: done, with_: key });
}

// A draft of a door that has its outcome, or of an inspection that ended.
function idle(head, plans) {
  const plan = plans.find((p) => p.uid === head.plan);
  return head.kind === "draft" && (!plan || Boolean((plan.marks || {})[head.record.household]));
}

async function sendRecords(ask, key, owner) {
  const rows = (await mine(key)).filter((r) => r.head.kind === "record" && r.head.state === "waiting");
  for (const plan of new Set(rows.map((r) => r.head.plan))) {
    const own = rows.filter((r) => r.head.plan === plan);
    for (let at = 0; at < own.length; at += BATCH) {
      const batch = own.slice(at, at + BATCH);
      const { ok, body } = await ask(`${ADDRESS}/${plan}/records`, {
        method: "POST", headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ owner, sent_at: new Date().toISOString(), records: batch.map((r) => r.head.record) }),
      });
      const answers = ok ? body.answers : batch.map(() => ({ message: body.status === 404 ? ENDED : body.detail }));
      // An answer each; until the list is fetched anew the household stays marked as written down.
      await write(batch.map((r, n) => ({ id: r.id, head: settled(r.head, answers[n]) })), { with_: key });
    }
  }
  return rows.length;
}

function settled(head, answer) {
  if (["accepted", "duplicate", "held"].includes(answer.status)) return { ...head, state: "sent", why: answer.message || "" };
  return { ...head, state: "trouble", why: answer.message || "没有被收下，请打开核对。" };
}

// After their record, piece by piece; the server says how far each is.
async function sendPhotos(ask, key) {
  const rows = await mine(key);
  const unsent = new Set(rows.filter((r) => r.head.kind === "record" && r.head.state !== "sent").map((r) => r.head.record.uid));
  const photos = rows.filter((r) => r.head.kind === "photo" && r.head.state === "waiting" && !unsent.has(r.head.record));
  for (const { id, head, tail } of photos) {
    const path = `${ADDRESS}/${head.plan}/photos/${head.sha}`;
    let { ok, body } = await ask(path);
    while (ok && body.received >= 0) {
      const from = body.received;
      ({ ok, body } = await ask(`${path}?offset=${from}&size=${tail.length}`, {
        method: "PUT", headers: { "Content-Type": "application/octet-stream" }, body: tail.slice(from, from + PIECE),
      }));
    }
    if (ok) await write([], { drop: [id], with_: key });
    else await write([{ id, head: { ...head, state: body.status === 404 ? "trouble" : "waiting", why: body.status === 404 ? ENDED : body.detail }, tail }], { with_: key });
  }
  return photos.length;
}
