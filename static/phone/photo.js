// A photo becomes at most 300 KB before it is kept. Drawing it anew also drops what the camera
// wrote into the file: place and device.
const LIMIT = 300 * 1024;
const EDGES = [1600, 1280, 1024, 800, 640];

async function picture(file) {
  if (window.createImageBitmap) {
    try { return await createImageBitmap(file, { imageOrientation: "from-image" }); } catch (e) { /* the other way */ }
  }
  const image = new Image();
  image.src = URL.createObjectURL(file);
  await image.decode();
  return image;
}

const encoded = (canvas, quality) => new Promise((done) => canvas.toBlob(done, "image/jpeg", quality));

export async function shrunk(file) {
  const source = await picture(file);
  for (const edge of EDGES) {
    const scale = Math.min(1, edge / Math.max(source.width, source.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(source.width * scale));
    canvas.height = Math.max(1, Math.round(source.height * scale));
    canvas.getContext("2d").drawImage(source, 0, 0, canvas.width, canvas.height);
    for (const quality of [0.8, 0.65, 0.5]) {
      const blob = await encoded(canvas, quality);
      if (blob && blob.size <= LIMIT) return blob;
    }
  }
  throw new Error("too large");
}

export async function sha256(blob) {
  const digest = await crypto.subtle.digest("SHA-256", await new Response(blob).arrayBuffer());
  return [...new Uint8Array(digest)].map((b) => b.toString(16).padStart(2, "0")).join("");
}
