'use strict';

function bytesOfBase64(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

/** Returns the file in a download button, which zlib compressed. */
async function unpack(button) {
  const packed = new Blob([bytesOfBase64(button.dataset.packed)]);
  return new Response(packed.stream().pipeThrough(new DecompressionStream('deflate'))).blob();
}

function save(blob, name) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

document.addEventListener('click', async (event) => {
  const button = event.target.closest('[data-packed]');
  if (!button) return;
  const { type, file } = button.dataset;
  save((await unpack(button)).slice(0, undefined, type), file);
});
