// Three databases: the day may be wiped at any time, what waits to be sent never is, and the box
// holds ciphertext alone (vault.js).
const STORES = {
  "yuexi-day": [["homes", "key"], ["kv", "name"]],
  "yuexi-out": [["outbox", "uid"], ["photos", "id"], ["sent", "uid"]],
  "yuexi-box": [["box", "id"]],
};
const HOME_OF = Object.fromEntries(
  Object.entries(STORES).flatMap(([db, stores]) => stores.map(([store]) => [store, db])),
);
const connections = {};

function connect(name) {
  if (!connections[name]) {
    connections[name] = new Promise((done, failed) => {
      const request = indexedDB.open(name, 1);
      request.onupgradeneeded = () => {
        for (const [store, keyPath] of STORES[name]) request.result.createObjectStore(store, { keyPath });
      };
      request.onsuccess = () => {
        const db = request.result;
        // Logging out on the desk page deletes the day while this page may be open.
        db.onversionchange = () => { db.close(); delete connections[name]; };
        done(db);
      };
      request.onerror = () => { delete connections[name]; failed(request.error); };
    });
  }
  return connections[name];
}

// One transaction over stores of one database: `work` gets the stores by name and may return a
// request whose result is wanted. Done only when it is on disk.
async function within(names, mode, work) {
  const db = await connect(HOME_OF[names[0]]);
  return new Promise((done, failed) => {
    const transaction = db.transaction(names, mode, mode === "readwrite" ? { durability: "strict" } : undefined);
    const stores = Object.fromEntries(names.map((n) => [n, transaction.objectStore(n)]));
    const request = work(stores);
    transaction.oncomplete = () => done(request ? request.result : undefined);
    transaction.onerror = transaction.onabort = () => failed(transaction.error);
  });
}

export const all = (store) => within([store], "readonly", (s) => s[store].getAll());
export const get = (store, key) => within([store], "readonly", (s) => s[store].get(key));
export const put = (store, row) => within([store], "readwrite", (s) => { s[store].put(row); });
export const remove = (store, key) => within([store], "readwrite", (s) => { s[store].delete(key); });
export const change = (names, work) => within(names, "readwrite", (s) => { work(s); });

export async function kept(name, otherwise) {
  const row = await get("kv", name);
  return row ? row.value : otherwise;
}
export const keep = (name, value) => put("kv", { name, value });

// Households, policies and drafts; not the outbox, the photos and the receipts.
export const wipeDay = () => change(["homes", "kv"], (s) => { s.homes.clear(); s.kv.clear(); });
